import { Inject, Injectable } from '@nestjs/common';
import { NOTIFICATION_OPTIONS, type ResolvedOptions } from '../config/options.js';
import { Bounded } from '../model/bounded.js';
import { Clock } from '../model/clock.js';
import { type ClaimedMessage } from '../model/message.js';
import { NotificationEvents } from '../model/notification-events.js';
import { InterruptedError, isPromiseLike, within } from '../model/time-limit.js';

/** Channels whose messages are lists for programs: nothing is arranged. */
const UNARRANGED = new Set(['sse', 'webhook']);

/** Puts onto messages which of their entries belong together, where the host's option `digest.grouping` says so. */
@Injectable()
export class MessageGroups {
  constructor(
    private readonly clock: Clock,
    private readonly events: NotificationEvents,
    @Inject(NOTIFICATION_OPTIONS) private readonly options: Pick<ResolvedOptions, 'digest' | 'formatting'>,
  ) {}

  /**
   * The messages in the same order. One whose grouping fails, or takes too long, is arranged by the default.
   *
   * @param stop ends the wait
   */
  async of(messages: readonly ClaimedMessage[], stop?: AbortSignal): Promise<readonly ClaimedMessage[]> {
    if (this.options.digest.grouping === undefined) return messages;
    const arranged = [...messages];
    const waiting = new Bounded(this.options.formatting.concurrency);
    for (const [index, message] of messages.entries()) {
      if (message.entries.length < 2 || UNARRANGED.has(message.channel)) continue;
      const named = this.named(message, stop).then((one) => {
        arranged[index] = one;
      });
      await waiting.add(named);
    }
    await waiting.done();
    return arranged;
  }

  private async named(message: ClaimedMessage, stop?: AbortSignal): Promise<ClaimedMessage> {
    const { entries } = message;
    try {
      const answer = this.options.digest.grouping?.group(entries.map(({ content }) => content)) ?? [];
      const names: unknown = isPromiseLike(answer)
        ? await within(answer, this.options.formatting.timeoutMs, this.clock, stop)
        : answer;
      if (areNames(names, entries.length)) return { ...message, groupNames: names };
      throw new TypeError(`it must answer ${entries.length} names, one for each content`);
    } catch (error) {
      if (!(error instanceof InterruptedError)) this.events.emit('failed', { where: 'the option digest.grouping', error });
      return message;
    }
  }
}

function areNames(names: unknown, count: number): names is readonly string[] {
  return Array.isArray(names) && names.length === count && names.every((name) => typeof name === 'string');
}

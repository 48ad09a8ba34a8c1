import { Inject, Injectable } from '@nestjs/common';
import { NOTIFICATION_OPTIONS, type ResolvedOptions } from '../config/options.js';
import { Bounded } from '../model/bounded.js';
import { Clock } from '../model/clock.js';
import { type Failure } from '../model/failure.js';
import { type ClaimedMessage } from '../model/message.js';
import { NotificationEvents } from '../model/notification-events.js';
import { type ReaderSettings } from '../model/reader-settings.js';
import { InterruptedError, isPromiseLike, TimeLimitError, within } from '../model/time-limit.js';
import { readerSettingsOf } from './reader-settings-of.js';

/** A message that says who reads it, or why that is not known yet. */
export type ReadMessage =
  { readonly message: ClaimedMessage } | { readonly failure: Failure; readonly kind: 'retry' | 'deferred' };

type Answer =
  { readonly readerSettings: ReaderSettings | undefined } | Exclude<ReadMessage, { readonly message: ClaimedMessage }>;

const NOTHING: Answer = { readerSettings: undefined };
export const INTERRUPTED = {
  kind: 'deferred',
  failure: { reason: 'interrupted', message: 'the process is stopping; it was not attempted' },
} as const;

/** Puts onto messages what is known of their readers, by the host's option `readerSettings`, which may be asynchronous. */
@Injectable()
export class MessageReaders {
  constructor(
    private readonly clock: Clock,
    private readonly events: NotificationEvents,
    @Inject(NOTIFICATION_OPTIONS) private readonly options: Pick<ResolvedOptions, 'readerSettings' | 'formatting'>,
  ) {}

  /**
   * One answer for each message, in the same order. Each address is looked up once; a look-up that fails is the failure of its messages only.
   *
   * @param stop ends the look-ups
   */
  async of(messages: readonly ClaimedMessage[], stop?: AbortSignal): Promise<readonly ReadMessage[]> {
    const answers = await this.lookUp(messages, stop);
    return messages.map((message) => {
      const answer = answers.get(keyOf(message)) ?? NOTHING;
      return 'failure' in answer ? answer : { message: withReaderSettings(message, answer.readerSettings) };
    });
  }

  private async lookUp(messages: readonly ClaimedMessage[], stop?: AbortSignal): Promise<ReadonlyMap<string, Answer>> {
    const answers = new Map<string, Answer>();
    const { readerSettings: lookup } = this.options;
    if (lookup === undefined) return answers;
    const { concurrency, timeoutMs } = this.options.formatting;
    const waiting = new Bounded(concurrency);
    for (const message of messages) {
      const { channel, address } = message;
      const key = keyOf(message);
      if (answers.has(key) || saysAll(message)) continue;
      answers.set(key, INTERRUPTED);
      if (stop?.aborted === true) continue;
      try {
        const found = lookup(channel, address);
        if (!isPromiseLike(found)) answers.set(key, { readerSettings: found });
        else {
          const answered = within(found, timeoutMs, this.clock, stop).then(
            (readerSettings) => ({ readerSettings }),
            (error: unknown) => this.failureOf(error),
          );
          await waiting.add(answered.then((answer) => answers.set(key, answer)));
        }
      } catch (error) {
        answers.set(key, this.failureOf(error));
      }
    }
    await waiting.done();
    return answers;
  }

  private failureOf(error: unknown): Answer {
    if (error instanceof InterruptedError) return INTERRUPTED;
    this.events.emit('failed', { where: 'the option readerSettings', error });
    if (error instanceof TimeLimitError) return retry('timed_out', `the look-up of its reader gave ${error.message}`);
    return retry('internal', `the look-up of its reader failed (${error instanceof Error ? error.name : 'unknown error'})`);
  }
}

function keyOf({ channel, address }: ClaimedMessage): string {
  return `${channel} ${address}`;
}

/** Whether nothing is left to look up. */
function saysAll(message: ClaimedMessage): boolean {
  const { locale, timeZone } = readerSettingsOf(message);
  return locale !== undefined && timeZone !== undefined;
}

function withReaderSettings(message: ClaimedMessage, known: ReaderSettings | null | undefined): ClaimedMessage {
  const readerSettings = readerSettingsOf(message, known ?? undefined);
  return readerSettings.locale === undefined && readerSettings.timeZone === undefined ? message : { ...message, readerSettings };
}

function retry(reason: 'timed_out' | 'internal', message: string): Answer {
  return { kind: 'retry', failure: { reason, message } };
}

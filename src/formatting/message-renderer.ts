import { setImmediate as nextTurn } from 'node:timers/promises';
import { Inject, Injectable } from '@nestjs/common';
import { NOTIFICATION_OPTIONS, type ResolvedOptions } from '../config/options.js';
import { Bounded } from '../model/bounded.js';
import { type Failure } from '../model/failure.js';
import { type ClaimedMessage } from '../model/message.js';
import { InterruptedError, isPromiseLike } from '../model/time-limit.js';
import { type FormatResult, FormatterRegistry } from './formatter-registry.js';
import { MessageGroups } from './message-groups.js';
import { INTERRUPTED, MessageReaders, type ReadMessage } from './message-readers.js';

/** Messages and entries that are formatted before others have the event loop: a few milliseconds. */
const FORMAT_SLICE = 500;

/** A message with its content, one whose content can be made when it is read, or why there is none. */
type RenderedMessage =
  | { readonly message: ClaimedMessage; readonly content: unknown }
  | { readonly message: ClaimedMessage; readonly lazyContent: true }
  | { readonly failure: Failure; readonly kind: 'retry' | 'permanent' | 'deferred' };

interface RenderRequest {
  /** Ends what is waited for. */
  readonly stop?: AbortSignal;
  /** Whether contents may be made later, where that makes no difference. Defaults to false. */
  readonly lazyContent?: boolean;
}

/** Looks up who reads messages and what of them belongs together, and formats them. */
@Injectable()
export class MessageRenderer {
  constructor(
    private readonly readers: MessageReaders,
    private readonly groups: MessageGroups,
    private readonly formatters: FormatterRegistry,
    @Inject(NOTIFICATION_OPTIONS) private readonly options: Pick<ResolvedOptions, 'formatting'>,
  ) {}

  /** One answer for each message, in the same order. */
  async render(
    messages: readonly ClaimedMessage[],
    { stop, lazyContent = false }: RenderRequest = {},
  ): Promise<readonly RenderedMessage[]> {
    const read = await this.arranged(await this.readers.of(messages, stop), stop);
    const rendered: RenderedMessage[] = [];
    const waiting = new Bounded(this.options.formatting.concurrency);
    let left = FORMAT_SLICE;
    for (const [index, one] of read.entries()) {
      if ('failure' in one) {
        rendered[index] = one;
        continue;
      }
      const { message } = one;
      if (lazyContent && this.formatters.mayBeLazy(message)) {
        rendered[index] = { message, lazyContent: true };
        continue;
      }
      left -= 1 + message.entries.length;
      if (left < 0) {
        await nextTurn();
        left = FORMAT_SLICE;
      }
      const formatted = this.formatters.format(message, stop);
      if (!isPromiseLike(formatted)) rendered[index] = renderedOf(message, formatted);
      else await waiting.add(settled(message, formatted).then((result) => (rendered[index] = result)));
    }
    await waiting.done();
    return rendered;
  }

  private async arranged(read: readonly ReadMessage[], stop?: AbortSignal): Promise<readonly ReadMessage[]> {
    const known = read.filter((one) => 'message' in one);
    const arranged = await this.groups.of(
      known.map(({ message }) => message),
      stop,
    );
    let next = 0;
    return read.map((one) => ('failure' in one ? one : { message: arranged[next++] ?? one.message }));
  }
}

function renderedOf(message: ClaimedMessage, result: FormatResult): RenderedMessage {
  return 'failure' in result ? { kind: 'permanent', failure: result.failure } : { message, content: result.content };
}

async function settled(message: ClaimedMessage, formatted: Promise<FormatResult>): Promise<RenderedMessage> {
  try {
    return renderedOf(message, await formatted);
  } catch (error) {
    if (error instanceof InterruptedError) return INTERRUPTED;
    throw error;
  }
}

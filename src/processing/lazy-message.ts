import { type FormatterRegistry } from '../formatting/formatter-registry.js';
import { type ClaimedMessage } from '../model/message.js';
import { type OutgoingMessage } from '../transports/transport.js';

/** A message whose content is made each time it is read, and is not kept. */
export class LazyMessage implements OutgoingMessage {
  readonly lazyContent = true;
  private read = false;

  constructor(
    readonly message: ClaimedMessage,
    private readonly formatters: FormatterRegistry,
  ) {}

  /** Whether a transport asked for the content: before that nothing of the message can have been sent. */
  get wasRead(): boolean {
    return this.read;
  }

  /** @throws Error when no formatter can make it */
  get content(): unknown {
    this.read = true;
    const result = this.formatters.formatNow(this.message);
    if ('failure' in result) throw new Error(result.failure.message);
    return result.content;
  }
}

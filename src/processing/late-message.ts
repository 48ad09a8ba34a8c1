import { type FormatterRegistry } from '../formatting/formatter-registry.js';
import { type ClaimedMessage } from '../model/message.js';
import { type OutgoingMessage } from '../transports/transport.js';

/** A message whose form is made when it is read, and kept by nobody. */
export class LateMessage implements OutgoingMessage {
  readonly late = true;

  constructor(
    readonly message: ClaimedMessage,
    private readonly formatters: FormatterRegistry,
  ) {}

  /** @throws Error when no formatter can make it */
  get content(): unknown {
    const result = this.formatters.format(this.message);
    if ('failure' in result) throw new Error(result.failure.message);
    return result.content;
  }
}

import { type OutgoingMessage, type SendContext, type SendResult, type Transport, type TransportHealth } from '../transport.js';
import { sseAddressProblem } from './sse-address.js';
import { type SseBatch } from './sse-content.js';
import { type SseHub } from './sse-hub.js';

const NOT_ATTEMPTED: SendResult = {
  status: 'failed',
  kind: 'deferred',
  failure: { reason: 'interrupted', message: 'the send was stopped before this message was put into the stream' },
};

/**
 * Puts messages in the stream of the channel: a message is delivered when it has its number there, and readers on all instances get it from there.
 * One that nobody reads for now counts as delivered as well: it is kept, and a reader who comes back with a `Last-Event-ID` gets it.
 */
export class SseTransport implements Transport<SseBatch> {
  readonly batching = true;
  readonly destination = 'connected readers';
  readonly ephemeral = true;
  /** Sends end at once, and messages must stay in order. */
  readonly concurrency = 1;

  constructor(private readonly hub: SseHub) {}

  validateAddress(address: string): string | undefined {
    return sseAddressProblem(address);
  }

  /** See `Transport.send`. */
  send(messages: readonly OutgoingMessage<SseBatch>[], { signal }: SendContext): Promise<readonly SendResult[]> {
    if (signal.aborted) return Promise.resolve(messages.map(() => NOT_ATTEMPTED));
    return Promise.resolve(
      messages.map(({ message, content }) => {
        this.hub.sending(message.messageId, message.address, content);
        return { status: 'accepted', sequenced: true };
      }),
    );
  }

  /** See `Transport.health`. */
  health(): Promise<TransportHealth> {
    return Promise.resolve({ ok: true, detail: `${this.hub.connections} subscribers` });
  }
}

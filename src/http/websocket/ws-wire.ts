import { type WebSocket } from 'ws';
import { type StreamCodec, type StreamWire } from '../../transports/sse/stream-wire.js';

/** A text message for each event: what `EventSource` gives as the event's name, its `lastEventId` and its data. */
export const WS_CODEC: StreamCodec = {
  event: (name, data, id) => JSON.stringify({ event: name, ...(id === undefined ? {} : { id }), data }),
};

/** RFC 6455 §7.4.1, and the registry that it opens: "going away", "try again later". */
const CLOSE_CODES = { stop: 1001, slow: 1013 } as const;

/** A WebSocket that is a reader's line. Its first message is the event `open`. */
export class WsWire implements StreamWire {
  readonly codec = WS_CODEC;
  /** It answered the last ping. */
  private isAlive = true;

  constructor(private readonly client: WebSocket) {
    client.on('pong', () => (this.isAlive = true));
  }

  get unreadBytes(): number {
    return this.client.bufferedAmount;
  }

  begin(id: string): void {
    this.write([this.codec.event('open', {}, id)]);
  }

  write(events: readonly string[]): void {
    for (const event of events) this.client.send(event, ignoreFailure);
  }

  /** A ping (RFC 6455 §5.5.2), which every client answers by itself; one that did not answer the last one is gone. */
  heartbeat(): void {
    if (!this.isAlive) {
      this.client.terminate();
      return;
    }
    this.isAlive = false;
    this.client.ping(undefined, undefined, ignoreFailure);
  }

  end(why: 'slow' | 'stop', last?: string): void {
    if (last !== undefined) this.write([last]);
    this.client.close(CLOSE_CODES[why]);
  }

  onEnd(listener: () => void): void {
    if (this.client.readyState === this.client.CLOSED) listener();
    else this.client.once('close', listener);
  }
}

/** A line that broke says so by its `close`. */
function ignoreFailure(): void {
  // nothing else to tell
}

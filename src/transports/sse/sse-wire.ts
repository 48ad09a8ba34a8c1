import { type ServerResponse } from 'node:http';
import { type StreamCodec, type StreamWire } from './stream-wire.js';

/** How long a browser waits before it comes back, ms. */
const RETRY_MS = 3_000;

const HEADERS = {
  'Content-Type': 'text/event-stream; charset=utf-8',
  'Cache-Control': 'private, no-cache, no-transform',
  // nginx keeps a stream back otherwise (https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_buffering).
  'X-Accel-Buffering': 'no',
} as const;

/** Frames of WHATWG HTML §9.2.5. JSON has no line breaks, so nothing that is said can become another frame. */
const SSE_CODEC: StreamCodec = {
  event: (name, data, id) => `${id === undefined ? '' : `id: ${id}\n`}event: ${name}\ndata: ${JSON.stringify(data)}\n\n`,
};

/** An answer that is an event stream. */
export class SseWire implements StreamWire {
  readonly codec = SSE_CODEC;

  constructor(private readonly response: ServerResponse) {}

  get unreadBytes(): number {
    return this.response.writableLength;
  }

  /** A frame with an id and no data dispatches nothing, and a browser that is cut off before its first event still says where it was. */
  begin(id: string): void {
    this.response.writeHead(200, HEADERS);
    this.response.write(`retry: ${RETRY_MS}\nid: ${id}\n\n`);
  }

  write(events: readonly string[]): void {
    this.response.write(events.join(''));
  }

  heartbeat(): void {
    this.response.write(':\n\n');
  }

  /** One that has not begun is cut: a browser comes back then, where an answer that is no stream makes it give up (WHATWG HTML §9.2.3). */
  end(_why: 'slow' | 'stop', last?: string): void {
    if (this.response.headersSent) this.response.end(last);
    else this.response.destroy();
  }

  onEnd(listener: () => void): void {
    if (this.response.destroyed) listener();
    else this.response.once('close', listener);
  }
}

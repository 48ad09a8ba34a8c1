import { type ServerResponse } from 'node:http';
import { frames, isAfter, type SseEvent, type SsePosition } from './sse-event.js';

/** What a reader may have unread before it is cut off. */
export const MAX_UNREAD_BYTES = 256 * 1024;
/** How long a browser waits before it comes back, ms. */
const RETRY_MS = 3_000;
/** Live events that wait while the past is read; more than this and the reader had better come back. */
const MAX_WAITING = 1_000;

const HEADERS = {
  'Content-Type': 'text/event-stream; charset=utf-8',
  'Cache-Control': 'private, no-cache, no-transform',
  // nginx keeps a stream back otherwise (https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_buffering).
  'X-Accel-Buffering': 'no',
} as const;

/** One reader. Gets what it missed first, then what comes, each once and in order. */
export class SseConnection {
  private position: SsePosition = { sequence: 0 };
  private waiting: SseEvent[] | undefined = [];
  private closed = false;

  constructor(
    private readonly response: ServerResponse,
    private readonly batched: boolean,
    private readonly onEnd: () => void,
  ) {
    response.writeHead(200, HEADERS);
    response.write(`retry: ${RETRY_MS}\n\n`);
    response.once('close', () => this.ended());
  }

  get open(): boolean {
    return !this.closed;
  }

  /** @param frame of the event as a reader of batches gets it, made once for all of them */
  publish(event: SseEvent, frame: string): void {
    if (this.closed) return;
    if (this.waiting !== undefined) {
      this.waiting.push(event);
      if (this.waiting.length > MAX_WAITING) this.cutOff();
      return;
    }
    if (!isAfter(event.sequence, this.position)) return;
    if (this.batched && this.position.items === undefined) this.write(frame);
    else this.write(frames(event, this.batched, this.itemsHad(event)));
    this.position = { sequence: event.sequence };
  }

  /** What it missed; undefined position: nothing was asked for. Then whatever came meanwhile. */
  resume(from: SsePosition | undefined, missed: readonly SseEvent[]): void {
    this.position = from ?? { sequence: 0 };
    const events = [...missed, ...(this.waiting ?? [])].sort((a, b) => a.sequence - b.sequence);
    this.waiting = undefined;
    for (const event of events) this.publish(event, frames(event, true));
  }

  /** The reader's place is no longer known: it had better read everything anew. */
  resync(reason: string): void {
    this.write(`event: resync\ndata: ${JSON.stringify({ reason })}\n\n`);
  }

  heartbeat(): void {
    this.write(':\n\n');
  }

  end(): void {
    if (this.closed) return;
    this.response.end();
    this.ended();
  }

  private write(frame: string): void {
    if (this.closed) return;
    this.response.write(frame);
    if (this.response.writableLength > MAX_UNREAD_BYTES) this.cutOff();
  }

  /** It does not read as fast as there is news: its last event tells it, and its own `Last-Event-ID` brings it back to here. */
  private cutOff(): void {
    const data = JSON.stringify({ reason: 'slow', unreadBytes: this.response.writableLength });
    this.response.end(`event: cutoff\ndata: ${data}\n\n`);
    this.ended();
  }

  private itemsHad({ sequence }: SseEvent): number {
    return sequence === this.position.sequence ? (this.position.items ?? 0) : 0;
  }

  private ended(): void {
    if (this.closed) return;
    this.closed = true;
    this.waiting = undefined;
    this.onEnd();
  }
}

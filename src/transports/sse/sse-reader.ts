import { idOf, isAfter, type SseEvent, type SsePosition } from './sse-event.js';
import { type StreamWire } from './stream-wire.js';

/** What a reader may have unread before it is cut off. */
export const MAX_UNREAD_BYTES = 256 * 1024;
/** Live events that wait while the past is read; more than this and the reader had better come back. */
const MAX_WAITING = 1_000;

/** One reader. Gets what it missed first, then what comes, each once and in order. */
export class SseReader {
  private position: SsePosition = { sequence: 0 };
  private waiting: SseEvent[] | undefined = [];
  private isClosed = false;

  /** @param batched one event a message; false: one a notification */
  constructor(
    /** Whose messages it gets: a user, topics, everybody's. */
    readonly addresses: readonly string[],
    private readonly batched: boolean,
    private readonly wire: StreamWire,
    private readonly onEnd: () => void,
  ) {}

  /** Watches the line, which may have ended already. */
  watch(): void {
    this.wire.onEnd(() => this.ended());
  }

  get open(): boolean {
    return !this.isClosed;
  }

  /** Resolves when its line is closed. */
  closed(): Promise<void> {
    return new Promise((resolve) => this.wire.onEnd(resolve));
  }

  publish(event: SseEvent): void {
    if (this.isClosed) return;
    if (this.waiting !== undefined) {
      this.waiting.push(event);
      if (this.waiting.length > MAX_WAITING) this.end('slow');
      return;
    }
    if (!isAfter(event.sequence, this.position)) return;
    const { codec } = this.wire;
    this.write(this.batched && this.position.items === undefined ? event.whole(codec) : this.rest(event));
    this.position = { sequence: event.sequence };
  }

  /**
   * Opens the line: what it missed, then what came meanwhile.
   *
   * @param from where it is
   * @param problem why its own place is not known: it had better read everything again, and go on from here
   */
  resume(from: SsePosition, missed: readonly SseEvent[], problem?: string): void {
    if (this.isClosed) return;
    this.position = from;
    this.wire.begin(idOf(from));
    if (problem !== undefined) this.write([this.wire.codec.event('resync', { reason: problem }, idOf(from))]);
    const events = [...missed, ...(this.waiting ?? [])].sort((a, b) => a.sequence - b.sequence);
    this.waiting = undefined;
    for (const event of events) this.publish(event);
  }

  heartbeat(): void {
    if (!this.isClosed && this.waiting === undefined) this.wire.heartbeat();
  }

  end(why: 'slow' | 'stop' = 'stop'): void {
    if (this.isClosed) return;
    this.wire.end(why);
    this.ended();
  }

  private rest(event: SseEvent): readonly string[] {
    const had = event.sequence === this.position.sequence ? (this.position.items ?? 0) : 0;
    return this.batched ? event.whole(this.wire.codec) : event.single(this.wire.codec, had);
  }

  private write(events: readonly string[]): void {
    if (this.isClosed) return;
    this.wire.write(events);
    if (this.wire.unreadBytes > MAX_UNREAD_BYTES) this.cutOff();
  }

  /** It does not read as fast as there is news: its last event tells it, and its own `Last-Event-ID` brings it back to here. */
  private cutOff(): void {
    const data = { reason: 'slow', unreadBytes: this.wire.unreadBytes };
    this.wire.end('slow', this.wire.codec.event('cutoff', data));
    this.ended();
  }

  private ended(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.waiting = undefined;
    this.onEnd();
  }
}

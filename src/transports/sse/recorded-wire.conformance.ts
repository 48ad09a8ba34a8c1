import { type SseBatch, type SseItem } from './sse-content.js';
import { type StreamCodec, type StreamWire } from './stream-wire.js';

interface WireEvent {
  readonly name: string;
  readonly id?: string;
  readonly data: unknown;
}

/** A line of the in-app stream that keeps what is written. */
export class RecordedWire implements StreamWire {
  readonly codec: StreamCodec = { event: (name, data, id) => JSON.stringify({ name, data, id }) };
  readonly events: WireEvent[] = [];
  unreadBytes = 0;
  /** Where it began; undefined before. */
  begun: string | undefined;
  ended: 'slow' | 'stop' | undefined;
  private readonly listeners: (() => void)[] = [];

  begin(id: string): void {
    this.begun = id;
  }

  write(events: readonly string[]): void {
    for (const event of events) this.events.push(JSON.parse(event) as WireEvent);
  }

  heartbeat(): void {
    // nothing to keep open
  }

  end(why: 'slow' | 'stop'): void {
    this.ended = why;
    this.leave();
  }

  onEnd(listener: () => void): void {
    this.listeners.push(listener);
  }

  /** What a reader does that goes away. */
  leave(): void {
    for (const listener of this.listeners) listener();
  }

  titles(): readonly (string | undefined)[] {
    return this.events.flatMap(({ name, data }) => {
      if (name === 'notification') return [(data as SseItem).title];
      return name === 'batch' ? (data as SseBatch).events.map(({ title }) => title) : [];
    });
  }
}

import { endAfterTest } from './resources.js';

/** One event as a reader gets it. */
export interface ReceivedEvent {
  readonly id: string;
  readonly event: string;
  readonly data: Record<string, unknown>;
}

/** A reader of an event stream over fetch, which waits for events one by one. */
export class EventStream {
  readonly received: ReceivedEvent[] = [];
  private readonly waiters: (() => void)[] = [];
  private ended = false;
  private lastId = '';
  private readonly stop = new AbortController();

  private constructor(readonly response: Response) {}

  static async open(url: string, headers: Record<string, string> = {}): Promise<EventStream> {
    const stop = new AbortController();
    endAfterTest('the event stream', () => stop.abort());
    const response = await fetch(url, { headers, signal: stop.signal });
    const stream = new EventStream(response);
    stream.stop.signal.addEventListener('abort', () => stop.abort());
    if (response.status === 200) void stream.read();
    return stream;
  }

  /** The first `count` events, heartbeats left out; rejects when the stream ends before. */
  async events(count: number): Promise<readonly ReceivedEvent[]> {
    while (this.received.length < count && !this.ended) await this.change();
    if (this.received.length < count) throw new Error(`the stream ended after ${this.received.length} of ${count} events`);
    return this.received.slice(0, count);
  }

  /** The last id that the stream named, in a frame with or without data; waits for the first. */
  async position(): Promise<string> {
    while (this.lastId === '' && !this.ended) await this.change();
    return this.lastId;
  }

  async end(): Promise<void> {
    while (!this.ended) await this.change();
  }

  close(): void {
    this.stop.abort();
  }

  private change(): Promise<void> {
    return new Promise((resolve) => this.waiters.push(resolve));
  }

  private async read(): Promise<void> {
    let text = '';
    const decoder = new TextDecoder();
    try {
      for await (const chunk of this.response.body ?? []) {
        text += decoder.decode(chunk as Uint8Array, { stream: true });
        const frames = text.split('\n\n');
        text = frames.pop() ?? '';
        for (const frame of frames) this.take(frame);
        this.wake();
      }
    } catch {
      // it was closed, here or there
    }
    this.ended = true;
    this.wake();
  }

  private take(frame: string): void {
    const fields = Object.fromEntries(
      frame.split('\n').map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).trim()]),
    );
    this.lastId = fields['id'] ?? this.lastId;
    if (fields['data'] === undefined) return;
    this.received.push({
      id: fields['id'] ?? '',
      event: fields['event'] ?? 'message',
      data: JSON.parse(fields['data']) as Record<string, unknown>,
    });
  }

  private wake(): void {
    for (const waiter of this.waiters.splice(0)) waiter();
  }
}

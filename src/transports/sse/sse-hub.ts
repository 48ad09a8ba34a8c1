import { setImmediate as nextTurn } from 'node:timers/promises';
import { type ResolvedOptions } from '../../config/options.js';
import { type Clock, type TimerHandle } from '../../model/clock.js';
import { SEQUENCE_PER_MS } from '../../model/decisions/sequence.js';
import { type NotificationEvents } from '../../model/notification-events.js';
import { recipientAddress } from '../../model/recipient.js';
import { type NotificationStore, type SequencedMessage, type SequencePage } from '../../storage/notification-store.js';
import { type SseBatch } from './sse-content.js';
import { isUser } from './sse-address.js';
import { type RenderSse, SseContents } from './sse-contents.js';
import { parsePosition, type SseEvent, type SsePosition } from './sse-event.js';
import { SSE_CHANNEL, SseFeed } from './sse-feed.js';
import { SseReader } from './sse-reader.js';
import { type StreamWire } from './stream-wire.js';

/** WHATWG HTML §9.2.7 advises a comment every 15 seconds or so against proxies that close what is quiet. */
export const HEARTBEAT_MS = 15_000;
/** Most messages that a reader is given of the past; one that missed more is told to read everything again. */
export const MAX_RESUMED = 1_000;
/** Readers that are written to before others have the event loop: some milliseconds. */
const READERS_PER_TURN = 500;
/** Contents that are read of the store at once. */
const CONTENTS = 100;

/** Time for readers to take the end of their streams, ms. */
const CLOSE_MS = 1_000;

/** What a reader asks for. */
interface StreamRequest {
  /** A user, topics, everybody's: at most 100. */
  readonly addresses: readonly string[];
  /** One event a message; false: one a notification. */
  readonly batched: boolean;
  /** The id of the last event that it had; empty: only what comes from now on. */
  readonly lastEventId: string;
}

/**
 * The readers of the in-app stream on this instance. What they get is read from the store's sequence of the channel, whichever instance delivered
 * it: in one order, by one reading for all of them.
 */
export class SseHub {
  private readonly all = new Set<SseReader>();
  /** By what they read. */
  private readonly readers = new Map<string, Set<SseReader>>();
  private readonly contents: SseContents;
  private readonly feed: SseFeed;
  private timer: TimerHandle | undefined;
  private closing = false;

  constructor(
    private readonly store: NotificationStore,
    private readonly clock: Clock,
    private readonly events: NotificationEvents,
    private readonly options: Pick<ResolvedOptions, 'retention'> & Partial<Pick<ResolvedOptions, 'recipients'>>,
    render: RenderSse,
  ) {
    this.contents = new SseContents(store, render);
    this.feed = new SseFeed(store, clock, events, (messages) => this.take(messages));
  }

  /** Readers connected now. */
  get connections(): number {
    return this.all.size;
  }

  /** A message is about to be delivered; what it says is not rendered again for those who read here. */
  sending(messageId: string, address: string, batch: SseBatch): void {
    if (this.readers.has(address)) this.contents.keep(messageId, batch);
  }

  /**
   * Begins a reader's stream. While the application stops, and while the store does not answer, its line is cut: a browser comes back then, to
   * another instance perhaps.
   */
  async connect(wire: StreamWire, { addresses, batched, lastEventId }: StreamRequest): Promise<void> {
    if (this.closing) {
      wire.end('stop');
      return;
    }
    const reader: SseReader = new SseReader(this.withRecipients(addresses), batched, wire, () => this.leave(reader));
    this.enter(reader);
    reader.watch();
    try {
      await this.feed.start();
      await this.begin(reader, lastEventId);
    } catch (error) {
      this.events.emit('failed', { where: 'opening an in-app stream', error });
      reader.end();
    }
  }

  /** Where there are recipients, a user's stream has what is for the recipient of that id. */
  private withRecipients(addresses: readonly string[]): readonly string[] {
    if (this.options.recipients?.directory === undefined) return addresses;
    return addresses.flatMap((address) => (isUser(address) ? [address, recipientAddress(address)] : [address]));
  }

  /** Ends every stream, and every one that still comes. Resolves when the lines are closed, or after {@link CLOSE_MS}. */
  async close(): Promise<void> {
    this.closing = true;
    this.timer?.cancel();
    const readers = [...this.all];
    const closed = Promise.all(readers.map((reader) => reader.closed()));
    for (const reader of readers) reader.end();
    this.feed.stop();
    this.contents.clear();
    if (readers.length === 0) return;
    await new Promise<void>((resolve) => {
      const timer = this.clock.setTimer(CLOSE_MS, resolve);
      void closed.then(() => {
        timer.cancel();
        resolve();
      });
    });
  }

  private async begin(reader: SseReader, lastEventId: string): Promise<void> {
    const position = lastEventId === '' ? undefined : parsePosition(lastEventId);
    const page = await this.store.sequenced({
      channel: SSE_CHANNEL,
      addresses: position === undefined ? [] : reader.addresses,
      after: position === undefined ? 0 : position.sequence - (position.items === undefined ? 0 : 1),
      limit: MAX_RESUMED + 1,
    });
    const problem = lastEventId === '' ? undefined : this.problemOf(position, page);
    if (position === undefined || problem !== undefined) {
      reader.resume({ sequence: page.last }, [], problem);
      return;
    }
    const missed: SseEvent[] = [];
    for (let at = 0; at < page.messages.length && reader.open; at += CONTENTS) {
      missed.push(...(await this.contents.of(page.messages.slice(at, at + CONTENTS))));
      await nextTurn();
    }
    reader.resume(position, missed);
  }

  /** Why a reader cannot go on from its place without missing something; undefined when it can. */
  private problemOf(position: SsePosition | undefined, { messages, last, prunedThrough }: SequencePage): string | undefined {
    const oldest = (this.clock.now() - this.options.retention.finishedMs) * SEQUENCE_PER_MS;
    if (position === undefined || position.sequence > last) return 'this Last-Event-ID is unknown';
    if (position.sequence < prunedThrough || (position.sequence > 0 && position.sequence < oldest)) {
      return 'this Last-Event-ID is older than what is kept';
    }
    return messages.length > MAX_RESUMED ? `more than ${MAX_RESUMED} messages were missed` : undefined;
  }

  /** Gives what comes next to those who read it here. */
  private async take(messages: readonly SequencedMessage[]): Promise<void> {
    const wanted = messages.filter(({ address }) => this.readers.has(address));
    const addresses = new Map(wanted.map(({ sequence, address }) => [sequence, address]));
    for (const event of wanted.length === 0 ? [] : await this.contents.of(wanted)) {
      const readers = this.readers.get(addresses.get(event.sequence) ?? '');
      if (readers !== undefined) await this.eachReader(readers, (reader) => reader.publish(event));
    }
  }

  private enter(reader: SseReader): void {
    for (const address of reader.addresses) {
      const readers = this.readers.get(address) ?? new Set();
      this.readers.set(address, readers.add(reader));
    }
    this.all.add(reader);
    this.timer ??= this.clock.setTimer(HEARTBEAT_MS, () => this.beat());
  }

  private leave(reader: SseReader): void {
    for (const address of reader.addresses) {
      const readers = this.readers.get(address);
      if (readers?.delete(reader) === true && readers.size === 0) this.readers.delete(address);
    }
    this.all.delete(reader);
    if (this.all.size > 0) return;
    this.feed.stop();
    this.contents.clear();
  }

  private beat(): void {
    void this.eachReader(this.all, (reader) => reader.heartbeat());
    this.timer = this.all.size === 0 || this.closing ? undefined : this.clock.setTimer(HEARTBEAT_MS, () => this.beat());
  }

  private async eachReader(readers: ReadonlySet<SseReader>, tell: (reader: SseReader) => void): Promise<void> {
    let left = READERS_PER_TURN;
    for (const reader of readers) {
      tell(reader);
      if (--left > 0) continue;
      left = READERS_PER_TURN;
      await nextTurn();
    }
  }
}

import { type ServerResponse } from 'node:http';
import { Inject, Injectable } from '@nestjs/common';
import { NOTIFICATION_OPTIONS, type ResolvedOptions } from '../../config/options.js';
import { Clock, type TimerHandle } from '../../model/clock.js';
import { type SseBatch } from './sse-content.js';
import { SseConnection } from './sse-connection.js';
import { frames, isAfter, parsePosition, type SseEvent, type SsePosition } from './sse-event.js';

/** WHATWG HTML §9.2.7 advises a comment every 15 seconds or so against proxies that close what is quiet. */
export const HEARTBEAT_MS = 15_000;
/** How long what was published is kept for readers that come before the store says it was delivered. */
const RECENT_MS = 60_000;
const MAX_RECENT = 20_000;

/** Reads the past of a user's stream: what was delivered after a sequence, oldest first, at the most so many. */
export type ReadStream = (user: string, after: number, limit: number) => Promise<readonly SseEvent[]>;

/** Most messages that a reader is given of the past; one that missed more is told to read everything anew. */
export const MAX_RESUMED = 1_000;

/** The readers of the in-app streams, by user. */
@Injectable()
export class SseHub {
  private readonly readers = new Map<string, Set<SseConnection>>();
  private readonly recent: { readonly user: string; readonly at: number; readonly event: SseEvent }[] = [];
  private lastSequence = 0;
  private timer: TimerHandle | undefined;
  private closing = false;
  private count = 0;

  constructor(
    private readonly clock: Clock,
    @Inject(NOTIFICATION_OPTIONS) private readonly options: ResolvedOptions,
  ) {}

  /** Readers connected now. */
  get connections(): number {
    return this.count;
  }

  /** Gives a user's readers a message; returns its place in the user's stream. */
  publish(user: string, batch: SseBatch): number {
    const now = this.clock.now();
    const event: SseEvent = { sequence: this.nextSequence(now), batch };
    this.recent.push({ user, at: now, event });
    if (this.recent.length > MAX_RECENT || (this.recent[0]?.at ?? now) < now - RECENT_MS) this.forget(now);
    const readers = this.readers.get(user);
    if (readers !== undefined) {
      const frame = frames(event, true);
      for (const reader of readers) reader.publish(event, frame);
    }
    return event.sequence;
  }

  /**
   * Makes an answer a user's stream. While the application stops its connection is cut: a browser goes on to another instance then,
   * where a refusal would make it give up (WHATWG HTML §9.2.3).
   *
   * @param lastEventId where it was; empty: only what comes from now on
   */
  async connect(response: ServerResponse, user: string, batched: boolean, lastEventId: string, read: ReadStream): Promise<void> {
    if (this.closing) {
      response.destroy();
      return;
    }
    const reader = new SseConnection(response, batched, () => this.leave(user, reader));
    this.enter(user, reader);
    if (lastEventId === '') {
      reader.resume(undefined, []);
      return;
    }
    const position = parsePosition(lastEventId);
    const oldest = (this.clock.now() - this.options.retention.finishedMs) * 1_000;
    if (position === undefined || position.sequence < oldest) {
      reader.resync('this Last-Event-ID is unknown, or older than what is kept');
      reader.resume(undefined, []);
      return;
    }
    await this.bringUpToDate(reader, user, position, read);
  }

  /** Ends every stream, and every one that still comes. */
  close(): void {
    this.closing = true;
    this.timer?.cancel();
    for (const readers of [...this.readers.values()]) for (const reader of [...readers]) reader.end();
    this.recent.length = 0;
  }

  private async bringUpToDate(reader: SseConnection, user: string, position: SsePosition, read: ReadStream): Promise<void> {
    const after = position.items === undefined ? position.sequence : position.sequence - 1;
    const stored = await read(user, after, MAX_RESUMED + 1);
    if (stored.length > MAX_RESUMED) {
      reader.resync(`more than ${MAX_RESUMED} messages were missed`);
      reader.resume(undefined, []);
      return;
    }
    const known = new Set(stored.map(({ sequence }) => sequence));
    const unsettled = this.recent
      .filter((one) => one.user === user && isAfter(one.event.sequence, position) && !known.has(one.event.sequence))
      .map(({ event }) => event);
    reader.resume(position, [...stored, ...unsettled]);
  }

  private enter(user: string, reader: SseConnection): void {
    const readers = this.readers.get(user);
    if (readers === undefined) this.readers.set(user, new Set([reader]));
    else readers.add(reader);
    this.count++;
    this.timer ??= this.clock.setTimer(HEARTBEAT_MS, () => this.beat());
  }

  private leave(user: string, reader: SseConnection): void {
    const readers = this.readers.get(user);
    if (readers?.delete(reader) !== true) return;
    this.count--;
    if (readers.size === 0) this.readers.delete(user);
  }

  private beat(): void {
    for (const readers of this.readers.values()) for (const reader of readers) reader.heartbeat();
    this.timer = this.count === 0 || this.closing ? undefined : this.clock.setTimer(HEARTBEAT_MS, () => this.beat());
  }

  /** Microseconds of the clock, and always more than the one before. */
  private nextSequence(now: number): number {
    this.lastSequence = Math.max(this.lastSequence + 1, now * 1_000);
    return this.lastSequence;
  }

  private forget(now: number): void {
    const keep = this.recent.findIndex(({ at }) => at >= now - RECENT_MS);
    this.recent.splice(0, Math.max(keep, this.recent.length - MAX_RECENT));
  }
}

import { type Lane } from '../../model/message.js';
import { type Readiness } from '../notification-store.js';
import { HeldMessages } from './held-messages.js';
import { NumberHeap } from './number-heap.js';
import { TimeCounts } from './time-counts.js';
import { type UndoLog } from './undo-log.js';

/** How a ready message goes: `ready` is sent at once, `batchable` may wait until a batch is full. */
export const READY = { ready: 0, batchable: 1 } as const;
export type ReadyKind = (typeof READY)[keyof typeof READY];

/** What the queue knows of a message. */
export interface Candidate {
  readonly id: number;
  readonly kind: ReadyKind;
}

interface ChannelQueue {
  readonly critical: NumberHeap;
  readonly normal: NumberHeap;
  /** Of these heaps, what a claim passed over. */
  readonly held: Readonly<Record<Lane, HeldMessages>>;
  readonly counts: { critical: number; ready: number; batchable: number };
  /** Of those that may wait: since when, and until when at most. */
  readonly since: TimeCounts;
  readonly until: TimeCounts;
}

/** What of a message's row says how long it waits, epoch ms. */
interface WaitTimes {
  readonly ready_at: number | null;
  /** It must go by then: see `closeBy`. */
  readonly send_by: number | null;
}

/** The messages that could be claimed now, per channel and lane, by stamp. */
export class ReadyQueue {
  private readonly channels = new Map<string, ChannelQueue>();
  private pushed = 0;

  constructor(private readonly undo: UndoLog) {}

  /** How many became ready so far, those of a transaction that failed included: it only grows. */
  get arrivals(): number {
    return this.pushed;
  }

  push(channel: string, lane: Lane, kind: ReadyKind, stamp: number, messageId: number, times: WaitTimes): void {
    const queue = this.channel(channel);
    this.pushed++;
    (lane === 'critical' ? queue.critical : queue.normal).push(stamp, messageId, kind);
    this.undo.record(drop, queue, lane, kind, times);
    count(queue, lane, kind, times);
  }

  /** The lane's heap, for the claimer to pop from; whatever leaves it is told by `left`, unless it was told before. */
  heap(channel: string, lane: Lane): NumberHeap {
    const queue = this.channel(channel);
    return lane === 'critical' ? queue.critical : queue.normal;
  }

  /** What of the lane's heap a claim passed over: still ready, and counted so. */
  held(channel: string, lane: Lane): HeldMessages {
    return this.channel(channel).held[lane];
  }

  /** One message of this kind is no longer ready: claimed, cancelled or expired. */
  left(channel: string, lane: Lane, kind: ReadyKind, times: WaitTimes): void {
    const queue = this.channel(channel);
    this.undo.record(count, queue, lane, kind, times);
    drop(queue, lane, kind, times);
  }

  readiness(): Readiness[] {
    const rows: Readiness[] = [];
    for (const [channel, { counts, since, until }] of this.channels) {
      if (counts.critical + counts.ready + counts.batchable === 0) continue;
      const oldestBatchableAt = since.earliest();
      const batchableUntil = until.earliest();
      rows.push({
        channel,
        ...counts,
        ...(oldestBatchableAt === undefined ? {} : { oldestBatchableAt }),
        ...(batchableUntil === undefined ? {} : { batchableUntil }),
      });
    }
    return rows;
  }

  private channel(name: string): ChannelQueue {
    let queue = this.channels.get(name);
    if (queue === undefined) {
      queue = {
        critical: new NumberHeap(this.undo),
        normal: new NumberHeap(this.undo),
        held: { critical: new HeldMessages(this.undo), normal: new HeldMessages(this.undo) },
        counts: { critical: 0, ready: 0, batchable: 0 },
        since: new TimeCounts(),
        until: new TimeCounts(),
      };
      this.channels.set(name, queue);
    }
    return queue;
  }
}

function count(queue: ChannelQueue, lane: Lane, kind: ReadyKind, times: WaitTimes): void {
  if (lane === 'critical') {
    queue.counts.critical++;
  } else if (kind === READY.ready) {
    queue.counts.ready++;
  } else {
    queue.counts.batchable++;
    queue.since.add(times.ready_at ?? 0);
    if (times.send_by !== null) queue.until.add(times.send_by);
  }
}

function drop(queue: ChannelQueue, lane: Lane, kind: ReadyKind, times: WaitTimes): void {
  if (lane === 'critical') {
    queue.counts.critical--;
  } else if (kind === READY.ready) {
    queue.counts.ready--;
  } else {
    queue.counts.batchable--;
    queue.since.remove(times.ready_at ?? 0);
    if (times.send_by !== null) queue.until.remove(times.send_by);
  }
}

import { type Lane } from '../../model/message.js';
import { type Readiness } from '../notification-store.js';
import { NumberHeap } from './number-heap.js';

/** How a ready message goes: `urgent` at once, `waiting` may wait for company. */
export const READY = { urgent: 0, waiting: 1 } as const;
export type ReadyKind = (typeof READY)[keyof typeof READY];

interface ChannelQueue {
  readonly critical: NumberHeap;
  readonly normal: NumberHeap;
  readonly counts: { critical: number; urgent: number; waiting: number };
  /** When the waiting ones came, oldest first, as runs of equal times; taken off the front as any of them leaves. */
  readonly arrivals: { at: number; count: number }[];
}

/** The messages that could be claimed now, per channel and lane, by stamp. */
export class ReadyQueue {
  private readonly channels = new Map<string, ChannelQueue>();

  push(channel: string, lane: Lane, kind: ReadyKind, stamp: number, messageId: number, now: number): void {
    const queue = this.channel(channel);
    (lane === 'critical' ? queue.critical : queue.normal).push(stamp, messageId, kind);
    if (lane === 'critical') {
      queue.counts.critical++;
    } else if (kind === READY.urgent) {
      queue.counts.urgent++;
    } else {
      queue.counts.waiting++;
      const newest = queue.arrivals.at(-1);
      if (newest?.at === now) newest.count++;
      else queue.arrivals.push({ at: now, count: 1 });
    }
  }

  /** The lane's heap, for the claimer to pop from; whatever leaves it is told by `left`, unless it was told before. */
  heap(channel: string, lane: Lane): NumberHeap {
    const queue = this.channel(channel);
    return lane === 'critical' ? queue.critical : queue.normal;
  }

  /** One message of this kind is no longer ready: claimed, cancelled or expired. */
  left(channel: string, lane: Lane, kind: ReadyKind): void {
    const queue = this.channel(channel);
    if (lane === 'critical') {
      queue.counts.critical--;
    } else if (kind === READY.urgent) {
      queue.counts.urgent--;
    } else {
      queue.counts.waiting--;
      const oldest = queue.arrivals[0];
      if (oldest !== undefined && --oldest.count === 0) queue.arrivals.shift();
    }
  }

  readiness(): Readiness[] {
    const rows: Readiness[] = [];
    for (const [channel, { counts, arrivals }] of this.channels) {
      if (counts.critical + counts.urgent + counts.waiting === 0) continue;
      const since = counts.waiting > 0 ? arrivals[0]?.at : undefined;
      rows.push({ channel, ...counts, ...(since === undefined ? {} : { waitingSince: since }) });
    }
    return rows;
  }

  clear(): void {
    this.channels.clear();
  }

  private channel(name: string): ChannelQueue {
    let queue = this.channels.get(name);
    if (queue === undefined) {
      queue = {
        critical: new NumberHeap(),
        normal: new NumberHeap(),
        counts: { critical: 0, urgent: 0, waiting: 0 },
        arrivals: [],
      };
      this.channels.set(name, queue);
    }
    return queue;
  }
}

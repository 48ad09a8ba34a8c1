import { isFinal } from '../model/delivery.js';
import { type NotificationEvents } from '../model/notification-events.js';
import { type KnownSnapshot } from '../storage/notification-store.js';
import { type StoreSnapshots } from '../storage/store-snapshots.js';

/** What is looked back at. */
const SPAN_MS = 30_000;
const LEAST_MS = 1_000;
/** A caller is never told to stay away for longer. */
const MOST_MS = 5 * 60_000;

/**
 * How fast deliveries end, to tell a caller who is refused when there will be room: by the batches of this instance, and with a shared store by
 * its counts, since other instances send too.
 */
export class DrainRate {
  private readonly ended: { readonly at: number; readonly count: number }[] = [];
  /** Deliveries of a shared store that had ended when its counts were read last. */
  private endedBefore: number | undefined;

  constructor(events: NotificationEvents, snapshots: Pick<StoreSnapshots, 'onRead'>, now: () => number) {
    snapshots.onRead((snapshot) => this.compare(snapshot));
    events.on('batchFinished', ({ messages }) => {
      if (this.endedBefore !== undefined) return;
      const count = messages.reduce(
        (sum, { outcome, count: of }) => sum + (outcome === 'delivered' || outcome === 'dead' ? of : 0),
        0,
      );
      this.add(count, now());
    });
  }

  /** When `excess` deliveries will have ended at the rate of the last half minute, ms; a second at least, five minutes at most. */
  waitMs(excess: number, now: number): number {
    this.forget(now);
    const [first] = this.ended;
    const ended = this.ended.reduce((sum, { count }) => sum + count, 0);
    if (first === undefined || ended === 0) return LEAST_MS;
    const perMs = ended / Math.max(LEAST_MS, now - first.at);
    return Math.min(MOST_MS, Math.max(LEAST_MS, Math.ceil(excess / perMs)));
  }

  /** Counts never shrink except when the cleanup deletes rows, which says nothing. */
  private compare({ counts, asOf }: KnownSnapshot): void {
    const ended = counts.reduce((sum, { state, count }) => sum + (isFinal(state) ? count : 0), 0);
    if (this.endedBefore !== undefined) this.add(ended - this.endedBefore, asOf);
    this.endedBefore = ended;
  }

  private add(count: number, now: number): void {
    if (count > 0) this.ended.push({ at: now, count });
    this.forget(now);
  }

  private forget(now: number): void {
    while ((this.ended[0]?.at ?? now) < now - SPAN_MS) this.ended.shift();
  }
}

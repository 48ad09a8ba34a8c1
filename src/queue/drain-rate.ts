import { type NotificationEvents } from '../model/notification-events.js';

/** What is looked back at. */
const SPAN_MS = 30_000;
const LEAST_MS = 1_000;
/** A caller is never told to stay away for longer. */
const MOST_MS = 5 * 60_000;

/** How fast deliveries end, to tell a caller who is refused when there will be room. */
export class DrainRate {
  private readonly ended: { readonly at: number; readonly count: number }[] = [];

  constructor(events: NotificationEvents, now: () => number) {
    events.on('batchFinished', ({ messages }) => {
      const count = messages.reduce(
        (sum, { outcome, count: of }) => sum + (outcome === 'delivered' || outcome === 'dead' ? of : 0),
        0,
      );
      if (count > 0) this.ended.push({ at: now(), count });
      this.forget(now());
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

  private forget(now: number): void {
    while ((this.ended[0]?.at ?? now) < now - SPAN_MS) this.ended.shift();
  }
}

import { type Clock } from '../model/clock.js';
import { type ClaimedMessage, type Settlement } from '../model/message.js';
import { type NotificationStore } from '../storage/notification-store.js';

/** So many are recorded together, of all batches under way, */
const EARLY_MESSAGES = 100;
/** or those of so many ms. */
const EARLY_MS = 100;

/**
 * Records the messages that were taken while the rest of their batches are still being sent: a process that is killed then repeats a few, and
 * not its batches. It is not waited for, nor for the disk: the end of a batch records all of it once more, and that is durable.
 */
export class EarlySettler {
  private taken: ClaimedMessage[] = [];
  private lastAt: number;

  constructor(
    private readonly store: NotificationStore,
    private readonly clock: Clock,
  ) {
    this.lastAt = clock.now();
  }

  add(message: ClaimedMessage): void {
    this.taken.push(message);
    const now = this.clock.now();
    if (this.taken.length < EARLY_MESSAGES && now - this.lastAt < EARLY_MS) return;
    this.store.settle(this.takeAlong(now), now, false).catch(() => undefined);
  }

  /** What waits to be recorded, for a batch that ends at `now` and records it along. */
  takeAlong(now: number): readonly Settlement[] {
    const settlements = this.taken.map(({ messageId }) => ({ messageId, outcome: 'delivered' }) as const);
    this.taken = [];
    this.lastAt = now;
    return settlements;
  }
}

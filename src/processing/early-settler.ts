import { type Clock } from '../model/clock.js';
import { type ClaimedMessage } from '../model/message.js';
import { type NotificationStore } from '../storage/notification-store.js';

/** So many are recorded together, */
const EARLY_MESSAGES = 25;
/** or those of so many ms. */
const EARLY_MS = 100;

/**
 * Records the messages of a batch that were taken while the others are still being sent: a process that is killed then repeats a few, and not a
 * batch. It is not waited for, nor for the disk: the end of the batch records all of them once more, and that is durable.
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
    const settlements = this.taken.map(({ messageId }) => ({ messageId, outcome: 'delivered' }) as const);
    this.taken = [];
    this.lastAt = now;
    this.store.settle(settlements, now, false).catch(() => undefined);
  }
}

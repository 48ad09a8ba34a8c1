import { type Clock, type TimerHandle } from '../model/clock.js';
import { type ClaimedMessage, type Settlement } from '../model/message.js';
import { type NotificationEvents } from '../model/notification-events.js';
import { type NotificationStore } from '../storage/notification-store.js';

/** So many messages are recorded early together, of all batches under way, */
const EARLY_MESSAGES = 100;
/** or when the first of them has waited so many ms. */
const EARLY_MS = 100;
/** Longest that what is recorded waits for the disk, ms. */
const SYNC_MS = 50;

/**
 * Records how messages ended: those of a batch at its end, and what was taken meanwhile of the batches still under way along with them, so that a
 * process that is killed repeats a few messages and not its batches. All that is recorded within {@link SYNC_MS} is written to disk at once: a
 * power cut repeats what ended since.
 */
export class SettlementRecorder {
  private taken: Settlement[] = [];
  /** When the first of `taken` was. */
  private since = 0;
  private timer: TimerHandle | undefined;

  constructor(
    private readonly store: NotificationStore,
    private readonly clock: Clock,
    private readonly events: NotificationEvents,
  ) {}

  /** A message was taken, and its batch is still under way, which records it anyhow: nobody waits for this. */
  early({ messageId }: Pick<ClaimedMessage, 'messageId'>, token: string): void {
    const now = this.clock.now();
    if (this.taken.length === 0) this.since = now;
    this.taken.push({ messageId, token, outcome: 'delivered' });
    if (this.taken.length < EARLY_MESSAGES && now - this.since < EARLY_MS) return;
    this.record([], now).catch(() => undefined);
  }

  /** A batch ended. What of it was recorded early is passed over. */
  async record(settlements: readonly Settlement[], now: number): Promise<void> {
    const early = this.taken;
    this.taken = [];
    await this.store.settle([...settlements, ...early], now);
    this.timer ??= this.clock.setTimer(SYNC_MS, () => this.sync());
  }

  /** Leaves no timer; closing the store brings the rest to the disk. */
  stop(): void {
    this.timer?.cancel();
  }

  private sync(): void {
    this.timer = undefined;
    this.store.sync().catch((error: unknown) => this.events.emit('failed', { where: 'writing to the disk what ended', error }));
  }
}

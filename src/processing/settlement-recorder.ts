import { type Clock, type TimerHandle } from '../model/clock.js';
import { type Failure } from '../model/failure.js';
import { type ClaimedMessage, type Settlement } from '../model/message.js';
import { type NotificationEvents } from '../model/notification-events.js';
import { type NotificationStore, type SettleReport } from '../storage/notification-store.js';
import { LEASE_MS } from './lease-keeper.js';

/** Accepted messages of batches that are still being sent are recorded together: so many of them, */
const ACCEPTED_MESSAGES = 100;
/** or when the first of them has waited so many ms. */
const ACCEPTED_MS = 100;
/** Longest that what is recorded waits for the disk, ms. */
const SYNC_MS = 50;
/** First pause before a settlement that failed is repeated, ms; it doubles up to the last one. */
export const FIRST_REPEAT_MS = 100;
export const LAST_REPEAT_MS = 5_000;

/** The claim that a batch is held by. */
export interface HeldClaim {
  readonly token: string;
  /** When its lease ends unless it is extended, epoch ms. */
  readonly leaseUntil: number;
}

/**
 * Records how messages ended: those of a batch at its end, and along with them what was accepted meanwhile of the batches still being sent, so that
 * a process that is killed repeats a few messages and not its batches. All that is recorded within {@link SYNC_MS} is written to disk at once: a
 * power cut repeats what ended since.
 *
 * A batch that the store fails to record is recorded again, with pauses, while its lease lasts, which is extended meanwhile: nobody else claims its
 * messages and sends them twice.
 */
export class SettlementRecorder {
  private accepted: Settlement[] = [];
  /** When the first of `accepted` was added. */
  private since = 0;
  private timer: TimerHandle | undefined;
  private stopping = false;
  private readonly pauses = new Set<() => void>();

  constructor(
    private readonly store: NotificationStore,
    private readonly clock: Clock,
    private readonly events: NotificationEvents,
  ) {}

  /** A message was accepted while its batch is still being sent. The batch records it too, so nobody waits for this. */
  recordAccepted(
    { messageId }: Pick<ClaimedMessage, 'messageId'>,
    token: string,
    { answer, refused }: { readonly answer?: string; readonly refused?: readonly Failure[] } = {},
  ): void {
    const now = this.clock.now();
    if (this.accepted.length === 0) this.since = now;
    this.accepted.push({
      messageId,
      token,
      outcome: 'delivered',
      ...(answer === undefined ? {} : { answer }),
      ...(refused === undefined ? {} : { errors: refused }),
    });
    if (this.accepted.length < ACCEPTED_MESSAGES && now - this.since < ACCEPTED_MS) return;
    this.settle([], now).catch(() => undefined);
  }

  /**
   * A batch ended. What of it was recorded early is passed over.
   *
   * @throws StoreFailedError when the store failed until the lease ended, or until `giveUp`
   */
  async record(settlements: readonly Settlement[], now: number, claim: HeldClaim): Promise<SettleReport> {
    let { leaseUntil } = claim;
    for (let pauseMs = FIRST_REPEAT_MS; ; pauseMs = Math.min(LAST_REPEAT_MS, pauseMs * 2)) {
      try {
        return await this.settle(settlements, now);
      } catch (error) {
        leaseUntil = await this.extended(claim.token, leaseUntil);
        if (this.stopping || this.clock.now() + pauseMs >= leaseUntil) throw error;
        this.events.emit('failed', { where: 'settling a batch; it is tried again', error });
      }
      await this.pause(pauseMs);
    }
  }

  /** Repeats what failed once more and then no longer. */
  giveUp(): void {
    this.stopping = true;
    for (const end of this.pauses) end();
  }

  /** Leaves no timer; closing the store brings the rest to the disk. */
  stop(): void {
    this.giveUp();
    this.timer?.cancel();
  }

  private async settle(settlements: readonly Settlement[], now: number): Promise<SettleReport> {
    const { accepted } = this;
    this.accepted = [];
    const report = await this.store.settle([...settlements, ...accepted], now);
    this.timer ??= this.clock.setTimer(SYNC_MS, () => this.sync());
    return report;
  }

  /** When the lease ends now, epoch ms. */
  private async extended(token: string, leaseUntil: number): Promise<number> {
    const until = this.clock.now() + LEASE_MS;
    try {
      const { lost } = await this.store.extend([token], until);
      return lost.includes(token) ? leaseUntil : Math.max(leaseUntil, until);
    } catch {
      return leaseUntil;
    }
  }

  private pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const end = (): void => {
        timer.cancel();
        this.pauses.delete(end);
        resolve();
      };
      const timer = this.clock.setTimer(ms, end);
      this.pauses.add(end);
    });
  }

  private sync(): void {
    this.timer = undefined;
    this.store.sync().catch((error: unknown) => this.events.emit('failed', { where: 'writing to the disk what ended', error }));
  }
}

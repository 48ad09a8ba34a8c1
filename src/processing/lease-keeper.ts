import { type Clock, type TimerHandle } from '../model/clock.js';
import { type NotificationEvents } from '../model/notification-events.js';
import { type NotificationStore } from '../storage/notification-store.js';

/** How long a claim holds unless it is renewed, ms: the work of a process that died is claimed again after no longer than this. */
export const LEASE_MS = 45_000;
/** Leases of batches that are being sent are renewed so often, ms: one renewal may fail before a lease ends. */
export const RENEW_MS = LEASE_MS / 3;

/** The lease of one claim, as its worker sees it. */
export interface Lease {
  readonly token: string;
  /** When it ends unless it is renewed, epoch ms. */
  readonly until: number;
  /** Aborts once the claim holds nothing any more: somebody else may send its messages. */
  readonly lost: AbortSignal;
}

interface HeldLease extends Lease {
  until: number;
  readonly end: () => void;
}

/** Renews the leases of all batches that are being sent, in one call of the store. One timer, and none while nothing is sent. */
export class LeaseKeeper {
  private readonly held = new Map<string, HeldLease>();
  private timer: TimerHandle | undefined;

  constructor(
    private readonly store: Pick<NotificationStore, 'extend'>,
    private readonly clock: Clock,
    private readonly events: NotificationEvents,
  ) {}

  /** Renews the lease of a claim that was made at `claimedAt`, until it is released. */
  hold(token: string, claimedAt: number): Lease {
    const controller = new AbortController();
    const lease = { token, until: claimedAt + LEASE_MS, lost: controller.signal, end: () => controller.abort() };
    this.held.set(token, lease);
    this.timer ??= this.clock.setTimer(RENEW_MS, () => this.renew());
    return lease;
  }

  release({ token }: Lease): void {
    this.held.delete(token);
    if (this.held.size > 0) return;
    this.timer?.cancel();
    this.timer = undefined;
  }

  private renew(): void {
    this.timer = this.clock.setTimer(RENEW_MS, () => this.renew());
    const leases = [...this.held.values()];
    const until = this.clock.now() + LEASE_MS;
    this.store
      .extend(
        leases.map(({ token }) => token),
        until,
      )
      .then(
        ({ lost }) => {
          const gone = new Set(lost);
          for (const lease of leases) {
            if (gone.has(lease.token)) lease.end();
            else lease.until = Math.max(lease.until, until);
          }
        },
        (error: unknown) => {
          this.events.emit('failed', { where: 'renewing leases', error });
          // The next worker that looks may claim its messages: the next renewal would come too late.
          const now = this.clock.now();
          for (const lease of leases) if (lease.until <= now + RENEW_MS) lease.end();
        },
      );
  }
}

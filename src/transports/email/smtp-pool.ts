import genericPool, { type Pool } from 'generic-pool';
import { type Clock, type TimerHandle } from '../../model/clock.js';
import { type Lane } from '../../model/message.js';
import { type PoolStatistics } from '../transport.js';
import { Chunking } from './chunking.js';
import { ConnectBackoff } from './connect-backoff.js';
import { failed, type FailedResult } from './smtp-failure.js';
import { SmtpSession } from './smtp-session.js';
import { type SmtpSettings } from './smtp-settings.js';

/** Longest to wait for a connection that another batch holds. */
const ACQUIRE_TIMEOUT_MS = 60_000;
/** How long the critical lane's own connection stays open unused. */
export const RESERVE_IDLE_MS = 10_000;

/**
 * What the pool holds. A connection that could not be made is held too, for the one borrower that gets it: generic-pool would
 * call `create` again and again, without a pause, were it to reject.
 */
interface Slot {
  readonly session?: SmtpSession;
  readonly failure?: FailedResult;
}

/** A borrowed connection. Give it back with `release`; a session that died is replaced then. */
export interface Lease {
  readonly session: SmtpSession;
  release(): void;
}

/** The SMTP connections: `size` for everybody, made on demand and kept, and one in reserve for what is critical. */
export class SmtpPool {
  private readonly backoff: ConnectBackoff;
  private readonly chunking: Chunking;
  private readonly shared: Pool<Slot>;
  private readonly reserve: Pool<Slot>;
  private reserveTimer: TimerHandle | undefined;
  private created = 0;
  private failures = 0;
  private readonly closing = new AbortController();

  /** @param maxInFlight mails in flight on one connection to a server that takes `BDAT`; 1: all go by `DATA` */
  constructor(
    private readonly settings: SmtpSettings,
    private readonly size: number,
    private readonly clock: Clock,
    random: () => number,
    maxInFlight: number,
  ) {
    this.chunking = new Chunking(maxInFlight);
    this.backoff = new ConnectBackoff(clock, random);
    this.shared = this.createPool(size);
    this.reserve = this.createPool(1);
  }

  /** Waits for a free connection, or makes one; what is critical never waits for what is not. */
  async borrow(lane: Lane, signal: AbortSignal): Promise<Lease | FailedResult> {
    const pool = lane === 'critical' && !this.hasRoom() ? this.reserve : this.shared;
    const slot = await this.acquire(pool, signal);
    if (slot === undefined) return NOT_ATTEMPTED;
    if ('status' in slot) return slot;
    if (slot.session === undefined) {
      await pool.destroy(slot);
      return slot.failure ?? failed('retry', 'connection_failed', 'no connection could be made');
    }
    return { session: slot.session, release: () => this.giveBack(pool, slot, slot.session) };
  }

  statistics(): PoolStatistics {
    const { shared, reserve } = this;
    return {
      size: this.size + reserve.size,
      inUse: shared.borrowed + reserve.borrowed,
      idle: shared.available + reserve.available,
      waiting: shared.pending + reserve.pending,
      created: this.created,
      failed: this.failures,
    };
  }

  /** One line when connecting fails; undefined while it works. */
  lastError(): string | undefined {
    return this.backoff.lastError();
  }

  /** One line when the server cannot do what it announces; undefined while it works. */
  limitation(): string | undefined {
    return this.chunking.lastError();
  }

  /** Cuts what is being opened, waits for what is borrowed, then closes every connection. */
  async close(): Promise<void> {
    this.closing.abort();
    for (const pool of [this.shared, this.reserve]) {
      await pool.drain();
      await pool.clear();
    }
    this.reserveTimer?.cancel();
  }

  private createPool(max: number): Pool<Slot> {
    return genericPool.createPool<Slot>(
      {
        create: () => this.connect(),
        destroy: (slot) => {
          slot.session?.close();
          return Promise.resolve();
        },
        validate: (slot) => slot.session?.ready() ?? Promise.resolve(true),
      },
      { max, min: 0, testOnBorrow: true, acquireTimeoutMillis: ACQUIRE_TIMEOUT_MS, fifo: true },
    );
  }

  private async connect(): Promise<Slot> {
    if (this.isClosing()) return { failure: NOT_ATTEMPTED };
    const refusal = this.backoff.refusal();
    if (refusal !== undefined) return { failure: refusal };
    const opened = await SmtpSession.open(this.settings, this.clock, this.closing.signal, this.chunking);
    if (opened instanceof SmtpSession) {
      this.created += 1;
      this.backoff.connected();
      return { session: opened };
    }
    if (this.isClosing()) return { failure: NOT_ATTEMPTED };
    this.failures += 1;
    this.backoff.failed(opened);
    return { failure: opened };
  }

  private isClosing(): boolean {
    return this.closing.signal.aborted;
  }

  private hasRoom(): boolean {
    return this.shared.pending === 0 && this.shared.borrowed < this.shared.max;
  }

  /** undefined: the signal came first; the slot goes back when it comes. */
  private acquire(pool: Pool<Slot>, signal: AbortSignal): Promise<Slot | FailedResult | undefined> {
    return new Promise((resolve) => {
      const abort = (): void => resolve(undefined);
      if (signal.aborted) abort();
      signal.addEventListener('abort', abort, { once: true });
      pool.acquire().then(
        (slot) => {
          signal.removeEventListener('abort', abort);
          if (signal.aborted) this.giveBack(pool, slot, slot.session);
          else resolve(slot);
        },
        () => {
          signal.removeEventListener('abort', abort);
          resolve(failed('retry', 'timed_out', `no connection became free within ${ACQUIRE_TIMEOUT_MS} ms`));
        },
      );
    });
  }

  private giveBack(pool: Pool<Slot>, slot: Slot, session: SmtpSession | undefined): void {
    if (session?.alive === false) this.failures += 1;
    void (session?.alive === true ? pool.release(slot) : pool.destroy(slot));
    if (pool !== this.reserve) return;
    this.reserveTimer?.cancel();
    this.reserveTimer = this.clock.setTimer(RESERVE_IDLE_MS, () => void this.closeReserve());
  }

  /** Borrows it to let go of it: `clear` of generic-pool 3.9 goes on counting what it closed as available. */
  private async closeReserve(): Promise<void> {
    if (this.reserve.available === 0) return;
    await this.reserve.acquire().then(
      (slot) => this.reserve.destroy(slot),
      () => undefined,
    );
  }
}

/** The send ended before these mails were offered to the server: they return at once, and no attempt is consumed. */
export const NOT_ATTEMPTED = failed('deferred', 'interrupted', 'the send was stopped before this mail was offered to the server');

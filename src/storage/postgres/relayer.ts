import { StoreFailedError } from '../../model/errors.js';
import { type Acceptance, type AcceptReport } from '../notification-store.js';
import { type IntakeEntry, nextIntake, parkIntake, takeIntake, takeIntakeOf, takeIntakeUpTo } from './intake.js';
import { pgFailure } from './pg-failure.js';
import { relay } from './relay.js';
import { type Queries } from './transaction.js';
import { type WorkQueue } from './work-queue.js';

/** Notifications that one transaction relays. */
const ROWS = 400;

/** What was relayed in several transactions. */
export interface Relayed extends Omit<AcceptReport, 'pending'> {
  readonly acceptances: readonly Acceptance[];
  /** There may be more. */
  readonly more: boolean;
}

/** Moves what applications accepted in transactions of theirs to where everything else is, in one transaction with the ordinary accept. */
export class Relayer {
  /** What was relayed because somebody asked for it, and nobody was told of yet. */
  private early: readonly Relayed[] = [];

  constructor(private readonly queue: WorkQueue) {}

  get hasEarly(): boolean {
    return this.early.length > 0;
  }

  /** Critical ones first. One that cannot be accepted is left alone, and keeps nothing else waiting. @throws StoreFailedError */
  async relay(now: number): Promise<Relayed> {
    const last = await this.relayNext(now);
    const { early } = this;
    this.early = [];
    const all = [...early, last];
    return {
      acceptances: all.flatMap(({ acceptances }) => acceptances),
      results: all.flatMap(({ results }) => results),
      closed: all.flatMap(({ closed }) => closed),
      expired: all.reduce((sum, { expired }) => sum + expired, 0),
      more: last.more,
    };
  }

  /** The one with a delivery; it does nothing when that is not waiting. `relay` tells of it. @throws StoreFailedError */
  async relayOf(delivery: number, now: number): Promise<void> {
    const relayed = await this.take((queries) => takeIntakeOf(queries, delivery), now, Infinity);
    this.early = [...this.early, relayed];
  }

  /**
   * Some of those up to one, for a command that must not miss them; `relay` tells of them.
   *
   * @returns whether there may be more
   * @throws StoreFailedError
   */
  async relayUpTo(until: number, now: number): Promise<boolean> {
    let relayed: Relayed;
    try {
      relayed = await this.take((queries) => takeIntakeUpTo(queries, until, ROWS), now, ROWS);
    } catch (error) {
      if (isOfTheServer(error)) throw error;
      relayed = await this.relayFirst(now);
    }
    this.early = [...this.early, relayed];
    return relayed.more;
  }

  private async relayNext(now: number): Promise<Relayed> {
    try {
      return await this.take((queries) => takeIntake(queries, ROWS), now, ROWS);
    } catch (error) {
      if (isOfTheServer(error)) throw error;
      return this.relayFirst(now);
    }
  }

  private async relayFirst(now: number): Promise<Relayed> {
    let first: number | undefined;
    const takeOne = async (queries: Queries): Promise<readonly IntakeEntry[]> => {
      first = await nextIntake(queries);
      return takeIntake(queries, 1);
    };
    try {
      return await this.take(takeOne, now, 1);
    } catch (error) {
      if (isOfTheServer(error) || first === undefined) throw error;
      const bad = first;
      await this.queue.change({ what: 'set a notification aside' }, ({ queries }) => parkIntake(queries, bad));
      return { acceptances: [], results: [], closed: [], expired: 0, more: true };
    }
  }

  private async take(from: (queries: Queries) => Promise<readonly IntakeEntry[]>, now: number, full: number): Promise<Relayed> {
    const what = 'relay what was accepted in transactions of the application';
    const { pending: _, ...report } = await this.queue.change({ what }, async (work) =>
      relay(work, await from(work.queries), now),
    );
    return { ...report, more: report.acceptances.length === full };
  }
}

/** It says nothing of what was to be relayed. */
function isOfTheServer(error: unknown): boolean {
  if (!(error instanceof StoreFailedError)) return false;
  const failure = pgFailure(error.cause);
  return error.cause === undefined || failure === 'connection' || failure === 'conflict';
}

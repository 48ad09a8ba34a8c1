import { NotificationError } from '../../model/errors.js';
import { type Ledger } from './ledger.js';
import { load } from './load.js';

interface Job {
  readonly now: number;
  readonly durable: boolean;
  readonly work: (ledger: Ledger) => unknown;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * All writes of one turn of the event loop in one transaction: being durable costs a thousand callers as much as one.
 *
 * When a transaction fails, memory is read anew from the rows, and its jobs are tried one by one, so that one bad job (or a
 * job too large for a full disk) fails alone.
 */
export class GroupCommit {
  private jobs: Job[] = [];
  private running?: Promise<void>;

  constructor(private readonly ledger: Ledger) {}

  /** @param durable on disk before it resolves; what need not be survives a killed process all the same, but perhaps not a power cut */
  run<T>(now: number, work: (ledger: Ledger) => T, durable = true): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.jobs.push({ now, durable, work, resolve: resolve as (value: unknown) => void, reject });
      this.running ??= new Promise((done) => {
        setImmediate(() => {
          delete this.running;
          this.commit();
          done();
        });
      });
    });
  }

  async drain(): Promise<void> {
    while (this.running !== undefined) await this.running;
  }

  private commit(): void {
    const jobs = this.jobs;
    this.jobs = [];
    if (this.attempt(jobs) || jobs.length === 1) return;
    for (const job of jobs) this.attempt([job]);
  }

  /** Returns whether the jobs were answered; a job alone always is. */
  private attempt(jobs: readonly Job[]): boolean {
    const { ledger } = this;
    try {
      const results = ledger.db.transaction(
        () => {
          const done = jobs.map((job) => outcomeOf(job, ledger));
          ledger.counters.write(ledger.db);
          return done;
        },
        jobs.some(({ durable }) => durable),
      );
      ledger.sending.commit();
      jobs.forEach((job, index) => {
        const result = results[index];
        if (result === undefined) return;
        if ('refusal' in result) job.reject(result.refusal);
        else job.resolve(result.value);
      });
      return true;
    } catch (error) {
      load(ledger, jobs[0]?.now ?? 0);
      if (jobs.length === 1) jobs[0]?.reject(error);
      return false;
    }
  }
}

/** A refusal (not found, conflict) is thrown before anything is written, and does not disturb the others. */
function outcomeOf(job: Job, ledger: Ledger): { readonly value: unknown } | { readonly refusal: NotificationError } {
  try {
    return { value: job.work(ledger) };
  } catch (error) {
    if (error instanceof NotificationError) return { refusal: error };
    throw error;
  }
}

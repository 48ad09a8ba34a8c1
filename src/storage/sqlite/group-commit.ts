import { NotificationError } from '../../model/errors.js';
import { type StoreState } from './store-state.js';

interface Job {
  readonly now: number;
  readonly durable: boolean;
  readonly work: (store: StoreState) => unknown;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * All writes of one turn of the event loop in one transaction: being durable costs a thousand callers as much as one.
 *
 * A job that fails is undone and rejected, and the others of its turn go on. When the commit itself fails, each half of the jobs is committed
 * on its own, so that a job that is too large for a full disk fails alone. What a failed transaction changed in memory is undone too
 * ({@link UndoLog}); the rows are never read again.
 */
export class GroupCommit {
  private jobs: Job[] = [];
  private running?: Promise<void>;

  constructor(private readonly store: StoreState) {}

  /** @param durable on disk before it resolves; otherwise it survives a killed process, but perhaps not a power failure */
  run<T>(now: number, work: (store: StoreState) => T, durable = true): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.jobs.push({ now, durable, work, resolve: resolve as (value: unknown) => void, reject });
      this.running ??= new Promise((done) => {
        setImmediate(() => {
          delete this.running;
          const { jobs } = this;
          this.jobs = [];
          this.commit(jobs);
          done();
        });
      });
    });
  }

  async drain(): Promise<void> {
    while (this.running !== undefined) await this.running;
  }

  /** @param apart each job in its own savepoint, which costs some time: only once one of them failed */
  private commit(jobs: readonly Job[], apart = false): void {
    const { store } = this;
    const durable = jobs.some((job) => job.durable);
    let failed: unknown;
    store.undo.begin();
    try {
      const outcomes = store.db.transaction(() => {
        const done = jobs.map((job) => {
          try {
            return apart ? this.inSavepoint(job) : outcomeOf(job, store);
          } catch (error) {
            failed = error;
            throw error;
          }
        });
        store.counters.write(store.db);
        return done;
      }, durable);
      store.undo.end();
      jobs.forEach((job, index) => answer(job, outcomes[index]));
      return;
    } catch (error) {
      store.undo.rollBack(0);
      store.undo.end();
      const [job] = jobs;
      if (jobs.length === 1 && job !== undefined) {
        job.reject(error);
        return;
      }
    }
    if (failed !== undefined && !apart) {
      this.commit(jobs, true);
      return;
    }
    const middle = Math.ceil(jobs.length / 2);
    this.commit(jobs.slice(0, middle));
    this.commit(jobs.slice(middle));
  }

  /** @throws when SQLite rolled the whole transaction back by itself */
  private inSavepoint(job: Job): Outcome {
    const { db, undo } = this.store;
    const mark = undo.mark();
    db.sql('SAVEPOINT job').run();
    try {
      const outcome = outcomeOf(job, this.store);
      db.sql('RELEASE job').run();
      return outcome;
    } catch (error) {
      if (!db.isInTransaction) throw error;
      db.sql('ROLLBACK TO job').run();
      db.sql('RELEASE job').run();
      undo.rollBack(mark);
      return { error };
    }
  }
}

type Outcome = { readonly value: unknown } | { readonly error: unknown };

/** A refusal (not found, conflict) is thrown before anything is written, and does not disturb the others. */
function outcomeOf(job: Job, store: StoreState): Outcome {
  try {
    return { value: job.work(store) };
  } catch (error) {
    if (error instanceof NotificationError) return { error };
    throw error;
  }
}

function answer(job: Job, outcome: Outcome | undefined): void {
  if (outcome === undefined) return;
  if ('error' in outcome) job.reject(outcome.error);
  else job.resolve(outcome.value);
}

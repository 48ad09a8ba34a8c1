import { NotificationError, StoreFailedError } from '../../model/errors.js';
import { type AcceptReport } from '../notification-store.js';
import { type AcceptCall, acceptAll } from './accept.js';
import { type RedisConnection } from './connection.js';
import { type Context } from './context.js';
import { RowReader } from './read-rows.js';
import { ChangedError, Tx } from './tx.js';
import { Work } from './work.js';

/** Deliveries of several calls that one script accepts: while it runs, nobody else is served. A single call may have more. */
const GROUP_DELIVERIES = 50;
/** A transaction that others are always faster than fails in the end. */
const MAX_ATTEMPTS = 200;

interface Accepting {
  readonly kind: 'accept';
  readonly call: AcceptCall;
  readonly resolve: (report: AcceptReport) => void;
  readonly reject: (error: unknown) => void;
}

interface Changing {
  readonly kind: 'change';
  readonly run: () => Promise<void>;
}

type Job = Accepting | Changing;

/**
 * The changes of one instance, one transaction after another in the order of their calls, so that each sees what was asked for before. What is accepted
 * while a transaction is being made shares the next one. When that fails, each call is made alone, so that one that cannot be kept fails alone.
 */
export class WorkQueue {
  private jobs: Job[] = [];
  private running: Promise<void> | undefined;
  private number = 0;

  /** @param slot no other queue has it, now or later */
  constructor(
    private readonly connection: RedisConnection,
    private readonly context: Context,
    private readonly slot: string,
  ) {}

  accept(call: AcceptCall): Promise<AcceptReport> {
    return new Promise((resolve, reject) => this.add({ kind: 'accept', call, resolve, reject }));
  }

  /** @param what completes "the store could not …" */
  change<T>(what: string, work: (work: Work, reader: RowReader) => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.add({ kind: 'change', run: async () => this.transact(what, work).then(resolve, reject) });
    });
  }

  async drain(): Promise<void> {
    while (this.running !== undefined) await this.running;
  }

  private add(job: Job): void {
    this.jobs.push(job);
    this.running ??= this.run();
  }

  private async run(): Promise<void> {
    // What is called within one turn of the event loop comes together.
    await Promise.resolve();
    for (let job = this.jobs.shift(); job !== undefined; job = this.jobs.shift()) {
      if (job.kind === 'change') await job.run();
      else await this.acceptTogether([job, ...this.acceptsThatFollow(job)]);
    }
    // At once, so that no job comes between.
    this.running = undefined;
  }

  private acceptsThatFollow(first: Accepting): readonly Accepting[] {
    let deliveries = deliveriesOf(first);
    let count = 0;
    for (const job of this.jobs) {
      if (job.kind !== 'accept' || deliveries + deliveriesOf(job) > GROUP_DELIVERIES) break;
      deliveries += deliveriesOf(job);
      count++;
    }
    return this.jobs.splice(0, count).filter((job) => job.kind === 'accept');
  }

  private async acceptTogether(jobs: readonly Accepting[]): Promise<void> {
    try {
      const calls = jobs.map(({ call }) => call);
      const reports = await this.transact('keep notifications', (work) => acceptAll(work, calls));
      jobs.forEach((job, index) => {
        const report = reports[index];
        if (report === undefined) job.reject(new TypeError('a call without an answer'));
        else job.resolve(report);
      });
    } catch (error) {
      const [job] = jobs;
      if (jobs.length === 1) job?.reject(error);
      else for (const alone of jobs) await this.acceptTogether([alone]);
    }
  }

  private async transact<T>(what: string, change: (work: Work, reader: RowReader) => Promise<T>): Promise<T> {
    const { context, connection } = this;
    context.keepStamps();
    for (let attempt = 1; ; attempt++) {
      try {
        const tx = new Tx(connection, what, this.slot, ++this.number);
        const work = new Work(tx, context);
        const result = await change(work, new RowReader((commands) => tx.read(commands), context));
        await work.finish();
        context.keepStamps();
        context.ended.tell(work.ended);
        return result;
      } catch (error) {
        context.restoreStamps();
        if (!(error instanceof ChangedError)) {
          throw error instanceof NotificationError ? error : new StoreFailedError(what, { cause: error });
        }
        if (attempt === MAX_ATTEMPTS) throw new StoreFailedError(what, { cause: error });
        // The first to come again is served at once: most meet nobody twice.
        if (attempt > 1) await connection.pause(attempt - 1);
      }
    }
  }
}

function deliveriesOf({ call }: Accepting): number {
  return call.prepared.reduce((sum, { addresses }) => sum + addresses.length, 0);
}

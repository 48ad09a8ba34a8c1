import { NotificationError, StoreFailedError } from '../../model/errors.js';
import { deliveryCount } from '../acceptance-parts.js';
import { type AcceptReport } from '../notification-store.js';
import { type AcceptCall, acceptAll } from './accept.js';
import { type PostgresConnection } from './connection.js';
import { type Context } from './context.js';
import { Partitions } from './partitions.js';
import { Work } from './work.js';

/** Deliveries of several calls that one transaction accepts; a single call may have more. */
const GROUP_DELIVERIES = 500;

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

/** How a transaction of a queue is made. */
export interface ChangeOptions {
  /** Completes "the store could not …". */
  readonly what: string;
  /** It waits for the server's disk. Defaults to true. */
  readonly durable?: boolean;
}

/**
 * The changes of one instance, one transaction after another in the order of their calls, so that each sees what was asked for before. What is
 * accepted while a transaction is being made shares the next one: being durable costs hundreds of callers as much as one. When that fails, each call
 * is made alone, so that one that cannot be kept fails alone.
 */
export class WorkQueue {
  private jobs: Job[] = [];
  private running: Promise<void> | undefined;
  private readonly partitions: Partitions;

  constructor(
    private readonly connection: PostgresConnection,
    private readonly context: Context,
  ) {
    this.partitions = new Partitions(connection);
  }

  accept(call: AcceptCall): Promise<AcceptReport> {
    return new Promise((resolve, reject) => this.add({ kind: 'accept', call, resolve, reject }));
  }

  change<T>(options: ChangeOptions, work: (work: Work) => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.add({ kind: 'change', run: async () => this.transact(options, work).then(resolve, reject) });
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
      const reports = await this.transact({ what: 'keep notifications' }, (work) =>
        acceptAll(
          work,
          jobs.map(({ call }) => call),
        ),
      );
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

  private async transact<T>({ what, durable = true }: ChangeOptions, change: (work: Work) => Promise<T>): Promise<T> {
    const { context, connection } = this;
    context.keepStamps();
    await this.partitions.reach(context.newestId);
    try {
      const { result, work } = await connection.transaction(
        what,
        async (queries) => {
          // It may be the second attempt.
          context.restoreStamps();
          const current = new Work(queries, context);
          const value = await change(current);
          await current.finish();
          return { result: value, work: current };
        },
        { durable },
      );
      work.keep();
      context.keepStamps();
      context.ended.tell(work.ended);
      return result;
    } catch (error) {
      context.restoreStamps();
      throw error instanceof NotificationError ? error : new StoreFailedError(what, { cause: error });
    }
  }
}

function deliveriesOf({ call }: Accepting): number {
  return call.prepared.reduce((sum, prepared) => sum + deliveryCount(prepared), 0);
}

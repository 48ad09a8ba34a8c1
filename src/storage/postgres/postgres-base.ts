import { randomUUID } from 'node:crypto';
import { type EndedObserver } from '../../model/ended-delivery.js';
import { StoreFailedError } from '../../model/errors.js';
import { type MailboxStore } from '../mailbox-store.js';
import type * as records from '../notification-store.js';
import { type PostgresConnection } from './connection.js';
import { type Context } from './context.js';
import { EndedObservers } from './ended-observers.js';
import { leave, liveInstances, serverTime } from './instances.js';
import { countParked } from './intake.js';
import { longTransaction } from './long-transaction.js';
import { PostgresAdmin } from './postgres-admin.js';
import { type PostgresOptions } from './postgres-options.js';
import { enter, sayAlive } from './registration.js';
import { Relayer } from './relayer.js';
import { SharedHalf } from './shared-half.js';
import { leaveSlot } from './slots.js';
import { TransactionIntake } from './transaction-intake.js';
import { type Queries } from './transaction.js';
import { type Work } from './work.js';
import { type ChangeOptions, WorkQueue } from './work-queue.js';

/** Where the tables are, and how they are reached. */
export interface PostgresStoreOptions extends PostgresOptions {
  /** Most deliveries not final; `accept` refuses past it. */
  readonly maxPending: number;
}

/** What the other instances are told when there may be something to claim. */
const WORK = 'work';

interface Opened {
  readonly instance: records.InstanceDescription;
  readonly context: Context;
  readonly queue: WorkQueue;
  readonly intake: TransactionIntake;
  readonly relayer: Relayer;
}

/** Opening, closing, reading and writing: what the calls of `PostgresStore` stand on. */
export abstract class PostgresBase extends PostgresAdmin {
  readonly state: records.SharedState;
  readonly mailbox: MailboxStore;
  readonly suppressions: records.SuppressionStore;
  readonly recipients: records.RecipientStore;
  private readonly shared: SharedHalf;
  private readonly ended = new EndedObservers();
  private readonly listeners = new Set<() => void>();
  private opened: Opened | undefined;
  /** The time of the last call that told one, epoch ms. */
  protected lastNow = 0;

  constructor(protected readonly options: PostgresStoreOptions) {
    super();
    this.shared = new SharedHalf(options);
    this.state = this.shared.state;
    this.mailbox = this.shared.mailbox;
    this.suppressions = this.shared.suppressions;
    this.recipients = this.shared.recipients;
    this.shared.waking.on(WORK, () => this.signal());
  }

  async open(
    now: number,
    instance: records.InstanceDescription = { name: randomUUID(), version: '', channels: [] },
  ): Promise<records.OpenReport> {
    if (this.opened !== undefined) return { isNew: false, interrupted: 0 };
    const isNew = await this.shared.open();
    try {
      const context = await this.shared.connection.transaction('register this instance', (queries) =>
        enter(queries, instance, now, this.options.maxPending, this.ended, this.connection.place),
      );
      const queue = new WorkQueue(this.shared.connection, context);
      const intake = new TransactionIntake(this.shared.connection, context);
      this.opened = { instance, context, queue, intake, relayer: new Relayer(queue) };
      this.lastNow = now;
      const { requeued } = await this.beat(now);
      return { isNew, interrupted: requeued };
    } catch (error) {
      this.opened = undefined;
      await this.shared.close();
      throw error;
    }
  }

  async close(): Promise<void> {
    const { opened } = this;
    if (opened === undefined) return;
    await opened.queue.drain();
    this.opened = undefined;
    try {
      await this.shared.connection.transaction('leave the store', async (queries) => {
        await leave(queries, opened.instance.name);
        await leaveSlot(queries, opened.context.slot);
      });
    } finally {
      await this.shared.close();
    }
  }

  heartbeat(now: number): Promise<records.HeartbeatReport> {
    return this.beat(now);
  }

  instances(now: number): Promise<readonly records.InstanceRecord[]> {
    return this.read('list instances', (queries) => liveInstances(queries, now));
  }

  async time(): Promise<number | undefined> {
    const what = 'read the clock';
    if (this.opened !== undefined) return this.read(what, serverTime);
    return this.shared.beforeOpen((connection) => connection.read(what, serverTime));
  }

  async check(): Promise<records.StoreHealth> {
    if (this.opened === undefined) return { ok: false, detail: 'the store is closed' };
    try {
      const [parked, slowed] = await this.read('answer', async (queries) => [
        await countParked(queries),
        await longTransaction(queries),
      ]);
      const left = parked === 0 ? '' : `; ${parked} accepted in transactions cannot be relayed, see the table intake`;
      const { unreadable } = this.opened.context;
      return {
        ok: true,
        detail: `it answers${left}`,
        ...(unreadable === 0 ? {} : { unreadable }),
        ...(slowed === undefined ? {} : { slowed }),
      };
    } catch (error) {
      return { ok: false, detail: error instanceof Error ? error.message : String(error) };
    }
  }

  onWork(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  onEnded(observer: EndedObserver): () => void {
    return this.ended.add(observer);
  }

  protected async read<T>(what: string, work: (queries: Queries, context: Context) => Promise<T>): Promise<T> {
    const { context } = this.use(what);
    return this.shared.connection.read(what, (queries) => work(queries, context));
  }

  protected async change<T>(options: ChangeOptions, work: (work: Work) => Promise<T>): Promise<T> {
    return this.use(options.what).queue.change(options, work);
  }

  protected async changeWork<T>(options: ChangeOptions, work: (work: Work) => Promise<T>): Promise<T> {
    const result = await this.change(options, work);
    this.tellWork();
    return result;
  }

  protected get connection(): PostgresConnection {
    return this.shared.connection;
  }

  protected async transact<T>(what: string, work: (queries: Queries) => Promise<T>): Promise<T> {
    this.use(what);
    return this.shared.connection.transaction(what, work);
  }

  /** @throws StoreFailedError */
  protected use(what: string): Opened {
    if (this.opened === undefined) throw new StoreFailedError(`${what}, because it is closed`);
    return this.opened;
  }

  private async beat(now: number): Promise<records.HeartbeatReport> {
    const { instance } = this.use('say that this instance lives');
    const requeued = await this.change({ what: 'say that this instance lives' }, (work) => sayAlive(work, instance, now));
    if (requeued > 0) this.tellWork();
    return { requeued };
  }

  protected tellWork(): void {
    this.shared.waking.hint(WORK);
    this.signal();
  }

  private signal(): void {
    for (const listener of this.listeners) listener();
  }
}

import { randomUUID } from 'node:crypto';
import { type EndedObserver } from '../../model/ended-delivery.js';
import { StoreFailedError } from '../../model/errors.js';
import { type Claim, type ClaimedMessage, type Settlement } from '../../model/message.js';
import { type MailboxStore } from '../mailbox-store.js';
import type * as records from '../notification-store.js';
import { prepare } from './accept.js';
import { advance, nextDue } from './advance.js';
import { claim } from './claim.js';
import { HeldScans } from './claim-held.js';
import { type Context } from './context.js';
import { EndedObservers } from './ended-observers.js';
import { condenseHistory, historyRows, recordHistory } from './history.js';
import { leave, liveInstances, serverTime } from './instances.js';
import { enter, sayAlive } from './registration.js';
import { PostgresAdmin } from './postgres-admin.js';
import { type PostgresOptions } from './postgres-options.js';
import { prune } from './prune.js';
import { extend, settle } from './settle.js';
import { deliveredMessages, sequencePage } from './sequence.js';
import { SharedHalf } from './shared-half.js';
import { leaveSlot } from './slots.js';
import { readinessOf, snapshotOf } from './snapshot.js';
import { type Queries } from './transaction.js';
import { type Work } from './work.js';
import { type ChangeOptions, WorkQueue } from './work-queue.js';

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
}

/**
 * The store of many instances, on PostgreSQL. Nothing of a pending delivery is in the memory of an instance: each call locks the rows that it needs,
 * computes with the decisions of the model, and writes what changed.
 */
export class PostgresStore extends PostgresAdmin {
  readonly traits: records.StoreTraits = { shared: true, holdsWindowsInProcess: false };
  readonly state: records.SharedState;
  readonly mailbox: MailboxStore;
  private readonly shared: SharedHalf;
  private readonly ended = new EndedObservers();
  private readonly listeners = new Set<() => void>();
  private readonly scans = new HeldScans();
  private opened: Opened | undefined;

  constructor(private readonly options: PostgresStoreOptions) {
    super();
    this.shared = new SharedHalf(options);
    this.state = this.shared.state;
    this.mailbox = this.shared.mailbox;
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
        enter(queries, instance, now, this.options.maxPending, this.ended),
      );
      this.opened = { instance, context, queue: new WorkQueue(this.shared.connection, context) };
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
      await this.read('answer', (queries) => queries.query('SELECT 1'));
      return { ok: true, detail: 'it answers' };
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

  async accept(acceptances: readonly records.Acceptance[], now: number): Promise<records.AcceptReport> {
    const { queue } = this.use('keep notifications');
    const report = await queue.accept({ prepared: acceptances.map((acceptance) => prepare(acceptance, now)), now });
    this.tellWork();
    return report;
  }

  advance(now: number, limit: number): Promise<records.AdvanceReport> {
    return this.change({ what: 'do what is due', durable: false }, (work) => advance(work, now, limit));
  }

  nextDueAt(): Promise<number | undefined> {
    return this.read('look for what is due', nextDue);
  }

  readiness(): Promise<readonly records.Readiness[]> {
    return this.read('count what is ready', readinessOf);
  }

  claim(request: records.ClaimRequest): Promise<Claim> {
    return this.change({ what: 'claim messages', durable: false }, (work) => claim(work, request, this.scans));
  }

  extend(tokens: readonly string[], until: number): Promise<records.ExtendReport> {
    return this.change({ what: 'extend claims', durable: false }, (work) => extend(work, tokens, until));
  }

  settle(settlements: readonly Settlement[], now: number): Promise<records.SettleReport> {
    return this.changeWork({ what: 'record how messages ended', durable: false }, (work) => settle(work, settlements, now));
  }

  /** A transaction that waits for the disk waits for all before it too. */
  sync(): Promise<void> {
    return this.change({ what: 'wait for the disk' }, async ({ queries, context }) => {
      await queries.run('UPDATE slot SET pending = pending WHERE id = $1::integer', [context.slot]);
    });
  }

  async sequenced(query: records.SequenceQuery): Promise<records.SequencePage> {
    const { context } = this.use('read a sequence');
    const { connection } = this.shared;
    return connection.read('read a sequence', (queries) => sequencePage(queries, context, query), { consistent: true });
  }

  deliveredMessages(messageIds: readonly string[]): Promise<readonly ClaimedMessage[]> {
    return this.read('read messages', (queries, context) => deliveredMessages(queries, context, messageIds));
  }

  snapshot(): Promise<records.StoreSnapshot> {
    return this.read('count deliveries', snapshotOf);
  }

  snapshotNow(): undefined {
    this.use('answer');
    return undefined;
  }

  record(rows: readonly records.HistoryRow[]): Promise<void> {
    return this.transact('record the history', (queries) => recordHistory(queries, rows));
  }

  history(from: number, to: number): Promise<readonly records.HistoryRow[]> {
    return this.read('read the history', (queries) => historyRows(queries, from, to));
  }

  condenseHistory(before: number, stepMs: number): Promise<boolean> {
    return this.transact('condense the history', (queries) => condenseHistory(queries, before, stepMs));
  }

  async prune(request: records.PruneRequest): Promise<records.PruneReport> {
    this.use('delete what is old');
    return prune(this.shared.connection, request);
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

  private async transact<T>(what: string, work: (queries: Queries) => Promise<T>): Promise<T> {
    this.use(what);
    return this.shared.connection.transaction(what, work);
  }

  /** @throws StoreFailedError */
  private use(what: string): Opened {
    if (this.opened === undefined) throw new StoreFailedError(`${what}, because it is closed`);
    return this.opened;
  }

  private async beat(now: number): Promise<records.HeartbeatReport> {
    const { instance } = this.use('say that this instance lives');
    const requeued = await this.change({ what: 'say that this instance lives' }, (work) => sayAlive(work, instance, now));
    if (requeued > 0) this.tellWork();
    return { requeued };
  }

  private tellWork(): void {
    this.shared.waking.hint(WORK);
    this.signal();
  }

  private signal(): void {
    for (const listener of this.listeners) listener();
  }
}

import { type EndedObserver, FINAL_STATES } from '../../model/ended-delivery.js';
import { StoreFailedError } from '../../model/errors.js';
import { type Claim, type ClaimedMessage, type Settlement } from '../../model/message.js';
import { type MailboxStore } from '../mailbox-store.js';
import type * as records from '../notification-store.js';
import { ReadyStamps } from '../ready-stamp.js';
import { accept } from './accept.js';
import { advance } from './advance.js';
import { attachmentsOf } from './attachments.js';
import { claim, extend, readiness, settle } from './claim.js';
import { watchEnded } from './ended.js';
import { condenseHistory, historyRows, recordHistory } from './history.js';
import { MemoryAdmin } from './memory-admin.js';
import { MemoryCore } from './memory-core.js';
import { type MemoryStoreState, type MemoryStoreOptions } from './memory-store-state.js';
import { prune } from './prune.js';
import { deliveredMessages, sequencePage } from './sequence.js';
import { snapshotOf } from './snapshot.js';
import { MemoryTransfer, refuseMoved } from './transfer.js';

/**
 * A store of plain maps, for tests: what it holds lives as long as the object. Closing and opening it again is a restart, and
 * whatever was being sent then is queued again. It looks at everything for every answer, so it suits thousands of deliveries.
 *
 * Several stores on one {@link MemoryCore} are instances that share it. Each wakes only its own listeners: the others find what there is by
 * looking, as they must with every shared store.
 */
export class MemoryStore extends MemoryAdmin {
  readonly traits: records.StoreTraits;
  private readonly core: MemoryCore;
  private readonly listeners = new Set<() => void>();
  private readonly observers = new Set<EndedObserver>();
  /** How it is registered; undefined while it is closed. */
  private instance: records.InstanceDescription | undefined;
  /** Instances that share a store order what each of them readies: what is ready keeps its place when one of them starts again. */
  private stamps = new ReadyStamps();

  /** @param from its own options, or what it shares with others */
  constructor(from: MemoryStoreOptions | MemoryCore) {
    super();
    const shared = from instanceof MemoryCore;
    this.core = shared ? from : new MemoryCore(from);
    this.traits = { shared, holdsWindowsInProcess: !shared };
  }

  get state(): records.SharedState {
    return this.core.state;
  }

  get mailbox(): MailboxStore {
    return this.core.mailbox;
  }

  get suppressions(): records.SuppressionStore {
    return this.core.store.suppressions;
  }

  get recipients(): records.RecipientStore {
    return this.core.recipients;
  }

  override get transfer(): records.StoreTransfer {
    return new MemoryTransfer(this.core);
  }

  async open(now: number, instance = this.core.newInstance()): Promise<records.OpenReport> {
    if (this.instance !== undefined) return { isNew: false, interrupted: 0 };
    refuseMoved(this.core);
    const isNew = this.core.store.nextMessage === 1;
    this.stamps = new ReadyStamps();
    const { shared } = this.traits;
    if (shared) this.core.store.stamps = this.stamps;
    const interrupted = this.core.enter(instance, now, !shared);
    this.instance = instance;
    return await Promise.resolve({ isNew, interrupted });
  }

  close(): Promise<void> {
    if (this.instance !== undefined) this.core.leave(this.instance.name);
    this.instance = undefined;
    return Promise.resolve();
  }

  heartbeat(now: number): Promise<records.HeartbeatReport> {
    return this.change(() => ({ requeued: this.instance === undefined ? 0 : this.core.beat(this.instance, now) }));
  }

  instances(now: number): Promise<readonly records.InstanceRecord[]> {
    return this.run(() => this.core.live(now));
  }

  time(): Promise<number | undefined> {
    return Promise.resolve(this.core.time());
  }

  check(): Promise<records.StoreHealth> {
    return Promise.resolve(
      this.instance !== undefined ? { ok: true, detail: 'writable' } : { ok: false, detail: 'the store is closed' },
    );
  }

  onWork(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  onEnded(observer: EndedObserver): () => void {
    this.observers.add(observer);
    return () => this.observers.delete(observer);
  }

  accept(acceptances: readonly records.Acceptance[], now: number): Promise<records.AcceptReport> {
    return this.change((store) => {
      const tally: records.AcceptTally = { closed: [], expired: 0 };
      const results = acceptances.map((acceptance) => accept(store, acceptance, now, tally));
      this.signOpened(store, results);
      return { results, ...tally, pending: store.pending() };
    });
  }

  advance(now: number, limit: number): Promise<records.AdvanceReport> {
    return this.run((store) => advance(store, now, limit));
  }

  nextDueAt(): Promise<number | undefined> {
    return this.run((store) => store.dues()[0]?.at);
  }

  readiness(): Promise<readonly records.Readiness[]> {
    return this.run(readiness);
  }

  claim(request: records.ClaimRequest): Promise<Claim> {
    return this.run((store) => claim(store, request, this.instance?.name));
  }

  extend(tokens: readonly string[], until: number): Promise<records.ExtendReport> {
    return this.run((store) => extend(store, tokens, until));
  }

  settle(settlements: readonly Settlement[], now: number): Promise<records.SettleReport> {
    return this.change((store) => settle(store, settlements, now));
  }

  sync(): Promise<void> {
    return this.run(() => undefined);
  }

  sequenced(query: records.SequenceQuery): Promise<records.SequencePage> {
    return this.run((store) => sequencePage(store, query));
  }

  deliveredMessages(messageIds: readonly string[]): Promise<readonly ClaimedMessage[]> {
    return this.run((store) => deliveredMessages(store, messageIds));
  }

  attachments(deliveryId: string): Promise<readonly Uint8Array[]> {
    return this.run((store) => attachmentsOf(store, deliveryId));
  }

  snapshot(): Promise<records.StoreSnapshot> {
    return this.run(snapshotOf);
  }

  snapshotNow(now: number): records.KnownSnapshot | undefined {
    if (this.instance === undefined) throw new StoreFailedError('answer, because it is closed');
    return this.traits.shared ? undefined : { ...snapshotOf(this.core.store), asOf: now };
  }

  record(rows: readonly records.HistoryRow[]): Promise<void> {
    return this.run(({ history }) => recordHistory(history, rows));
  }

  history(from: number, to: number): Promise<readonly records.HistoryRow[]> {
    return this.run(({ history }) => historyRows(history, from, to));
  }

  condenseHistory(before: number, stepMs: number): Promise<boolean> {
    return this.run(({ history }) => condenseHistory(history, before, stepMs));
  }

  prune(request: records.PruneRequest): Promise<records.PruneReport> {
    return this.run((store) => prune(store, request));
  }

  private signOpened(store: MemoryStoreState, results: readonly records.AcceptResult[]): void {
    for (const result of results) {
      if ('refused' in result) continue;
      for (const { messageId } of result.deliveries) {
        const message = store.message(messageId);
        if (message !== undefined && this.instance !== undefined) message.opener ??= this.instance.name;
      }
    }
  }

  /** What throws here rejects there. */
  protected async run<T>(work: (store: MemoryStoreState) => T): Promise<T> {
    if (this.instance === undefined) throw new StoreFailedError('answer, because it is closed');
    const observers = [...this.observers].filter((observer) => FINAL_STATES.some((state) => observer.wants(state)));
    const ended = observers.length === 0 ? undefined : watchEnded(this.core.store);
    if (this.traits.shared) this.core.store.stamps = this.stamps;
    const result = work(this.core.store);
    const all = ended?.() ?? [];
    await Promise.resolve();
    for (const observer of observers) {
      const wanted = all.filter(({ state }) => observer.wants(state));
      if (wanted.length > 0) observer.ended(wanted);
    }
    return result;
  }

  protected async change<T>(work: (store: MemoryStoreState) => T): Promise<T> {
    const result = await this.run(work);
    for (const listener of this.listeners) listener();
    return result;
  }
}

import { type BacklogPolicy } from '../../model/backlog.js';
import { type DeliveryView } from '../../model/delivery.js';
import { NotFoundError } from '../../model/errors.js';
import { type Claim, type ClaimedMessage, type Settlement } from '../../model/message.js';
import { type CloseReason } from '../../model/window.js';
import type * as records from '../notification-store.js';
import { accept } from './accept.js';
import { addressSnapshot } from './address.js';
import { advance } from './advance.js';
import { clearBacklog } from './backlog.js';
import { cancel, cancelMatching } from './cancel.js';
import { claim, extend } from './claim.js';
import { closeLargest, closeMatching } from './close.js';
import { dead, replay, replays } from './dead.js';
import { deliveryPage } from './delivery-page.js';
import { condenseHistory, historyRows, recordHistory } from './history.js';
import { type LedgerOptions } from './ledger.js';
import { SqliteMailbox } from './mailbox.js';
import { previewOf } from './preview.js';
import { prune, vacuumStep } from './prune.js';
import { replan } from './replan.js';
import { settle } from './settle.js';
import { saveSetting, setting } from './settings.js';
import { SqliteFile } from './sqlite-file.js';
import { streamOf } from './stream.js';
import { snapshotOf } from './snapshot.js';
import { findDelivery } from './views.js';
import { windowPage, windowStateOf } from './window-page.js';

/** Where the store is and what it may hold. `:memory:` keeps nothing after `close`. */
export type SqliteStoreOptions = LedgerOptions;

/** The embedded store: one SQLite file, one process, every answer durable but those that the port excepts. */
export class SqliteStore extends SqliteFile {
  readonly mailbox = new SqliteMailbox({
    db: () => this.ledger.db,
    write: (what, work) => this.write(what, 0, ({ db }) => work(db), false),
  });
  private pruneCursor = 0;

  async accept(acceptances: readonly records.Acceptance[], now: number): Promise<records.AcceptReport> {
    const report = await this.write('accept notifications', now, (ledger) => {
      const closed: records.ClosedWindow[] = [];
      const results = acceptances.map((acceptance) => accept(ledger, acceptance, now, closed));
      return { results, closed, pending: ledger.counters.pending };
    });
    this.signal();
    return report;
  }

  async clearBacklog(policy: Exclude<BacklogPolicy, 'send'>, before: number, now: number): Promise<records.BacklogReport> {
    return this.write('clear the backlog', now, (ledger) => clearBacklog(ledger, policy, before, now));
  }

  async advance(now: number, limit: number): Promise<records.AdvanceReport> {
    const nothing: records.AdvanceReport = { closed: [], expired: 0, more: false };
    if ((this.ledger.due.peekKey() ?? Infinity) > now) return nothing;
    return this.write('close due windows', now, (ledger) => advance(ledger, now, limit));
  }

  async nextDueAt(): Promise<number | undefined> {
    return Promise.resolve(this.ledger.due.peekKey());
  }

  async readiness(): Promise<readonly records.Readiness[]> {
    return Promise.resolve(this.ledger.ready.readiness());
  }

  async claim(request: records.ClaimRequest): Promise<Claim> {
    // A claim that a power cut forgets costs nothing but that its try is not counted.
    return this.write('claim messages', request.now, (ledger) => claim(ledger, request), false);
  }

  async settle(settlements: readonly Settlement[], now: number): Promise<records.SettleReport> {
    const report = await this.write('settle messages', now, (ledger) => settle(ledger, settlements, now), false);
    if (settlements.some(({ outcome }) => outcome === 'retry' || outcome === 'released')) this.signal();
    return report;
  }

  async extend(tokens: readonly string[], until: number): Promise<records.ExtendReport> {
    return Promise.resolve(extend(this.ledger, tokens, until));
  }

  async sync(): Promise<void> {
    // Only a commit that writes waits for the disk; it brings along what did not.
    await this.write('reach the disk', 0, ({ db }) => saveSetting(db, 'probe', ''));
  }

  async stream(channel: string, address: string, after: number, limit: number): Promise<readonly records.StreamedMessage[]> {
    return Promise.resolve(streamOf(this.ledger, channel, address, after, limit));
  }

  async find(deliveryId: string): Promise<DeliveryView | undefined> {
    return Promise.resolve(findDelivery(this.ledger, deliveryId));
  }

  async deliveries(query: records.DeliveryQuery): Promise<records.Page<DeliveryView>> {
    return Promise.resolve(deliveryPage(this.ledger, query));
  }

  async cancel(deliveryId: string, reason: records.CancelReason, now: number): Promise<DeliveryView> {
    await this.write('cancel a delivery', now, (ledger) => cancel(ledger, deliveryId, reason, now));
    const view = findDelivery(this.ledger, deliveryId);
    if (view === undefined) throw new NotFoundError(`delivery ${deliveryId}`);
    return view;
  }

  async cancelMatching(filter: records.CancelFilter, now: number): Promise<records.CancelReport> {
    return this.write('cancel deliveries', now, (ledger) => cancelMatching(ledger, filter, now));
  }

  async windows(query: records.WindowQuery): Promise<records.Page<records.WindowView>> {
    return Promise.resolve(windowPage(this.ledger, query));
  }

  async windowState(messageId: string): Promise<'open' | 'closed' | 'unknown'> {
    return Promise.resolve(windowStateOf(this.ledger, messageId));
  }

  async preview(messageId: string): Promise<ClaimedMessage | undefined> {
    return Promise.resolve(previewOf(this.ledger, messageId));
  }

  async flush(filter: records.WindowFilter, reason: CloseReason, now: number): Promise<readonly records.ClosedWindow[]> {
    const closed = await this.write('flush windows', now, (ledger) => closeMatching(ledger, filter, reason, now));
    this.signal();
    return closed;
  }

  async flushLargest(deliveries: number, limit: number, now: number): Promise<readonly records.ClosedWindow[]> {
    const closed = await this.write('flush the largest windows', now, (ledger) => closeLargest(ledger, deliveries, limit, now));
    this.signal();
    return closed;
  }

  async replan(rules: records.OpeningRules, now: number): Promise<records.ReplanReport> {
    const report = await this.write('replan windows', now, (ledger) => replan(ledger, rules, now));
    this.signal();
    return report;
  }

  async dead(query: records.DeadQuery): Promise<records.Page<DeliveryView>> {
    return Promise.resolve(dead(this.ledger, query));
  }

  async replay(filter: records.DeadFilter, now: number): Promise<number> {
    const count = await this.write('replay dead deliveries', now, (ledger) => replay(ledger, filter, now));
    this.signal();
    return count;
  }

  async replays(limit: number): Promise<readonly records.ReplayProgress[]> {
    return Promise.resolve(replays(this.ledger, limit));
  }

  async setting(name: string): Promise<string | undefined> {
    return Promise.resolve(setting(this.ledger.db, name));
  }

  async saveSetting(name: string, value: string | undefined): Promise<void> {
    await this.write('save a setting', 0, ({ db }) => saveSetting(db, name, value));
  }

  async snapshot(): Promise<records.StoreSnapshot> {
    return Promise.resolve(snapshotOf(this.ledger));
  }

  snapshotNow(now: number): records.KnownSnapshot {
    return { ...snapshotOf(this.ledger), asOf: now };
  }

  async address(channel: string, address: string): Promise<records.AddressSnapshot | undefined> {
    return Promise.resolve(addressSnapshot(this.ledger, channel, address));
  }

  async record(rows: readonly records.HistoryRow[]): Promise<void> {
    await this.write('record history', 0, ({ db }) => recordHistory(db, rows));
  }

  async history(from: number, to: number): Promise<readonly records.HistoryRow[]> {
    return Promise.resolve(historyRows(this.ledger.db, from, to));
  }

  async condenseHistory(before: number, stepMs: number): Promise<boolean> {
    return this.write('condense the history', 0, ({ db }) => condenseHistory(db, before, stepMs));
  }

  async prune(before: number, historyBefore: number, limit: number): Promise<records.PruneReport> {
    const pruned = await this.write('prune finished work', before, (ledger) =>
      prune(ledger, this.pruneCursor, before, historyBefore, limit),
    );
    this.pruneCursor = pruned.cursor;
    vacuumStep(this.ledger);
    return pruned.report;
  }
}

import { type BacklogPolicy } from '../../model/backlog.js';
import { type DeliveryView } from '../../model/delivery.js';
import { StoreFailedError } from '../../model/errors.js';
import { type Claim, type ClaimedMessage, type Settlement } from '../../model/message.js';
import { type CloseReason } from '../../model/window.js';
import { NotificationStore } from '../notification-store.js';
import type * as records from '../notification-store.js';
import { accept } from './accept.js';
import { advance } from './advance.js';
import { clearBacklog } from './backlog.js';
import { cancel, cancelMatching } from './cancel.js';
import { claim, claimedMessage, extend, readiness, settle, takeBack } from './claim.js';
import { flush, flushLargest, replan } from './close.js';
import { condenseHistory, historyRows, recordHistory } from './history.js';
import { MemoryMailbox } from './mailbox.js';
import { MemoryLedger, type MemoryStoreOptions } from './memory-ledger.js';
import { prune } from './prune.js';
import { live } from './records.js';
import { snapshotOf } from './snapshot.js';
import { addressSnapshot, deadMessages, deadPage, deliveryPage, deliveryView, replays, streamOf, windowPage } from './views.js';

/**
 * A store of plain maps, for tests: what it holds lives as long as the object. Closing and opening it anew is a restart, and
 * whatever was being sent then is queued again. It looks at everything for every answer, so it suits thousands of deliveries.
 */
export class MemoryStore extends NotificationStore {
  readonly mailbox = new MemoryMailbox();
  private readonly kept: MemoryLedger;
  private readonly listeners = new Set<() => void>();
  private isOpen = false;

  constructor(options: MemoryStoreOptions) {
    super();
    this.kept = new MemoryLedger(options);
  }

  open(now: number): Promise<void> {
    if (this.isOpen) return Promise.resolve();
    this.isOpen = true;
    for (const message of this.kept.messages.values()) {
      if (message.state !== 'sending') continue;
      takeBack(this.kept, message, 'the process ended while this was being sent; it may have been delivered', now);
    }
    this.kept.restart(now);
    return Promise.resolve();
  }

  close(): Promise<void> {
    this.isOpen = false;
    return Promise.resolve();
  }

  check(): Promise<{ readonly ok: boolean; readonly detail: string }> {
    return Promise.resolve(this.isOpen ? { ok: true, detail: 'writable' } : { ok: false, detail: 'it is closed' });
  }

  onWork(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  clearBacklog(policy: Exclude<BacklogPolicy, 'send'>, before: number, now: number): Promise<records.BacklogReport> {
    return this.run((ledger) => clearBacklog(ledger, policy, before, now));
  }

  accept(acceptances: readonly records.Acceptance[], now: number): Promise<records.AcceptReport> {
    return this.change((ledger) => {
      const closed: records.ClosedWindow[] = [];
      const results = acceptances.map((acceptance) => accept(ledger, acceptance, now, closed));
      return { results, closed, pending: ledger.pending() };
    });
  }

  advance(now: number, limit: number): Promise<records.AdvanceReport> {
    return this.run((ledger) => advance(ledger, now, limit));
  }

  nextDueAt(): Promise<number | undefined> {
    return this.run((ledger) => ledger.dues()[0]?.at);
  }

  readiness(): Promise<readonly records.Readiness[]> {
    return this.run(readiness);
  }

  claim(request: records.ClaimRequest): Promise<Claim> {
    return this.run((ledger) => claim(ledger, request));
  }

  extend(tokens: readonly string[], until: number): Promise<records.ExtendReport> {
    return this.run((ledger) => extend(ledger, tokens, until));
  }

  settle(settlements: readonly Settlement[], now: number): Promise<records.SettleReport> {
    return this.change((ledger) => settle(ledger, settlements, now));
  }

  sync(): Promise<void> {
    return this.run(() => undefined);
  }

  stream(channel: string, address: string, after: number, limit: number): Promise<readonly records.StreamedMessage[]> {
    return this.run((ledger) => streamOf(ledger, channel, address, after, limit));
  }

  find(deliveryId: string): Promise<DeliveryView | undefined> {
    return this.run((ledger) => {
      const delivery = ledger.delivery(deliveryId);
      return delivery && deliveryView(ledger, delivery);
    });
  }

  deliveries(query: records.DeliveryQuery): Promise<records.Page<DeliveryView>> {
    return this.run((ledger) => deliveryPage(ledger, query));
  }

  cancel(deliveryId: string, reason: records.CancelReason, now: number): Promise<DeliveryView> {
    return this.run((ledger) => deliveryView(ledger, cancel(ledger, deliveryId, reason, now)));
  }

  cancelMatching(filter: records.CancelFilter, now: number): Promise<records.CancelReport> {
    return this.run((ledger) => cancelMatching(ledger, filter, now));
  }

  windows(query: records.WindowQuery): Promise<records.Page<records.WindowView>> {
    return this.run((ledger) => windowPage(ledger, query));
  }

  windowState(messageId: string): Promise<'open' | 'closed' | 'unknown'> {
    return this.run((ledger) => {
      const message = ledger.message(messageId);
      if (message === undefined) return 'unknown';
      return message.state === 'gathering' ? 'open' : 'closed';
    });
  }

  preview(messageId: string): Promise<ClaimedMessage | undefined> {
    return this.run((ledger) => {
      const message = ledger.message(messageId);
      return message?.state === 'gathering' ? claimedMessage(message) : undefined;
    });
  }

  flush(filter: records.WindowFilter, reason: CloseReason, now: number): Promise<readonly records.ClosedWindow[]> {
    return this.change((ledger) => flush(ledger, filter, reason, now));
  }

  flushLargest(deliveries: number, limit: number, now: number): Promise<readonly records.ClosedWindow[]> {
    return this.change((ledger) => flushLargest(ledger, deliveries, limit, now));
  }

  replan(rules: records.OpeningRules, now: number): Promise<records.ReplanReport> {
    return this.change((ledger) => replan(ledger, rules, now));
  }

  dead(query: records.DeadQuery): Promise<records.Page<DeliveryView>> {
    return this.run((ledger) => deadPage(ledger, query));
  }

  replay(filter: records.DeadFilter, now: number): Promise<number> {
    return this.change((ledger) => {
      const messages = deadMessages(ledger, filter);
      for (const message of messages) {
        message.attempts = 0;
        message.queuedAt = now;
        message.updatedAt = now;
        message.replayedAt = now;
        ledger.queue(message, now, now);
      }
      return messages.flatMap(live).length;
    });
  }

  replays(limit: number): Promise<readonly records.ReplayProgress[]> {
    return this.run((ledger) => replays(ledger, limit));
  }

  setting(name: string): Promise<string | undefined> {
    return this.run(({ settings }) => settings.get(name));
  }

  saveSetting(name: string, value: string | undefined): Promise<void> {
    return this.run(({ settings }) => {
      if (value === undefined) settings.delete(name);
      else settings.set(name, value);
    });
  }

  snapshot(): Promise<records.StoreSnapshot> {
    return this.run(snapshotOf);
  }

  snapshotNow(now: number): records.KnownSnapshot {
    if (!this.isOpen) throw new StoreFailedError('answer: it is closed');
    return { ...snapshotOf(this.kept), asOf: now };
  }

  address(channel: string, address: string): Promise<records.AddressSnapshot | undefined> {
    return this.run((ledger) => addressSnapshot(ledger, channel, address));
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

  prune(before: number, historyBefore: number, limit: number): Promise<records.PruneReport> {
    return this.run((ledger) => prune(ledger, before, historyBefore, limit));
  }

  /** What throws here rejects there. */
  private async run<T>(work: (ledger: MemoryLedger) => T): Promise<T> {
    if (!this.isOpen) throw new StoreFailedError('answer: it is closed');
    return Promise.resolve(work(this.kept));
  }

  private async change<T>(work: (ledger: MemoryLedger) => T): Promise<T> {
    const result = await this.run(work);
    for (const listener of this.listeners) listener();
    return result;
  }
}

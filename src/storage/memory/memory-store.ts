import { StoreFailedError } from '../../model/errors.js';
import { type Claim, type Settlement } from '../../model/message.js';
import type * as records from '../notification-store.js';
import { accept } from './accept.js';
import { advance } from './advance.js';
import { claim, extend, readiness, settle, takeBack } from './claim.js';
import { condenseHistory, historyRows, recordHistory } from './history.js';
import { MemoryMailbox } from './mailbox.js';
import { MemoryAdmin } from './memory-admin.js';
import { MemoryLedger, type MemoryStoreOptions } from './memory-ledger.js';
import { prune } from './prune.js';
import { live } from './records.js';
import { snapshotOf } from './snapshot.js';
import { streamOf } from './views.js';

/**
 * A store of plain maps, for tests: what it holds lives as long as the object. Closing and opening it anew is a restart, and
 * whatever was being sent then is queued again. It looks at everything for every answer, so it suits thousands of deliveries.
 */
export class MemoryStore extends MemoryAdmin {
  readonly mailbox = new MemoryMailbox();
  private readonly kept: MemoryLedger;
  private readonly listeners = new Set<() => void>();
  private isOpen = false;

  constructor(options: MemoryStoreOptions) {
    super();
    this.kept = new MemoryLedger(options);
  }

  open(now: number): Promise<records.OpenReport> {
    if (this.isOpen) return Promise.resolve({ isNew: false, interrupted: 0 });
    this.isOpen = true;
    let interrupted = 0;
    for (const message of this.kept.messages.values()) {
      if (message.state !== 'sending') continue;
      interrupted += live(message).length;
      takeBack(this.kept, message, 'the process ended while this was being sent; it may have been delivered', now);
    }
    this.kept.restart(now);
    return Promise.resolve({ isNew: this.kept.nextMessage === 1, interrupted });
  }

  close(): Promise<void> {
    this.isOpen = false;
    return Promise.resolve();
  }

  check(): Promise<records.StoreHealth> {
    return Promise.resolve(this.isOpen ? { ok: true, detail: 'writable' } : { ok: false, detail: 'it is closed' });
  }

  onWork(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  accept(acceptances: readonly records.Acceptance[], now: number): Promise<records.AcceptReport> {
    return this.change((ledger) => {
      const tally: records.AcceptTally = { closed: [], expired: 0 };
      const results = acceptances.map((acceptance) => accept(ledger, acceptance, now, tally));
      return { results, ...tally, pending: ledger.pending() };
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
    return this.run((ledger) => prune(ledger, request));
  }

  /** What throws here rejects there. */
  protected async run<T>(work: (ledger: MemoryLedger) => T): Promise<T> {
    if (!this.isOpen) throw new StoreFailedError('answer: it is closed');
    return Promise.resolve(work(this.kept));
  }

  protected async change<T>(work: (ledger: MemoryLedger) => T): Promise<T> {
    const result = await this.run(work);
    for (const listener of this.listeners) listener();
    return result;
  }
}

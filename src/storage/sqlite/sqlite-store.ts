import { type Claim, type ClaimedMessage, type Settlement } from '../../model/message.js';
import { LocalState } from '../local-state.js';
import type * as records from '../notification-store.js';
import { accept } from './accept.js';
import { advance } from './advance.js';
import { attachmentsOf } from './attachments.js';
import { claim, extend } from './claim.js';
import { condenseHistory, historyRows, recordHistory } from './history.js';
import { SqliteMailbox } from './mailbox.js';
import { prune } from './prune.js';
import { SqliteRecipients } from './recipients.js';
import { deliveredMessages, sequencePage } from './sequence.js';
import { settle } from './settle.js';
import { saveSetting, setting } from './settings.js';
import { snapshotOf } from './snapshot.js';
import { SqliteAdmin } from './sqlite-admin.js';
import { SqliteTransfer } from './transfer.js';
import { SqliteSuppressions } from './suppressions.js';

/** The embedded store: one SQLite file, one process, every answer durable but those that the port excepts. */
export class SqliteStore extends SqliteAdmin {
  readonly traits = { shared: false, holdsWindowsInProcess: true };
  readonly state = new LocalState({
    read: (name) => setting(this.store.db, name),
    write: (name, value) => this.write('save a setting', 0, ({ db }) => saveSetting(db, name, value)),
  });
  readonly mailbox = new SqliteMailbox({
    db: () => this.store.db,
    write: (what, work) => this.write(what, 0, ({ db }) => work(db), false),
  });

  readonly suppressions = new SqliteSuppressions({
    store: () => this.store,
    write: (what, work) => this.write(what, 0, work),
  });

  readonly recipients = new SqliteRecipients({
    db: () => this.store.db,
    write: (what, work) => this.write(what, 0, ({ db }) => work(db)),
  });

  override get transfer(): records.StoreTransfer {
    return new SqliteTransfer(this.options);
  }

  async accept(acceptances: readonly records.Acceptance[], now: number): Promise<records.AcceptReport> {
    const { isWork, ...report } = await this.write('accept notifications', now, (store) => {
      const tally: records.AcceptTally = { closed: [], expired: 0 };
      const { arrivals } = store.ready;
      const dueAt = store.due.peekKey() ?? Infinity;
      const results = acceptances.map((acceptance) => accept(store, acceptance, now, tally));
      return {
        results,
        ...tally,
        pending: store.counters.pending,
        isWork: store.ready.arrivals > arrivals || (store.due.peekKey() ?? Infinity) < dueAt,
      };
    });
    // What only joined a window that is due later than others leaves nothing to do now.
    if (isWork) this.signal();
    return report;
  }

  async advance(now: number, limit: number): Promise<records.AdvanceReport> {
    const nothing: records.AdvanceReport = { closed: [], expired: 0, more: false };
    if ((this.store.due.peekKey() ?? Infinity) > now) return nothing;
    return this.write('close due windows', now, (store) => advance(store, now, limit), false);
  }

  async nextDueAt(): Promise<number | undefined> {
    return Promise.resolve(this.store.due.peekKey());
  }

  async readiness(): Promise<readonly records.Readiness[]> {
    return Promise.resolve(this.store.ready.readiness());
  }

  async claim(request: records.ClaimRequest): Promise<Claim> {
    // A claim that a power cut forgets costs nothing but that its attempt is not counted.
    return this.write('claim messages', request.now, (store) => claim(store, request), false);
  }

  async settle(settlements: readonly Settlement[], now: number): Promise<records.SettleReport> {
    const report = await this.write('settle messages', now, (store) => settle(store, settlements, now), false);
    if (settlements.some(({ outcome }) => outcome === 'retry' || outcome === 'released')) this.signal();
    return report;
  }

  async extend(tokens: readonly string[], until: number): Promise<records.ExtendReport> {
    return Promise.resolve(extend(this.store, tokens, until));
  }

  async sync(): Promise<void> {
    // Only a commit that writes waits for the disk; it brings along what did not.
    await this.write('reach the disk', 0, ({ db }) => saveSetting(db, 'probe', ''));
  }

  async sequenced(query: records.SequenceQuery): Promise<records.SequencePage> {
    return Promise.resolve(sequencePage(this.store.db, (id) => this.store.publicId('m', id), query));
  }

  async deliveredMessages(messageIds: readonly string[]): Promise<readonly ClaimedMessage[]> {
    return Promise.resolve(deliveredMessages(this.store, messageIds));
  }

  async attachments(deliveryId: string): Promise<readonly Uint8Array[]> {
    return Promise.resolve(attachmentsOf(this.store, deliveryId));
  }

  async snapshot(): Promise<records.StoreSnapshot> {
    return Promise.resolve(snapshotOf(this.store));
  }

  snapshotNow(now: number): records.KnownSnapshot {
    return { ...snapshotOf(this.store), asOf: now };
  }

  async record(rows: readonly records.HistoryRow[]): Promise<void> {
    await this.write('record history', 0, ({ db }) => recordHistory(db, rows));
  }

  async history(from: number, to: number): Promise<readonly records.HistoryRow[]> {
    return Promise.resolve(historyRows(this.store.db, from, to));
  }

  async condenseHistory(before: number, stepMs: number): Promise<boolean> {
    return this.write('condense the history', 0, ({ db }) => condenseHistory(db, before, stepMs));
  }

  async prune(request: records.PruneRequest): Promise<records.PruneReport> {
    const { shrank, ...report } = await this.write(
      'prune finished work',
      request.finishedBefore,
      (store) => prune(store, request),
      false,
    );
    // The file itself shrinks when the log is copied back.
    if (shrank && !report.more) this.store.db.exec('PRAGMA wal_checkpoint(PASSIVE)');
    return report;
  }
}

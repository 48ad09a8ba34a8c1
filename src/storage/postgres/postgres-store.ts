import { type DeliveryView, type NotificationInTransaction } from '../../model/delivery.js';
import { type Replanner } from '../../model/decisions/plan-change.js';
import { NotFoundError } from '../../model/errors.js';
import { type Claim, type ClaimedMessage, type Settlement } from '../../model/message.js';
import { type CloseReason } from '../../model/window.js';
import type * as records from '../notification-store.js';
import { advance, nextDue } from './advance.js';
import { attachmentsOf } from './attachments.js';
import { claim } from './claim.js';
import { HeldScans } from './claim-held.js';
import { condenseHistory, historyRows, recordHistory } from './history.js';
import { earlierThan, hasIntake, isInIntake, newestIntake } from './intake.js';
import { PostgresBase } from './postgres-base.js';
import { prepare } from './prepare.js';
import { prune } from './prune.js';
import { relayedFirst } from './relay-first.js';
import { extend, settle } from './settle.js';
import { deliveredMessages, sequencePage } from './sequence.js';
import { PostgresTransfer } from './transfer.js';
import { readinessOf, snapshotOf } from './snapshot.js';

/**
 * The store of many instances, on PostgreSQL. Nothing of a pending delivery is in the memory of an instance: each call locks the rows that it needs,
 * computes with the decisions of the model, and writes what changed.
 */
export class PostgresStore extends PostgresBase {
  readonly traits: records.StoreTraits = { shared: true, holdsWindowsInProcess: false };
  private readonly scans = new HeldScans();

  override get transfer(): records.StoreTransfer {
    return new PostgresTransfer(this.options, (now) => this.prepareMove(now));
  }

  async accept(acceptances: readonly records.Acceptance[], now: number): Promise<records.AcceptReport> {
    const { queue } = this.use('keep notifications');
    const report = await queue.accept({ prepared: acceptances.map((acceptance) => prepare(acceptance, now)), now });
    this.tellWork();
    return report;
  }

  override async acceptIn(tx: unknown, acceptance: records.Acceptance, now: number): Promise<NotificationInTransaction> {
    return this.use('keep a notification in a transaction').intake.accept(tx, acceptance, now);
  }

  async advance(now: number, limit: number): Promise<records.AdvanceReport> {
    const { report, waits } = await this.change({ what: 'do what is due', durable: false }, async (work) => {
      const waiting = hasIntake(work.queries);
      // It fails with the connection while nobody waits for it yet.
      waiting.catch(() => undefined);
      return { report: await advance(work, now, limit), waits: await waiting };
    });
    this.lastNow = now;
    const { relayer } = this.use('relay');
    if (!waits && !relayer.hasEarly) return report;
    const { acceptances, results, closed, expired, more } = await relayer.relay(now);
    if (acceptances.length > 0) this.tellWork();
    return {
      closed: [...report.closed, ...closed],
      expired: report.expired + expired,
      relayed: { acceptances, results },
      more: report.more || more,
    };
  }

  /** What was accepted in a transaction is relayed before its turn when somebody asks for it. */
  override async find(deliveryId: string): Promise<DeliveryView | undefined> {
    return (await super.find(deliveryId)) ?? super.find(await this.relayedId(deliveryId));
  }

  override async cancel(deliveryId: string, reason: records.CancelReason, now: number): Promise<DeliveryView> {
    try {
      // In the order of the calls: nothing comes before it.
      return await super.cancel(deliveryId, reason, now);
    } catch (error) {
      if (!(error instanceof NotFoundError)) throw error;
      return super.cancel(await this.relayedId(deliveryId), reason, now);
    }
  }

  /** A list that begins shows what was accepted in transactions: as much of it as one transaction relays. */
  override async deliveries(query: records.DeliveryQuery): Promise<records.Page<DeliveryView>> {
    const until = query.cursor === undefined ? await this.newestIntake() : undefined;
    if (until !== undefined) await this.relayUpTo(until, this.lastNow);
    return super.deliveries(query);
  }

  override cancelMatching(filter: records.CancelFilter, slice: records.Slice): Promise<records.Sliced<records.CancelReport>> {
    return this.relayedFirst(slice, { cancelled: 0, kept: 0 }, (part) => super.cancelMatching(filter, part));
  }

  override flush(
    filter: records.WindowFilter,
    reason: CloseReason,
    slice: records.Slice,
  ): Promise<records.Sliced<records.FlushReport>> {
    return this.relayedFirst(slice, { closed: [] }, (part) => super.flush(filter, reason, part));
  }

  override forget(channel: string, address: string, slice: records.Slice): Promise<records.Sliced<records.ForgetReport>> {
    const nothing = { cancelled: 0, erased: 0, sending: 0 };
    return this.relayedFirst(slice, nothing, (part) => super.forget(channel, address, part));
  }

  override replan(
    address: string,
    channels: readonly string[],
    replanner: Replanner,
    slice: records.Slice,
  ): Promise<records.Sliced<records.ReplanReport>> {
    const nothing = { closed: [], moved: 0, unchanged: 0, cancelled: 0 };
    return this.relayedFirst(slice, nothing, (part) => super.replan(address, channels, replanner, part));
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
    return this.connection.read('read a sequence', (queries) => sequencePage(queries, context, query), { consistent: true });
  }

  deliveredMessages(messageIds: readonly string[]): Promise<readonly ClaimedMessage[]> {
    return this.read('read messages', (queries, context) => deliveredMessages(queries, context, messageIds));
  }

  attachments(deliveryId: string): Promise<readonly Uint8Array[]> {
    return this.read('read attachments', (queries, context) => attachmentsOf(queries, context, deliveryId));
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
    return prune(this.connection, request);
  }

  /** Nothing waits to be relayed, and nobody is said to be sending who does not live. */
  private async prepareMove(now: number): Promise<void> {
    const store = new PostgresStore({ ...this.options, waking: 'poll' });
    await store.open(now, { name: 'npx nestjs-digest move', version: '', channels: [] });
    try {
      for (let until = await store.newestIntake(); until !== undefined; until = await store.newestIntake()) {
        await store.relayUpTo(until, now);
      }
    } finally {
      await store.close();
    }
  }

  private newestIntake(): Promise<number | undefined> {
    return this.read('look for what was accepted in transactions', newestIntake);
  }

  private async relayUpTo(until: number, now: number): Promise<boolean> {
    const more = await this.use('relay').relayer.relayUpTo(until, now);
    this.tellWork();
    return more;
  }

  private relayedFirst<Report>(
    slice: records.Slice,
    nothing: Report,
    step: (slice: records.Slice) => Promise<records.Sliced<Report>>,
  ): Promise<records.Sliced<Report>> {
    const relay = (until: number): Promise<boolean> => this.relayUpTo(until, slice.now);
    return relayedFirst({ newest: () => this.newestIntake(), relay }, slice, nothing, step);
  }

  /** Relays what has a delivery, if it is waiting. Returns the id of the delivery; of one that repeats an idempotency key, that of the first one. */
  private async relayedId(deliveryId: string): Promise<string> {
    const { context, relayer } = this.use('find a delivery');
    const id = context.privateId('d', deliveryId);
    if (id === 0) return deliveryId;
    if (await this.read('look for a delivery', (queries) => isInIntake(queries, id))) {
      await relayer.relayOf(id, this.lastNow);
      this.tellWork();
    }
    const earlier = await this.read('look for a delivery', (queries) => earlierThan(queries, id));
    return earlier === undefined ? deliveryId : context.publicId('d', earlier);
  }
}

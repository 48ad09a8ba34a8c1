import { type Claim, type ClaimedMessage, type Settlement } from '../../model/message.js';
import type * as records from '../notification-store.js';
import { advance, nextDue } from './advance.js';
import { claim } from './claim.js';
import { HeldScans } from './claim-held.js';
import { dueOfClaim } from './claims.js';
import { condenseHistory, historyRows, recordHistory } from './history.js';
import { prepare } from './prepare.js';
import { prune } from './prune.js';
import { RedisBase } from './redis-base.js';
import { EXTEND, SNAPSHOT } from './scripts.js';
import { deliveredMessages, sequencePage } from './sequence.js';
import { settle } from './settle.js';
import { readinessOf, type SnapshotAnswer, snapshotOf } from './snapshot.js';

/**
 * The store of many instances, on Redis or Valkey. Nothing of a pending delivery is in the memory of an instance: each call reads the rows that it needs,
 * computes with the decisions of the model, and writes what changed with one script, unless somebody else changed what it had read.
 */
export class RedisStore extends RedisBase {
  readonly traits: records.StoreTraits = { shared: true, holdsWindowsInProcess: false };
  private readonly scans = new HeldScans();

  async accept(acceptances: readonly records.Acceptance[], now: number): Promise<records.AcceptReport> {
    const { queue } = this.use('keep notifications');
    const report = await queue.accept({ prepared: acceptances.map((acceptance) => prepare(acceptance, now)), now });
    this.tellWork();
    return report;
  }

  advance(now: number, limit: number): Promise<records.AdvanceReport> {
    return this.change('do what is due', (work) => advance(work, now, limit));
  }

  nextDueAt(): Promise<number | undefined> {
    return this.look('look for what is due', ({ read }) => nextDue(read));
  }

  readiness(): Promise<readonly records.Readiness[]> {
    return this.look('count what is ready', readinessOf);
  }

  claim(request: records.ClaimRequest): Promise<Claim> {
    return this.change('claim messages', (work) => claim(work, request, this.scans));
  }

  async extend(tokens: readonly string[], until: number): Promise<records.ExtendReport> {
    const { context } = this.use('extend claims');
    if (tokens.length === 0) return { lost: [] };
    const members = tokens.map((token) => dueOfClaim(context.privateId('c', token)));
    const args = [
      this.connection.prefix,
      Math.floor(until),
      this.newVersion(),
      ...tokens.flatMap((token, index) => [token, members[index] ?? '']),
    ];
    const lost = (await this.connection.eval('extend claims', EXTEND, 'cl', args)) as readonly string[];
    return { lost };
  }

  settle(settlements: readonly Settlement[], now: number): Promise<records.SettleReport> {
    return this.changeWork('record how messages ended', (work) => settle(work, settlements, now));
  }

  /** What was answered is in the server's append-only file, which it writes to the disk as it is configured. */
  async sync(): Promise<void> {
    this.use('wait for the disk');
    await this.connection.ask('wait for the disk', 'PING');
  }

  sequenced(query: records.SequenceQuery): Promise<records.SequencePage> {
    return this.look('read a sequence', (reader) => sequencePage(reader, query));
  }

  deliveredMessages(messageIds: readonly string[]): Promise<readonly ClaimedMessage[]> {
    return this.look('read messages', (reader) => deliveredMessages(reader, messageIds));
  }

  async attachments(deliveryId: string): Promise<readonly Uint8Array[]> {
    const what = 'read attachments';
    const { context } = this.use(what);
    const id = context.privateId('d', deliveryId);
    const delivery = await this.look(what, async (reader) => (await reader.deliveries([id])).get(id));
    if (delivery?.content.email?.attachments === undefined) return [];
    const found = await this.connection.bytes(what, 'LRANGE', `f:${delivery.sharedBy ?? delivery.id}`, 0, -1);
    return (found as readonly Buffer[]).map((bytes) => new Uint8Array(bytes));
  }

  snapshot(): Promise<records.StoreSnapshot> {
    return this.look('count deliveries', async (reader) => {
      const answer = await this.connection.eval('count deliveries', SNAPSHOT, 'counts', [this.connection.prefix]);
      return snapshotOf(reader, answer as SnapshotAnswer);
    });
  }

  snapshotNow(): undefined {
    this.use('answer');
    return undefined;
  }

  record(rows: readonly records.HistoryRow[]): Promise<void> {
    return this.change('record the history', (work) => recordHistory(work, rows));
  }

  history(from: number, to: number): Promise<readonly records.HistoryRow[]> {
    return this.look('read the history', ({ read }) => historyRows(read, from, to));
  }

  condenseHistory(before: number, stepMs: number): Promise<boolean> {
    return this.change('condense the history', (work, reader) => condenseHistory(work, reader, before, stepMs));
  }

  prune(request: records.PruneRequest): Promise<records.PruneReport> {
    return this.change('delete what is old', (work, reader) => prune(work, reader, request));
  }
}

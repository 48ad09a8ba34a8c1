import { MAX_ERRORS } from '../../model/delivery.js';
import { type CancelReason, type Failure } from '../../model/failure.js';
import { type JsonValue } from '../../model/notification.js';
import { MAX_ANSWER_CHARACTERS, type Outcome, type Settlement } from '../../model/message.js';
import { type SettleReport } from '../notification-store.js';
import { errorsOf } from './content.js';
import { type StoreState } from './store-state.js';
import { endMessage } from './message-row.js';
import { DUE } from './number-heap.js';
import { number } from './sequence-numbers.js';
import { type ClaimedRow, type MessageRow } from './rows.js';
import { STATE_NUMBER } from '../persisted.js';
import { MESSAGE_STATE } from './schema.js';
import { type HeldMessage } from './claims.js';

const DETAIL_CHARACTERS = 500;

/** Records how claimed messages ended; what the named claim does not hold is left as it is. */
export function settle(store: StoreState, settlements: readonly Settlement[], now: number): SettleReport {
  const stale: string[] = [];
  /** With what the receiver answered. */
  const delivered: (readonly [id: number, answer: string | undefined])[] = [];
  /** The claims they were of; true: something of it is queued again, or may be. */
  const claims = new Map<number, boolean>();
  /** By channel. */
  const sequenced = new Map<string, number[]>();
  /** By message, the claim that it was settled under. */
  const gone = new Map<number, number>();
  for (const settlement of settlements) {
    const id = store.privateId('m', settlement.messageId);
    const sending = store.claims.get(id);
    const claimId = store.claimIdOf(settlement.token);
    if (sending?.claimId !== claimId) {
      if (gone.get(id) !== claimId) stale.push(settlement.messageId);
      continue;
    }
    gone.set(id, claimId);
    store.claims.release(sending);
    const isDelivered = settlement.outcome === 'delivered';
    if (isDelivered) delivered.push([id, settlement.answer?.slice(0, MAX_ANSWER_CHARACTERS)]);
    claims.set(claimId, !isDelivered || claims.get(claimId) === true);
    if (settlement.outcome === 'delivered' && settlement.sequenced === true) {
      const { channel } = sending.row;
      sequenced.set(channel, [...(sequenced.get(channel) ?? []), id]);
    }
    settleOne(store, sending, settlement, now);
  }
  store.db
    .sql(
      `UPDATE message SET state = ?, attempts = attempts + 1, updated_at = ?, answer = said.value ->> 1
       FROM json_each(?) AS said WHERE message.id = said.value ->> 0`,
    )
    .run(MESSAGE_STATE.delivered, now, JSON.stringify(delivered));
  for (const [channel, messages] of sequenced) number(store.db, channel, messages, now);
  for (const [claimId, returns] of claims) {
    if (!store.claims.isHolding(claimId)) store.db.sql('DELETE FROM claim WHERE id = ?').run(claimId);
    else if (returns) shortenClaim(store, claimId, gone);
  }
  return { stale };
}

/** Requeues a message whose lease ended, and counts the attempt; one whose lease was extended is looked at when that ends. */
export function requeueExpired(store: StoreState, sending: HeldMessage, now: number): void {
  const leaseUntil = store.claims.leaseUntil(sending);
  if (leaseUntil > sending.dueAt) {
    store.claims.watch(sending, leaseUntil);
    store.due.push(leaseUntil, sending.row.id, DUE.lease);
    return;
  }
  const failure: Failure = { reason: 'interrupted', message: 'the lease ended before the worker reported the result' };
  const held = { messageId: store.publicId('m', sending.row.id), token: store.claimToken(sending.claimId) };
  settle(store, [{ ...held, outcome: 'retry', failure, retryAt: now }], now);
}

/** After a crash: requeues what the dead process was sending, and counts the attempt. Returns how many deliveries that were. */
export function rescue(store: StoreState, now: number): number {
  let deliveries = 0;
  const detail = 'the process ended while this was being sent; it may have been delivered';
  for (const row of store.db.sql('SELECT messages FROM claim').all()) {
    for (const id of JSON.parse(String(row['messages'])) as number[]) {
      const { changes } = store.db
        .sql(`UPDATE message SET attempts = attempts + 1, updated_at = ?, ready_at = ? WHERE id = ? AND state = ?`)
        .run(now, now, id, MESSAGE_STATE.queued);
      if (changes !== 1) continue;
      fail(store, id, { reason: 'interrupted', message: detail }, now);
      deliveries += store.message(id)?.count ?? 0;
    }
  }
  store.db.sql('DELETE FROM claim').run();
  return deliveries;
}

function settleOne(store: StoreState, sending: HeldMessage, settlement: Outcome, now: number): void {
  const { row } = sending;
  const attempts = row.attempts + 1;
  switch (settlement.outcome) {
    case 'delivered':
      for (const failure of settlement.errors ?? []) fail(store, row.id, failure, now);
      store.count(row, 'sending', 'delivered');
      store.noteAllEnded(row, { state: 'delivered', at: now });
      break;
    case 'dead':
      endDead(store, row, 'sending', attempts, settlement.failure, now);
      break;
    case 'retry':
      fail(store, row.id, settlement.failure, now);
      store.db
        .sql('UPDATE message SET attempts = ?, ready_at = ?, updated_at = ?, progress = coalesce(?, progress) WHERE id = ?')
        .run(attempts, settlement.retryAt, now, jsonOf(settlement.progress), row.id);
      requeue(store, sending, attempts, settlement.retryAt, now);
      break;
    case 'cancelled':
      endCancelled(store, row, settlement.reason, now);
      break;
    case 'released':
      store.db
        .sql('UPDATE message SET ready_at = ?, updated_at = ?, progress = coalesce(?, progress) WHERE id = ?')
        .run(settlement.retryAt ?? now, now, jsonOf(settlement.progress), row.id);
      requeue(store, sending, row.attempts, settlement.retryAt ?? now, now);
      break;
  }
}

/** Nothing of it is sent; no attempt is counted. */
function endCancelled(store: StoreState, row: ClaimedRow, reason: CancelReason, now: number): void {
  store.count(row, 'sending', 'cancelled');
  const entries = store.entries(row.id, row.tail);
  store.db
    .sql('UPDATE delivery SET state = ?, ended_at = ?, reason = ? WHERE id IN (SELECT value FROM json_each(?))')
    .run(STATE_NUMBER.cancelled, now, reason, JSON.stringify(entries.map(({ id }) => id)));
  for (const entry of entries) store.noteEnded(row, entry, { state: 'cancelled', reason, at: now });
  endMessage(store, row.id, now);
}

/** Ends a message for good; it can be replayed. */
export function endDead(
  store: StoreState,
  row: ClaimedRow,
  from: 'queued' | 'sending',
  attempts: number,
  failure: Failure,
  now: number,
): void {
  store.db
    .sql('UPDATE message SET state = ?, attempts = ?, updated_at = ? WHERE id = ?')
    .run(MESSAGE_STATE.dead, attempts, now, row.id);
  fail(store, row.id, failure, now);
  store.count(row, from, 'dead');
  store.noteAllEnded(row, { state: 'dead', reason: failure.reason, at: now });
}

function jsonOf(progress: JsonValue | undefined): string | null {
  return progress === undefined ? null : JSON.stringify(progress);
}

function fail(store: StoreState, id: number, failure: Failure, now: number): void {
  const { reason } = failure;
  const message = failure.message.slice(0, DETAIL_CHARACTERS);
  const kept = store.db.sql('SELECT errors FROM message WHERE id = ?').get(id)?.['errors'];
  const errors = errorsOf(typeof kept === 'string' ? kept : null);
  const all = [...errors, { reason, message, at: new Date(now).toISOString() }].slice(-MAX_ERRORS);
  store.db
    .sql('UPDATE message SET reason = ?, detail = ?, failed_at = ?, errors = ? WHERE id = ?')
    .run(reason, message, now, JSON.stringify(all), id);
}

function requeue(store: StoreState, { row }: HeldMessage, attempts: number, readyAt: number, now: number): void {
  store.count(row, 'sending', 'queued');
  watchExpiry(store, row);
  store.queue({ ...row, attempts }, readyAt, now);
}

/** An `expiresAt` that passed while a message was sent or dead was passed over; in the queue it counts again. */
export function watchExpiry(store: StoreState, row: Pick<MessageRow, 'id' | 'tail'>): void {
  for (const entry of store.entries(row.id, row.tail)) {
    if (entry.expires_at !== null) store.due.push(entry.expires_at, entry.id, DUE.expiry);
  }
}

/** Takes what may be queued again out of a claim's row; what was delivered may stand in it. */
function shortenClaim(store: StoreState, claimId: number, gone: ReadonlyMap<number, number>): void {
  const row = store.db.sql('SELECT messages FROM claim WHERE id = ?').get(claimId);
  if (row === undefined) return;
  const left = (JSON.parse(String(row['messages'])) as number[]).filter((id) => !gone.has(id));
  store.db.sql('UPDATE claim SET messages = ? WHERE id = ?').run(JSON.stringify(left), claimId);
}

import { DELIVERY_STATES } from '../../model/delivery.js';
import { type ClaimedMessage } from '../../model/message.js';
import { type JsonValue } from '../../model/notification.js';
import { type ClaimRequest } from '../notification-store.js';
import { routeAt } from './counters.js';
import { contentOf, laneOf, type Ledger, priorityAt } from './ledger.js';
import { DUE } from './number-heap.js';
import { type ReadyKind } from './ready-queue.js';
import { type DeliveryRow, type MessageRow } from './rows.js';
import { MESSAGE_STATE } from './schema.js';

const EXPIRED = DELIVERY_STATES.indexOf('expired');

/** Takes ready messages in the order of their stamps. */
export function claim(ledger: Ledger, { channel, lane, limit, now, leaseMs }: ClaimRequest): ClaimedMessage[] {
  const heap = ledger.ready.heap(channel, lane);
  const claimed: ClaimedMessage[] = [];
  const ids: number[] = [];
  const claimId = ledger.nextClaim++;
  while (claimed.length < limit && heap.size > 0) {
    const id = heap.peekId();
    const kind = heap.peekTag() as ReadyKind;
    heap.pop();
    const row = ledger.message(id);
    // One that ended while it waited was taken off the counts then.
    if (row?.state !== MESSAGE_STATE.queued || ledger.sending.has(id) || ledger.scheduled.has(id)) continue;
    ledger.ready.left(channel, lane, kind);
    const entries = ledger.entries(row.id, row.tail);
    const live = entries.filter((entry) => entry.expires_at === null || entry.expires_at > now);
    for (const entry of entries) if (!live.includes(entry)) expire(ledger, row, entry, now);
    if (live.length === 0) continue;
    const current: MessageRow = { ...row, count: live.length };
    ids.push(id);
    ledger.count(current, 'queued', 'sending');
    ledger.due.push(now + leaseMs, id, DUE.lease);
    ledger.after(() => ledger.sending.set(id, { row: current, claimId, leaseUntil: now + leaseMs }));
    claimed.push(messageOf(ledger, current, live));
  }
  if (ids.length > 0) ledger.db.sql('INSERT INTO claim (id, messages) VALUES (?, ?)').run(claimId, JSON.stringify(ids));
  return claimed;
}

/** Ends one delivery of a queued message; the last one ends the message. */
export function expire(ledger: Ledger, row: MessageRow, entry: DeliveryRow, now: number): void {
  endAlone(ledger, row, entry, EXPIRED, now);
  ledger.counters.move(row.channel, contentOf(entry).type, row.route, 'queued', 'expired', 1);
}

/** Writes that a delivery of a queued message ended on its own. Returns whether the message ended with it. */
export function endAlone(ledger: Ledger, row: MessageRow, entry: DeliveryRow, state: number, now: number): boolean {
  ledger.db.sql('UPDATE delivery SET state = ?, ended_at = ? WHERE id = ?').run(state, now, entry.id);
  ledger.db
    .sql('UPDATE message SET count = count - 1, updated_at = ?, state = CASE count WHEN 1 THEN ? ELSE state END WHERE id = ?')
    .run(now, MESSAGE_STATE.ended, row.id);
  return row.count === 1;
}

/** A message with the entries that are still live. */
export function messageOf(ledger: Ledger, row: MessageRow, entries: readonly DeliveryRow[]): ClaimedMessage {
  const policy = ledger.policy(row.policy);
  return {
    messageId: ledger.publicId('m', row.id),
    channel: row.channel,
    address: row.address,
    type: row.type,
    priority: priorityAt(row.priority),
    lane: laneOf(row.priority),
    attempt: row.attempts + 1,
    openedAt: row.opened_at,
    queuedAt: row.queued_at ?? row.opened_at,
    entries: entries.map((entry) => ({
      deliveryId: ledger.publicId('d', entry.id),
      route: routeAt(row.route),
      acceptedAt: entry.at,
      content: contentOf(entry),
    })),
    ...(policy === undefined ? {} : { policy }),
    ...(row.progress === null ? {} : { progress: JSON.parse(row.progress) as JsonValue }),
  };
}

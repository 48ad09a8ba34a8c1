import { type DeliveryView } from '../../model/delivery.js';
import { type DeadFilter, type DeadQuery, type Page, type ReplayProgress } from '../notification-store.js';
import { contentOf } from './content.js';
import { type Ledger } from './ledger.js';
import { badCursor, pageLimit } from '../page.js';
import { type MessageRow, type SqlValue } from './rows.js';
import { MESSAGE_STATE } from './schema.js';
import { watchExpiry } from './settle.js';
import { deliveryView } from './views.js';

/** Dead deliveries, newest first. The cursor is the last delivery shown and its message. */
export function dead(ledger: Ledger, query: DeadQuery): Page<DeliveryView> {
  const limit = pageLimit(query.limit);
  const [beforeMessage, beforeDelivery] = (query.cursor ?? '').split('.').map(Number);
  if (query.cursor !== undefined && !/^\d{1,15}\.\d{1,15}$/.test(query.cursor)) throw badCursor(query.cursor);
  const items: DeliveryView[] = [];
  let cursor = '';
  for (const row of deadMessages(ledger, query, beforeMessage)) {
    for (const entry of ledger.entries(row.id, row.tail).reverse()) {
      if (row.id === beforeMessage && entry.id >= (beforeDelivery ?? 0)) continue;
      if (query.type !== undefined && contentOf(entry).type !== query.type) continue;
      if (query.ids !== undefined && !query.ids.includes(ledger.publicId('d', entry.id))) continue;
      if (items.length === limit) return { items, next: cursor };
      items.push(deliveryView(ledger, entry, row));
      cursor = `${row.id}.${entry.id}`;
    }
  }
  return { items };
}

/** Puts whole dead messages back in the queue, their ids and contents as they were. */
export function replay(ledger: Ledger, filter: DeadFilter, now: number): number {
  let count = 0;
  for (const row of [...deadMessages(ledger, filter)]) {
    ledger.db
      .sql(
        'UPDATE message SET state = ?, attempts = 0, queued_at = ?, ready_at = ?, updated_at = ?, replayed_at = ? WHERE id = ?',
      )
      .run(MESSAGE_STATE.queued, now, now, now, now, row.id);
    ledger.count(row, 'dead', 'queued');
    watchExpiry(ledger, row);
    ledger.queue({ ...row, attempts: 0 }, now, now);
    count += row.count;
  }
  return count;
}

/** How far the last replays are, newest first; what was replayed again counts there. */
export function replays(ledger: Ledger, limit: number): ReplayProgress[] {
  const rows = ledger.db
    .sql(
      `SELECT replayed_at AS at, sum(count) AS deliveries, sum(count * (state = ?)) AS delivered, sum(count * (state = ?)) AS dead
       FROM message WHERE replayed_at IS NOT NULL GROUP BY replayed_at ORDER BY replayed_at DESC LIMIT ?`,
    )
    .all(MESSAGE_STATE.delivered, MESSAGE_STATE.dead, limit);
  return rows.map((row) => {
    const [deliveries, delivered, deadAgain] = [Number(row['deliveries']), Number(row['delivered']), Number(row['dead'])];
    const at = new Date(Number(row['at'])).toISOString();
    return { at, deliveries, delivered, dead: deadAgain, pending: deliveries - delivered - deadAgain };
  });
}

function* deadMessages(ledger: Ledger, filter: DeadFilter, upTo = Number.MAX_SAFE_INTEGER): Generator<MessageRow> {
  const where = [`state = ${MESSAGE_STATE.dead}`, 'id <= ?'];
  const values: SqlValue[] = [Number.isNaN(upTo) ? Number.MAX_SAFE_INTEGER : upTo || Number.MAX_SAFE_INTEGER];
  for (const [column, value] of [
    ['channel', filter.channel],
    ['address', filter.address],
    ['reason', filter.reason],
  ] as const) {
    if (value === undefined) continue;
    where.push(`${column} = ?`);
    values.push(value);
  }
  if (filter.type !== undefined) {
    where.push('(type = ? OR mixed = 1)');
    values.push(filter.type);
  }
  if (filter.ids !== undefined) {
    const messages = filter.ids.map((id) => ledger.delivery(ledger.privateId('d', id))?.message ?? 0);
    where.push('id IN (SELECT value FROM json_each(?))');
    values.push(JSON.stringify(messages));
  }
  const rows = ledger.db.sql(`SELECT * FROM message WHERE ${where.join(' AND ')} ORDER BY id DESC`);
  for (const raw of rows.iterate(...values)) {
    const row = raw as unknown as MessageRow;
    const { type } = filter;
    if (type === undefined || row.mixed === 0 || holds(ledger, row, type)) yield row;
  }
}

function holds(ledger: Ledger, row: MessageRow, type: string): boolean {
  return ledger.entries(row.id, row.tail).some((entry) => contentOf(entry).type === type);
}

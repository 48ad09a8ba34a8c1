import { PRIORITY_NUMBER, STATE_NUMBER } from '../persisted.js';
import { type MovedDelivery } from '../store-transfer.js';
import { DELIVERY_ROWS } from './delivery-set.js';
import { type Delivery, MESSAGE_STATE } from './rows.js';
import { type Queries } from './transaction.js';

/** Writes deliveries; their messages are there. What several of one notification share is written once. */
export async function importDeliveries(queries: Queries, rows: readonly MovedDelivery[]): Promise<void> {
  const deliveries = rows.map(deliveryOf);
  await shareContents(queries, deliveries);
  await queries.run(DELIVERY_ROWS.insert, DELIVERY_ROWS.values(deliveries));
  const expiring = deliveries.filter(({ expiresAt, state }) => expiresAt !== null && state === 0);
  if (expiring.length === 0) return;
  // What of it is pending.
  queries.send(
    `INSERT INTO expiry (at, delivery) SELECT u.at, u.id FROM unnest($1::bigint[], $2::bigint[], $3::bigint[]) AS u (at, id, message)
     WHERE EXISTS (SELECT FROM open_window w WHERE w.message = u.message)
       OR EXISTS (SELECT FROM message m WHERE m.id = u.message AND m.state = ${MESSAGE_STATE.queued})`,
    [expiring.map(({ expiresAt }) => expiresAt), expiring.map(({ id }) => id), expiring.map(({ message }) => message)],
  );
}

async function shareContents(queries: Queries, deliveries: readonly Delivery[]): Promise<void> {
  const sharing = deliveries.filter(({ content }) => content !== null);
  if (sharing.length === 0) return;
  const groups = [...Map.groupBy(sharing, ({ content }) => content ?? 0)].sort(([a], [b]) => a - b);
  await queries.run(
    `INSERT INTO content AS c (id, left_over, json) SELECT * FROM unnest($1::bigint[], $2::integer[], $3::text[])
     ON CONFLICT (id) DO UPDATE SET left_over = c.left_over + excluded.left_over`,
    [groups.map(([id]) => id), groups.map(([, { length }]) => length), groups.map(([, [first]]) => first?.json ?? '')],
  );
}

function deliveryOf(row: MovedDelivery): Delivery {
  const { id, notification, content, ended } = row;
  const shares = !row.erased && (row.sharedBy > 1 || content !== id) && row.json !== undefined;
  return {
    id,
    message: row.message,
    at: row.at,
    expiresAt: row.expiresAt ?? null,
    state: ended === undefined ? 0 : STATE_NUMBER[ended.state],
    endedAt: ended?.at ?? null,
    reason: ended?.reason ?? null,
    rank: PRIORITY_NUMBER[row.priority],
    dedupe: row.dedupeKey ?? null,
    groupKey: row.groupKey ?? null,
    content: shares ? content : null,
    notification: shares || notification !== id ? notification : null,
    recipient: row.recipient ?? null,
    json: row.json ?? null,
  };
}

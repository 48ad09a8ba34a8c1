import { type PruneReport, type PruneRequest } from '../notification-store.js';
import { withinPrunedBytes } from './attachments.js';
import { type PostgresConnection } from './connection.js';
import { freePartition } from './partitions.js';
import { notePruned } from './sequence.js';
import { releaseDeliveries } from './shared-content.js';
import { MESSAGE_STATE } from './rows.js';
import { type Queries } from './transaction.js';

/** Deletes what is old enough, at most `limit` rows, and then frees the space of a partition of deliveries: see `freePartition`. */
export async function prune(connection: PostgresConnection, request: PruneRequest): Promise<PruneReport> {
  const report = await connection.transaction('delete what is old', (queries) => pruneRows(queries, request));
  if (report.more) return report;
  // A long query may keep it: the next run deletes it then.
  const freed = await connection
    .transaction('free the space of a partition', (queries) => freePartition(queries))
    .catch(() => false);
  return { ...report, more: freed };
}

/** A message counts as a row, and so does each of its deliveries. */
async function pruneRows(queries: Queries, request: PruneRequest): Promise<PruneReport> {
  const { finishedBefore, keysBefore, historyBefore, limit } = request;
  const rows = await queries.query<{ readonly id: number; readonly channel: string; readonly sequence: number | null }>(
    `SELECT id, channel, sequence FROM message WHERE state >= ${MESSAGE_STATE.delivered} AND updated_at < $1::bigint ORDER BY id LIMIT $2::integer FOR UPDATE SKIP LOCKED`,
    [finishedBefore, limit],
  );
  const found = rows.map(({ id }) => id);
  const taken = await withinPrunedBytes(queries, found);
  const { messages, deliveries, looked } = await deleteMessages(queries, found.slice(0, taken), limit);
  const numbers = new Map<string, number>();
  for (const { channel, sequence } of rows.slice(0, looked)) {
    if (sequence !== null) numbers.set(channel, Math.max(sequence, numbers.get(channel) ?? 0));
  }
  notePruned(queries, numbers);
  let left = limit - messages - deliveries;
  if (left > 0) {
    left -= await queries.run(
      'DELETE FROM idempotency WHERE hash IN (SELECT hash FROM idempotency WHERE at < $1::bigint ORDER BY at LIMIT $2::integer FOR UPDATE SKIP LOCKED)',
      [keysBefore, left],
    );
  }
  if (left > 0) {
    left -= await queries.run(
      'DELETE FROM intake_repeat WHERE delivery IN (SELECT delivery FROM intake_repeat WHERE at < $1::bigint ORDER BY at LIMIT $2::integer FOR UPDATE SKIP LOCKED)',
      [finishedBefore, left],
    );
  }
  if (left > 0) {
    left -= await queries.run(
      'DELETE FROM history WHERE (at, step_ms, name) IN (SELECT at, step_ms, name FROM history WHERE at < $1::bigint LIMIT $2::integer)',
      [historyBefore, left],
    );
  }
  return { deliveries, messages, more: left <= 0 || taken < rows.length };
}

/** Deletes messages in the order given, each with its deliveries, the newest first; what is left of a large one is for the next call. `looked`: so many were begun. */
export async function deleteMessages(
  queries: Queries,
  ids: readonly number[],
  limit: number,
): Promise<{ readonly messages: number; readonly deliveries: number; readonly looked: number }> {
  if (ids.length === 0) return { messages: 0, deliveries: 0, looked: 0 };
  const entries = await queries.query<{
    readonly id: number;
    readonly message: number;
    readonly content: number | null;
    readonly state: number;
  }>(
    `SELECT d.id, d.message, d.content, d.state FROM unnest($1::bigint[]) WITH ORDINALITY AS o (id, place) JOIN delivery d ON d.message = o.id
     ORDER BY o.place, d.id DESC LIMIT $2::bigint`,
    [ids, Number.isFinite(limit) ? limit + 1 : null],
  );
  const byMessage = Map.groupBy(entries, ({ message }) => message);
  const deleted: (typeof entries)[number][] = [];
  const emptied: number[] = [];
  let left = limit;
  let looked = 0;
  for (const id of ids) {
    if (left <= 0) break;
    looked++;
    const own = byMessage.get(id) ?? [];
    const taken = own.slice(0, left);
    deleted.push(...taken);
    left -= taken.length;
    if (left <= 0 || taken.length < own.length) break;
    emptied.push(id);
    left--;
  }
  await queries.run('DELETE FROM delivery WHERE id = ANY($1::bigint[])', [deleted.map(({ id }) => id)]);
  await releaseDeliveries(queries, deleted);
  const gone = new Set(emptied);
  const partly = [...Map.groupBy(deleted, ({ message }) => message)].filter(([message]) => !gone.has(message));
  for (const [message, own] of partly) {
    queries.send('UPDATE message SET count = greatest(0, count - $2::integer) WHERE id = $1::bigint', [
      message,
      own.filter(({ state }) => state === 0).length,
    ]);
  }
  queries.send('DELETE FROM dead WHERE message = ANY($1::bigint[])', [emptied]);
  queries.send('DELETE FROM message WHERE id = ANY($1::bigint[])', [emptied]);
  return { messages: emptied.length, deliveries: deleted.length, looked };
}

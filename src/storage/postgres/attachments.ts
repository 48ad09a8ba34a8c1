import { type TransactionExecutor } from '../transaction-executor.js';
import { type Context } from './context.js';
import { type Queries } from './transaction.js';

/** Bytes of attachments that one call of `prune` deletes at most, so that no transaction takes long. */
const PRUNED_BYTES = 128 * 1024 * 1024;

/** Stores the attachments of a notification, in their order. `notification` is the first delivery on its channel. */
export function addAttachments(queries: Queries, notification: number, attachments: readonly Uint8Array[]): void {
  attachments.forEach((bytes, number) => {
    queries.send('INSERT INTO attachment (notification, number, bytes) VALUES ($1::bigint, $2::smallint, $3::bytea)', [
      notification,
      number,
      bytes,
    ]);
  });
}

/** The same in a transaction of the application: every value is text. */
export async function insertAttachments(
  executor: TransactionExecutor,
  schema: string,
  notification: number,
  attachments: readonly Uint8Array[],
): Promise<void> {
  for (const [number, bytes] of attachments.entries()) {
    await executor.insert(
      `INSERT INTO ${schema}.attachment (notification, number, bytes) VALUES ($1::text::bigint, $2::text::smallint, decode($3::text, 'base64'))`,
      [String(notification), String(number), Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64')],
    );
  }
}

/** The bytes of a delivery's notification: see the port. A delivery that was erased has no part in the content of its notification any more. */
export async function attachmentsOf(queries: Queries, context: Context, deliveryId: string): Promise<readonly Uint8Array[]> {
  const rows = await queries.query<{ readonly bytes: Uint8Array }>(
    `SELECT a.bytes FROM delivery d JOIN attachment a ON a.notification = coalesce(d.content, d.id)
     WHERE d.id = $1::bigint AND (d.content IS NOT NULL OR d.notification IS NULL) ORDER BY a.number`,
    [context.privateId('d', deliveryId)],
  );
  return rows.map(({ bytes }) => bytes);
}

/** Deletes attachments of notifications whose content no delivery has any more. */
export function dropAttachments(queries: Queries, notifications: readonly number[]): void {
  if (notifications.length === 0) return;
  queries.send(
    'DELETE FROM attachment a WHERE notification = ANY($1::bigint[]) AND NOT EXISTS (SELECT 1 FROM content c WHERE c.id = a.notification)',
    [notifications],
  );
}

/** The first of some messages: those whose attachments one call may delete, and at least one. */
export async function withinPrunedBytes(queries: Queries, messages: readonly number[]): Promise<number> {
  if (messages.length === 0) return 0;
  const rows = await queries.query<{ readonly message: number; readonly bytes: number }>(
    `SELECT d.message, sum(octet_length(a.bytes))::bigint AS bytes
     FROM delivery d JOIN attachment a ON a.notification = coalesce(d.content, d.id) WHERE d.message = ANY($1::bigint[]) GROUP BY d.message`,
    [messages],
  );
  const sizes = new Map(rows.map(({ message, bytes }) => [message, bytes]));
  let left = PRUNED_BYTES;
  const over = messages.findIndex((message) => (left -= sizes.get(message) ?? 0) < 0);
  return over < 0 ? messages.length : Math.max(1, over);
}

import { type AcceptedDelivery } from '../../model/delivery.js';
import { IdempotencyConflictError, QueueFullError } from '../../model/errors.js';
import { pendingLimit } from '../../model/queue-limit.js';
import { type AcceptResult, type Acceptance, type ClosedWindow } from '../notification-store.js';
import { sameNotificationText } from '../same-notification.js';
import { routeAt } from './counters.js';
import { digest } from './idempotency-index.js';
import { type Ledger } from './ledger.js';
import { pack } from './packing.js';
import { place } from './place.js';

/** What a refused caller is told to wait when nothing better is known. */
const RETRY_AFTER_MS = 1_000;
const NO_COMPRESSION = { minBytes: 0, level: 1 };

/** Keeps one notification: each of its addresses becomes a delivery in a window or in a message of its own. */
export function accept(ledger: Ledger, acceptance: Acceptance, now: number, closed: ClosedWindow[]): AcceptResult {
  const { content, addresses } = acceptance;
  const print = content.idempotencyKey === undefined ? undefined : digest(sameNotificationText(content, addresses));
  if (print !== undefined && content.idempotencyKey !== undefined) {
    const earlier = ledger.idempotency.find(content.idempotencyKey, now);
    if (earlier !== undefined) {
      if (!earlier.fingerprint.equals(print)) return { refused: new IdempotencyConflictError(content.idempotencyKey) };
      return { deliveries: firstAnswer(ledger, earlier.content) };
    }
  }
  const pending = ledger.counters.pending;
  if (pending + addresses.length > pendingLimit(ledger.options.maxPending, content.priority)) {
    return { refused: new QueueFullError(pending, ledger.options.maxPending, RETRY_AFTER_MS) };
  }
  const first = ledger.nextDelivery;
  const json = pack(JSON.stringify(content), ledger.options.compression ?? NO_COMPRESSION);
  ledger.db.sql('INSERT INTO content (id, size, json) VALUES (?, ?, ?)').run(first, addresses.length, json);
  if (print !== undefined && content.idempotencyKey !== undefined) {
    ledger.idempotency.add(content.idempotencyKey, print, first, now);
  }
  const notBefore = content.sendAt !== undefined && content.sendAt > now ? content.sendAt : undefined;
  return {
    deliveries: addresses.map((address) => {
      const id = ledger.nextDelivery++;
      const arrival = { content, address, route: acceptance.route, id, contentId: first, now, notBefore };
      const { message, route } = place(ledger, acceptance, arrival, closed);
      return { id: ledger.publicId('d', id), to: address, route, messageId: ledger.publicId('m', message), duplicate: false };
    }),
  };
}

function firstAnswer(ledger: Ledger, contentId: number): AcceptedDelivery[] {
  const rows = ledger.db
    .sql(
      `SELECT d.id AS id, m.id AS message, m.address AS address, m.route AS route
       FROM content c JOIN delivery d ON d.id >= c.id AND d.id < c.id + c.size JOIN message m ON m.id = d.message
       WHERE c.id = ? ORDER BY d.id`,
    )
    .all(contentId);
  return rows.map((row) => ({
    id: ledger.publicId('d', Number(row['id'])),
    to: String(row['address']),
    route: routeAt(Number(row['route'])),
    messageId: ledger.publicId('m', Number(row['message'])),
    duplicate: true,
  }));
}

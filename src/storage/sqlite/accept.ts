import { type AcceptedDelivery, DELIVERY_STATES, ROUTES, type Route } from '../../model/delivery.js';
import { IdempotencyConflictError, QueueFullError } from '../../model/errors.js';
import { type NotificationContent, PRIORITIES } from '../../model/notification.js';
import { joinWindow, type WindowPolicy } from '../../model/window.js';
import { type AcceptResult, type Acceptance, type ClosedWindow } from '../notification-store.js';
import { windowKey } from '../window-key.js';
import { closeWindow } from './close.js';
import { routeAt } from './counters.js';
import { digest } from './idempotency-index.js';
import { type Ledger } from './ledger.js';
import { DUE } from './number-heap.js';
import { type OpenWindow } from './open-windows.js';
import { insertQueued } from './queued-row.js';
import { MESSAGE_STATE } from './schema.js';

const REPLACED = DELIVERY_STATES.indexOf('replaced');
const AGGREGATE = ROUTES.indexOf('aggregate');
/** What a refused caller is told to wait when nothing better is known. */
const RETRY_AFTER_MS = 1_000;

/** Keeps one notification: each of its addresses becomes a delivery in a window or in a message of its own. */
export function accept(ledger: Ledger, acceptance: Acceptance, now: number, closed: ClosedWindow[]): AcceptResult {
  const { content, addresses } = acceptance;
  const print = content.idempotencyKey === undefined ? undefined : fingerprint(content, addresses);
  if (print !== undefined && content.idempotencyKey !== undefined) {
    const earlier = ledger.idempotency.find(content.idempotencyKey, now);
    if (earlier !== undefined) {
      if (!earlier.fingerprint.equals(print)) return { refused: new IdempotencyConflictError(content.idempotencyKey) };
      return { deliveries: firstAnswer(ledger, earlier.content) };
    }
  }
  const pending = ledger.counters.pending;
  if (pending + addresses.length > ledger.options.maxPending) {
    return { refused: new QueueFullError(pending, ledger.options.maxPending, RETRY_AFTER_MS) };
  }
  const first = ledger.nextDelivery;
  ledger.db.sql('INSERT INTO content (id, size, json) VALUES (?, ?, ?)').run(first, addresses.length, JSON.stringify(content));
  if (print !== undefined && content.idempotencyKey !== undefined) {
    ledger.idempotency.add(content.idempotencyKey, print, first, now);
  }
  const notBefore = content.sendAt !== undefined && content.sendAt > now ? content.sendAt : undefined;
  return {
    deliveries: addresses.map((address) => {
      const id = ledger.nextDelivery++;
      if (content.expiresAt !== undefined) ledger.due.push(content.expiresAt, id, DUE.expiry);
      const message =
        acceptance.policy === undefined
          ? direct(ledger, content, address, acceptance.route, id, first, now, notBefore)
          : gather(ledger, content, address, acceptance.policy, id, first, now, notBefore, closed);
      return {
        id: ledger.publicId('d', id),
        to: address,
        route: acceptance.route,
        messageId: ledger.publicId('m', message),
        duplicate: false,
      };
    }),
  };
}

/** A message of one, due at once or at its `sendAt`. Returns its id. */
function direct(
  ledger: Ledger,
  content: NotificationContent,
  address: string,
  route: Route,
  id: number,
  contentId: number,
  now: number,
  notBefore: number | undefined,
): number {
  const message = ledger.nextMessage++;
  const row = {
    id: message,
    channel: content.channel,
    address,
    type: content.type,
    route: ROUTES.indexOf(route),
    priority: PRIORITIES.indexOf(content.priority),
    attempts: 0,
  };
  insertDelivery(ledger, content, id, contentId, message, 0, now);
  insertQueued(ledger, row, id, now, notBefore ?? now);
  ledger.counters.add(row.channel, row.type, row.route, 'queued', 1);
  ledger.queue(row, notBefore ?? now, now);
  return message;
}

function gather(
  ledger: Ledger,
  content: NotificationContent,
  address: string,
  policy: WindowPolicy,
  id: number,
  contentId: number,
  now: number,
  notBefore: number | undefined,
  closed: ClosedWindow[],
): number {
  const key = windowKey(content, address, policy, notBefore);
  const found = ledger.windows.get(key);
  const replaced = content.dedupeKey === undefined ? undefined : found?.dedupe?.get(content.dedupeKey);
  const step = joinWindow(found?.policy ?? policy, found, now, ledger.options.nextOccurrence, notBefore, replaced !== undefined);
  const window = found ?? openWindow(ledger, content, address, key, policy, id, step.state.dueAt, now, notBefore);
  if (step.leads) return direct(ledger, content, address, 'aggregate', id, contentId, now, undefined);

  insertDelivery(ledger, content, id, contentId, window.id, window.tail, now);
  window.tail = id;
  if (replaced !== undefined) replace(ledger, window, replaced, now);
  if (content.dedupeKey !== undefined) (window.dedupe ??= new Map()).set(content.dedupeKey, id);
  if (content.type !== window.type && !window.mixed) {
    window.mixed = true;
    ledger.db.sql('UPDATE message SET mixed = 1 WHERE id = ?').run(window.id);
  }
  window.priority = Math.min(window.priority, PRIORITIES.indexOf(content.priority));
  ledger.windows.items += step.state.count - window.count;
  window.count = step.state.count;
  window.dueAt = step.state.dueAt;
  ledger.counters.add(content.channel, content.type, AGGREGATE, 'gathering', 1);
  if (step.full) closed.push(closeWindow(ledger, window, 'count', now));
  return window.id;
}

function openWindow(
  ledger: Ledger,
  content: NotificationContent,
  address: string,
  key: string,
  policy: WindowPolicy,
  first: number,
  dueAt: number,
  now: number,
  notBefore: number | undefined,
): OpenWindow {
  const window: OpenWindow = {
    id: ledger.nextMessage++,
    key,
    channel: content.channel,
    address,
    type: content.type,
    ...(content.groupKey === undefined ? {} : { groupKey: content.groupKey }),
    policy,
    openedAt: now,
    ...(notBefore === undefined ? {} : { notBefore }),
    dueAt,
    count: 0,
    tail: 0,
    priority: PRIORITIES.length - 1,
    mixed: false,
  };
  ledger.db
    .sql(
      `INSERT INTO message (id, channel, address, type, route, state, priority, mixed, count, first, tail, opened_at, updated_at, policy, key, group_key, due_at, not_before)
       VALUES (?, ?, ?, ?, ?, ?, ?, 0, 0, ?, 0, ?, ?, ?, ?, ?, ?, ?)`,
    )
    .run(
      window.id,
      window.channel,
      address,
      window.type,
      AGGREGATE,
      MESSAGE_STATE.open,
      window.priority,
      first,
      now,
      now,
      ledger.policyId(policy),
      key,
      content.groupKey ?? null,
      dueAt,
      notBefore ?? null,
    );
  ledger.windows.add(window);
  ledger.due.push(dueAt, window.id, DUE.window);
  return window;
}

function replace(ledger: Ledger, window: OpenWindow, older: number, now: number): void {
  const row = ledger.delivery(older);
  if (row === undefined) return;
  ledger.db.sql('UPDATE delivery SET state = ?, ended_at = ? WHERE id = ?').run(REPLACED, now, older);
  const { type } = JSON.parse(row.json) as NotificationContent;
  ledger.counters.move(window.channel, type, AGGREGATE, 'gathering', 'replaced', 1);
}

function insertDelivery(
  ledger: Ledger,
  content: NotificationContent,
  id: number,
  contentId: number,
  message: number,
  prev: number,
  now: number,
): void {
  ledger.db
    .sql(
      'INSERT INTO delivery (id, content, message, prev, state, priority, at, expires_at, dedupe) VALUES (?, ?, ?, ?, 0, ?, ?, ?, ?)',
    )
    .run(
      id,
      contentId,
      message,
      prev,
      PRIORITIES.indexOf(content.priority),
      now,
      content.expiresAt ?? null,
      content.dedupeKey ?? null,
    );
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

/** What makes two notifications the same: everything that was said, whatever the order of its fields. */
function fingerprint(content: NotificationContent, addresses: readonly string[]): Buffer {
  return digest(
    JSON.stringify([content, addresses], (_, value: unknown) =>
      typeof value === 'object' && value !== null && !Array.isArray(value)
        ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
        : value,
    ),
  );
}

import { type AcceptedDelivery, ROUTES, type Route } from '../../model/delivery.js';
import { IdempotencyConflictError, QueueFullError } from '../../model/errors.js';
import { type NotificationContent, PRIORITIES } from '../../model/notification.js';
import { pendingLimit } from '../../model/queue-limit.js';
import { mayCloseEarly } from '../../model/decisions/closing.js';
import { joinWindow, type OpeningRule, type WindowPolicy, type WindowStep } from '../../model/window.js';
import { type AcceptResult, type Acceptance, type ClosedWindow } from '../notification-store.js';
import { sameNotificationText } from '../same-notification.js';
import { likeWindowKey, rememberLike, windowKey } from '../window-key.js';
import { closeWindow } from './close.js';
import { addTo, gatherQueued, replace } from './gather-queued.js';
import { routeAt } from './counters.js';
import { digest } from './idempotency-index.js';
import { type Ledger } from './ledger.js';
import { DUE } from './number-heap.js';
import { type OpenWindow } from './open-windows.js';
import { insertOpen, insertQueued } from './message-row.js';
import { pack } from './packing.js';

const AGGREGATE = ROUTES.indexOf('aggregate');
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
      if (content.expiresAt !== undefined) ledger.due.push(content.expiresAt, id, DUE.expiry);
      const arrival = { content, address, route: acceptance.route, id, contentId: first, now, notBefore };
      const { policy, dueAtIfOpened } = acceptance;
      if (acceptance.sendsAhead === true) sendAhead(ledger, arrival, closed);
      const { message, route } =
        policy === undefined ? direct(ledger, arrival) : gather(ledger, arrival, { policy, dueAtIfOpened }, closed);
      return { id: ledger.publicId('d', id), to: address, route, messageId: ledger.publicId('m', message), duplicate: false };
    }),
  };
}

/** One delivery on its way in. */
interface Arrival {
  readonly content: NotificationContent;
  readonly address: string;
  /** Of what goes out at once. */
  readonly route: Route;
  readonly id: number;
  readonly contentId: number;
  readonly now: number;
  readonly notBefore: number | undefined;
}

/** Where it went. */
interface Place {
  readonly message: number;
  readonly route: Route;
}

/** A message of one, due at once or at its `sendAt`. */
function direct(ledger: Ledger, arrival: Arrival, policy?: WindowPolicy): Place {
  const { content, address, route, id, now, notBefore } = arrival;
  const message = ledger.nextMessage++;
  const row = {
    id: message,
    channel: content.channel,
    address,
    type: content.type,
    route: ROUTES.indexOf(route),
    priority: PRIORITIES.indexOf(content.priority),
    attempts: 0,
    openedAt: now,
  };
  insertDelivery(ledger, arrival, message, 0);
  insertQueued(ledger, row, id, now, notBefore ?? now, policy === undefined ? undefined : ledger.policyId(policy));
  ledger.counters.add(row.channel, row.type, row.route, 'queued', 1);
  ledger.queue(row, notBefore ?? now, now);
  return { message, route };
}

/** Closes what gathers in order for the address, and puts it on the same lane, before it: a reader gets it first. */
function sendAhead(ledger: Ledger, { content, address, now }: Arrival, closed: ClosedWindow[]): void {
  for (const window of ledger.windows.orderedOf(content.channel, address)) {
    if (window.count === 0 || !mayCloseEarly(window, now)) continue;
    closed.push(closeWindow(ledger, window, 'flush', now, PRIORITIES.indexOf(content.priority)));
  }
}

function gather(
  ledger: Ledger,
  arrival: Arrival,
  { policy: offered, dueAtIfOpened }: OpeningRule,
  closed: ClosedWindow[],
): Place {
  const { content, address, id, now, notBefore } = arrival;
  const base = windowKey(content, address, offered, notBefore);
  const key = likeWindowKey(base, content, offered, ledger.windows.likeness, ledger.nextMessage);
  const found = openAt(ledger, key, now, closed);
  const policy = found?.policy ?? offered;
  const olderIn = (window: OpenWindow | undefined): number | undefined =>
    content.dedupeKey === undefined ? undefined : window?.dedupe?.get(content.dedupeKey);
  const join = (state: OpenWindow | undefined): WindowStep =>
    joinWindow(policy, state, now, dueAtIfOpened, notBefore, olderIn(state) !== undefined);
  let step = join(found);
  const window = found ?? openWindow(ledger, arrival, key, policy, step.state.dueAt);
  if (step.leads) {
    window.led = step.state.led;
    ledger.db.sql('UPDATE message SET led = ? WHERE id = ?').run(window.led, window.id);
    return direct(ledger, arrival, policy);
  }
  if (policy.brake === true && window.count === 0 && notBefore === undefined) {
    gatherQueued(ledger, window, now);
    step = join(window);
  }
  insertDelivery(ledger, arrival, window.id, window.tail);
  window.tail = id;
  const older = olderIn(window);
  if (older !== undefined) replace(ledger, window, older, now);
  if (content.dedupeKey !== undefined) ledger.windows.dedupeOf(window).set(content.dedupeKey, id);
  addTo(ledger, window, content.type, PRIORITIES.indexOf(content.priority));
  ledger.windows.items += step.state.count - window.count;
  window.count = step.state.count;
  window.dueAt = step.state.dueAt;
  ledger.counters.add(content.channel, content.type, AGGREGATE, 'gathering', 1);
  if (step.full) closed.push(closeWindow(ledger, window, 'count', now));
  return { message: window.id, route: 'aggregate' };
}

/** The open window of a group. One that is due closes here, exactly at its moment, however late the loop is. */
function openAt(ledger: Ledger, key: string, now: number, closed: ClosedWindow[]): OpenWindow | undefined {
  const window = ledger.windows.get(key);
  if (window === undefined || window.dueAt > now) return window;
  closed.push(closeWindow(ledger, window, 'time', now));
  return undefined;
}

function openWindow(ledger: Ledger, arrival: Arrival, key: string, policy: WindowPolicy, dueAt: number): OpenWindow {
  const { content, address, id, now, notBefore } = arrival;
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
    led: 0,
    tail: 0,
    priority: PRIORITIES.length - 1,
    mixed: false,
  };
  insertOpen(ledger, window, id, now);
  ledger.windows.add(window);
  rememberLike(key, content, policy, ledger.windows.likeness);
  ledger.due.push(dueAt, window.id, DUE.window);
  return window;
}

function insertDelivery(ledger: Ledger, { content, id, contentId, now }: Arrival, message: number, prev: number): void {
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

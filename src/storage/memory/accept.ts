import { type AcceptedDelivery, type Route } from '../../model/delivery.js';
import { IdempotencyConflictError, QueueFullError } from '../../model/errors.js';
import { NOTIFICATION_LIMITS, type NotificationContent, PRIORITIES } from '../../model/notification.js';
import { pendingLimit } from '../../model/queue-limit.js';
import { mayCloseEarly } from '../../model/decisions/closing.js';
import { joinWindow, type OpeningRule, type WindowPolicy } from '../../model/window.js';
import { type Acceptance, type AcceptResult, type ClosedWindow } from '../notification-store.js';
import { sameNotificationText } from '../same-notification.js';
import { likeWindowKey, rememberLike, windowKey } from '../window-key.js';
import { LikenessGroups } from '../../model/content-similarity.js';
import { closeWindow } from './close.js';
import { type MemoryLedger, publicId } from './memory-ledger.js';
import { live, type MemoryDelivery, type MemoryMessage, type MemoryWindow } from './records.js';

const RETRY_AFTER_MS = 1_000;

/** One delivery on its way in. */
interface Arrival {
  readonly content: NotificationContent;
  readonly address: string;
  /** Of what goes out at once. */
  readonly route: Route;
  readonly now: number;
  readonly notBefore: number | undefined;
}

/** Keeps one notification: each of its addresses becomes a delivery in a window or in a message of its own. */
export function accept(ledger: MemoryLedger, acceptance: Acceptance, now: number, closed: ClosedWindow[]): AcceptResult {
  const { addresses, route, policy, dueAtIfOpened } = acceptance;
  // What was accepted does not change with the caller's object.
  const content = JSON.parse(JSON.stringify(acceptance.content)) as NotificationContent;
  const { idempotencyKey, sendAt } = content;
  const text = sameNotificationText(content, addresses);
  const earlier = idempotencyKey === undefined ? undefined : ledger.idempotency.get(idempotencyKey);
  if (idempotencyKey !== undefined && earlier !== undefined && earlier.at > now - NOTIFICATION_LIMITS.idempotencyMs) {
    if (earlier.text !== text) return { refused: new IdempotencyConflictError(idempotencyKey) };
    return { deliveries: earlier.deliveries.map((delivery) => answer(delivery, true)) };
  }
  const pending = ledger.pending();
  if (pending + addresses.length > pendingLimit(ledger.options.maxPending, content.priority)) {
    return { refused: new QueueFullError(pending, ledger.options.maxPending, RETRY_AFTER_MS) };
  }
  const notBefore = sendAt !== undefined && sendAt > now ? sendAt : undefined;
  const kept: MemoryDelivery[] = [];
  const deliveries = addresses.map((address) => {
    const arrival = { content, address, route, now, notBefore };
    if (acceptance.sendsAhead === true) sendAhead(ledger, arrival, closed);
    const delivery = policy === undefined ? direct(ledger, arrival) : gather(ledger, arrival, { policy, dueAtIfOpened }, closed);
    kept.push(delivery);
    return delivery;
  });
  if (idempotencyKey !== undefined) ledger.idempotency.set(idempotencyKey, { text, deliveries: kept, at: now });
  return { deliveries: deliveries.map((delivery) => answer(delivery, false)) };
}

function answer({ id, message }: MemoryDelivery, duplicate: boolean): AcceptedDelivery {
  return { id: publicId('d', id), to: message.address, route: message.route, messageId: publicId('m', message.id), duplicate };
}

/** A message of one, due at once or at its `sendAt`. */
function direct(ledger: MemoryLedger, arrival: Arrival, policy?: WindowPolicy): MemoryDelivery {
  const { content, address, route, now, notBefore } = arrival;
  const { channel, type } = content;
  const message = ledger.addMessage({ channel, type, address, ...(policy === undefined ? {} : { policy }) }, route, now);
  const delivery = join(ledger, message, arrival);
  message.rank = PRIORITIES.indexOf(content.priority);
  message.queuedAt = notBefore ?? now;
  ledger.queue(message, message.queuedAt, now);
  return delivery;
}

/** Closes what gathers in order for the address, and puts it on the same lane, before it. */
function sendAhead(ledger: MemoryLedger, { content, address, now }: Arrival, closed: ClosedWindow[]): void {
  const { channel, priority } = content;
  for (const window of ledger.windows()) {
    if (window.policy.ordered !== true || window.channel !== channel || window.address !== address) continue;
    if (live(window).length === 0 || !mayCloseEarly(window, now)) continue;
    closed.push(closeWindow(ledger, window, 'flush', now, undefined, PRIORITIES.indexOf(priority)));
  }
}

function gather(
  ledger: MemoryLedger,
  arrival: Arrival,
  { policy: offered, dueAtIfOpened }: OpeningRule,
  closed: ClosedWindow[],
): MemoryDelivery {
  const { content, address, now, notBefore } = arrival;
  const base = windowKey(content, address, offered, notBefore);
  const key = likeWindowKey(base, content, offered, groupsOf(ledger), ledger.nextMessage);
  let found = ledger.windows().find((window) => window.key === key);
  // One that is due closes here, exactly at its moment, however late the loop is.
  if (found !== undefined && found.dueAt <= now) {
    closed.push(closeWindow(ledger, found, 'time', now));
    found = undefined;
  }
  const policy = found?.policy ?? offered;
  const older = (): MemoryDelivery | undefined =>
    found === undefined || content.dedupeKey === undefined
      ? undefined
      : live(found).find((delivery) => delivery.content.dedupeKey === content.dedupeKey);
  const stepOf = () =>
    joinWindow(
      policy,
      found && { openedAt: found.openedAt, dueAt: found.dueAt, count: live(found).length, led: found.led },
      now,
      dueAtIfOpened,
      notBefore,
      older() !== undefined,
    );
  let step = stepOf();
  const window = (found ??= openWindow(ledger, arrival, key, policy));
  window.dueAt = step.state.dueAt;
  window.led = step.state.led;
  if (step.leads) return direct(ledger, arrival, policy);
  if (policy.brake === true && live(window).length === 0 && notBefore === undefined) {
    gatherQueued(ledger, window, now);
    step = stepOf();
  }
  replace(older(), now);
  const delivery = join(ledger, window, arrival);
  if (step.full) closed.push(closeWindow(ledger, window, 'count', now));
  return delivery;
}

/** Made anew each time, from the first content of every open window. */
function groupsOf(ledger: MemoryLedger): LikenessGroups {
  const groups = new LikenessGroups();
  for (const { key, policy, opener } of ledger.windows()) {
    if (key !== undefined && opener !== undefined) rememberLike(key, opener, policy, groups);
  }
  return groups;
}

function openWindow(ledger: MemoryLedger, arrival: Arrival, key: string, policy: WindowPolicy): MemoryWindow {
  const { content, address, now, notBefore } = arrival;
  const { channel, type, groupKey } = content;
  const optional = { ...(groupKey === undefined ? {} : { groupKey }), ...(notBefore === undefined ? {} : { notBefore }) };
  const message = ledger.addMessage({ channel, type, address, key, policy, opener: content, ...optional }, 'aggregate', now);
  return Object.assign(message, { policy });
}

function join(ledger: MemoryLedger, message: MemoryMessage, { content, now }: Arrival): MemoryDelivery {
  const delivery = ledger.addDelivery({ content, acceptedAt: now, message });
  message.deliveries.push(delivery);
  return delivery;
}

function replace(older: MemoryDelivery | undefined, now: number): void {
  if (older !== undefined) older.ended = { state: 'replaced', reason: 'replaced', at: now };
}

/** Takes into a storm brake's window, before its first entry, what the brake let pass and is still queued. */
function gatherQueued(ledger: MemoryLedger, window: MemoryWindow, now: number): void {
  const { policy } = window;
  const passed = [...ledger.messages.values()].filter(
    (message) =>
      message.state === 'queued' &&
      message.channel === window.channel &&
      message.address === window.address &&
      message.attempts === 0 &&
      message.lastError === undefined &&
      JSON.stringify(message.policy) === JSON.stringify(policy) &&
      live(message).every(({ content }) => windowKey(content, window.address, policy) === window.key) &&
      // A `sendAt` is never early. One that was only put off for a while may join.
      (message.stamp !== undefined || !live(message).some(({ content }) => (content.sendAt ?? 0) > now)),
  );
  const gathered = passed.flatMap(live).sort((a, b) => a.id - b.id);
  for (const message of passed) {
    message.deliveries = message.deliveries.filter(({ ended }) => ended !== undefined);
    message.state = 'ended';
    message.updatedAt = now;
  }
  for (const delivery of gathered) {
    const { dedupeKey } = delivery.content;
    replace(dedupeKey === undefined ? undefined : live(window).find(({ content }) => content.dedupeKey === dedupeKey), now);
    delivery.message = window;
    window.deliveries.push(delivery);
  }
}

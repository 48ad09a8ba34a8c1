import { type Route } from '../../model/delivery.js';
import { decideArrival } from '../../model/decisions/arrival.js';
import { isFull, type PlannedArrival, readyAtOf } from '../../model/decisions/arrival-plan.js';
import { mayCloseEarly } from '../../model/decisions/closing.js';
import { allowanceKey, likeWindowKey, rememberLike, windowKey } from '../../model/decisions/window-key.js';
import { closeBy } from '../../model/decisions/window-times.js';
import { type FailureReason } from '../../model/failure.js';
import { type NotificationContent } from '../../model/notification.js';
import { isStopped } from '../../model/suppression.js';
import { type WindowPolicy, type WindowTimes } from '../../model/window.js';
import { type Acceptance, type AcceptTally, type ClosedWindow } from '../notification-store.js';
import { keepAllowance } from './allowances.js';
import { closeWindow } from './close.js';
import { gatherQueued } from './gather-queued.js';
import { type StoreState } from './store-state.js';
import { endMessage, insertOpen, insertQueued } from './message-row.js';
import { DUE } from './number-heap.js';
import { type OpenWindow } from './open-windows.js';
import { joinWindow } from './window-entries.js';
import { LEAST_URGENT, PRIORITY_NUMBER, ROUTE_NUMBER, STATE_NUMBER } from '../persisted.js';

/** One delivery on its way in. */
export interface Arrival extends PlannedArrival {
  readonly content: NotificationContent;
  readonly address: string;
  readonly id: number;
  readonly contentId: number;
  /** Whom the address was looked up for. */
  readonly recipient: string | undefined;
  readonly now: number;
  /** Its `sendAt`, when that is still to come. */
  readonly notBefore: number | undefined;
}

/** Where it went. */
export interface Place {
  readonly message: number;
  readonly route: Route;
}

/** Puts a delivery where `decideArrival` says. */
export function place(store: StoreState, acceptance: Acceptance, arrival: Arrival, tally: AcceptTally): Place {
  const { content, now, notBefore, rule, cancelled } = arrival;
  const { closed } = tally;
  const reasons = store.suppressions.reasonsOf(content.channel, arrival.address, now);
  const { isRequired = false } = acceptance;
  if (isStopped(reasons, { isCritical: content.priority === 'critical', isRequired }))
    return endAtOnce(store, arrival, 'cancelled', 'suppressed');
  if (cancelled !== undefined) return endAtOnce(store, arrival, 'cancelled', cancelled);
  if (acceptance.sendsAhead === true) sendAhead(store, arrival, closed);
  const group = rule && groupOf(store, arrival, rule.policy, closed);
  const facts = { now, notBefore, expiresAt: content.expiresAt };
  const decision = decideArrival(rule, group ?? { window: undefined, allowance: undefined }, facts);
  switch (decision.action) {
    case 'expire':
      tally.expired++;
      return endAtOnce(store, arrival, 'expired', 'expired');
    case 'send':
      return send(store, arrival, arrival.direct);
    case 'lead':
      keepAllowance(store, group?.allowanceKey ?? '', decision.allowance, arrival, decision.policy);
      return send(store, arrival, decision.policy);
    case 'open': {
      const window = openWindow(store, arrival, group?.key ?? '', decision.policy, decision.times);
      if (decision.gathersQueued) gatherQueued(store, window, now);
      return join(store, window, arrival, closed);
    }
    case 'join':
      return join(store, decision.window, arrival, closed);
  }
}

/** Closes what gathers in order for the address, and puts it on the same lane, before it: a reader gets it first. */
function sendAhead(store: StoreState, { content, address, now }: Arrival, closed: ClosedWindow[]): void {
  for (const window of store.windows.orderedOf(content.channel, address)) {
    if (!mayCloseEarly(window, now)) continue;
    closed.push(closeWindow(store, window, 'flush', now, PRIORITY_NUMBER[content.priority]));
  }
}

/** The group of an arrival, and what is open there. A window that is due closes here, exactly at its time, however late the loop is. */
function groupOf(store: StoreState, arrival: Arrival, policy: WindowPolicy, closed: ClosedWindow[]) {
  const { content, address, now, notBefore, alone } = arrival;
  const base = windowKey(content, address, policy, notBefore, alone);
  const key = likeWindowKey(base, content, policy, store.windows.similarityGroups, store.nextMessage);
  const counted = allowanceKey(key, content.channel, address, policy);
  const found = store.windows.get(key);
  const isDue = found !== undefined && found.dueAt <= now;
  if (isDue) closed.push(closeWindow(store, found, 'time', now));
  return { key, allowanceKey: counted, window: isDue ? undefined : found, allowance: store.allowances.get(counted) };
}

/** A message of one, due at once or at its `sendAt`. */
function send(store: StoreState, arrival: Arrival, policy?: WindowPolicy): Place {
  const { now } = arrival;
  const row = insertAlone(store, arrival, 0, policy);
  expireLater(store, arrival);
  store.counters.add(row.channel, row.type, row.route, 'queued', 1);
  store.queue(row, readyAtOf(arrival.content, now), now);
  return { message: row.id, route: arrival.route };
}

/** A message of one that ends where it begins. */
function endAtOnce(store: StoreState, arrival: Arrival, state: 'cancelled' | 'expired', reason: FailureReason): Place {
  const row = insertAlone(store, arrival, STATE_NUMBER[state]);
  endMessage(store, row.id, arrival.now);
  if (reason !== state) store.db.sql('UPDATE delivery SET reason = ? WHERE id = ?').run(reason, arrival.id);
  store.counters.add(row.channel, row.type, row.route, state, 1);
  const entry = { id: arrival.id, json: JSON.stringify(arrival.content) };
  store.noteEnded(row, entry, { state, reason, at: arrival.now });
  return { message: row.id, route: arrival.route };
}

function insertAlone(store: StoreState, arrival: Arrival, state: number, policy?: WindowPolicy) {
  const { content, address, route, id, now } = arrival;
  const row = {
    id: store.nextMessage++,
    channel: content.channel,
    address,
    type: content.type,
    route: ROUTE_NUMBER[route],
    priority: PRIORITY_NUMBER[content.priority],
    attempts: 0,
    openedAt: now,
    send_by: content.expiresAt === undefined ? null : closeBy(now, content.expiresAt),
  };
  insertDelivery(store, arrival, row.id, 0, state);
  insertQueued(store, row, id, now, readyAtOf(content, now), policy === undefined ? undefined : store.policyId(policy));
  return row;
}

function openWindow(store: StoreState, arrival: Arrival, key: string, policy: WindowPolicy, times: WindowTimes): OpenWindow {
  const { content, address, id, now, notBefore } = arrival;
  const window: OpenWindow = {
    id: store.nextMessage++,
    key,
    channel: content.channel,
    address,
    type: content.type,
    ...(content.groupKey === undefined ? {} : { groupKey: content.groupKey }),
    policy,
    ...times,
    ...(notBefore === undefined ? {} : { notBefore }),
    count: 0,
    tail: 0,
    priority: LEAST_URGENT,
    severalTypes: false,
  };
  insertOpen(store, window, id, now);
  store.windows.add(window);
  rememberLike(String(window.id), key, content, policy, store.windows.similarityGroups);
  store.due.push(window.dueAt, window.id, DUE.window);
  return window;
}

function join(store: StoreState, window: OpenWindow, arrival: Arrival, closed: ClosedWindow[]): Place {
  const { content, id, now, isHeld } = arrival;
  insertDelivery(store, arrival, window.id, window.tail, 0);
  expireLater(store, arrival);
  const entry = {
    id,
    type: content.type,
    priority: PRIORITY_NUMBER[content.priority],
    at: now,
    expires_at: content.expiresAt ?? null,
    dedupe: content.dedupeKey ?? null,
  };
  joinWindow(store, window, entry, now, arrival.restartsUntil?.(window.openedAt));
  if (isFull(window, isHeld, now)) closed.push(closeWindow(store, window, 'count', now));
  return { message: window.id, route: 'aggregate' };
}

function expireLater({ due }: StoreState, { content, id }: Arrival): void {
  if (content.expiresAt !== undefined) due.push(content.expiresAt, id, DUE.expiry);
}

function insertDelivery(store: StoreState, arrival: Arrival, message: number, prev: number, state: number): void {
  const { content, id, contentId, recipient, now } = arrival;
  store.db
    .sql(
      'INSERT INTO delivery (id, content, message, prev, state, priority, at, ended_at, expires_at, dedupe, group_key, recipient) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
    )
    .run(
      id,
      contentId,
      message,
      prev,
      state,
      PRIORITY_NUMBER[content.priority],
      now,
      state === 0 ? null : now,
      content.expiresAt ?? null,
      content.dedupeKey ?? null,
      content.groupKey ?? null,
      recipient ?? null,
    );
}

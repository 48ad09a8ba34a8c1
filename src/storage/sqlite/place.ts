import { type Route } from '../../model/delivery.js';
import { decideArrival } from '../../model/decisions/arrival.js';
import { isFull, type PlannedArrival } from '../../model/decisions/arrival-plan.js';
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
import { type Ledger } from './ledger.js';
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
export function place(ledger: Ledger, acceptance: Acceptance, arrival: Arrival, tally: AcceptTally): Place {
  const { content, now, notBefore, rule, cancelled } = arrival;
  const { closed } = tally;
  const reasons = ledger.suppressions.reasonsOf(content.channel, arrival.address, now);
  const { isRequired = false } = acceptance;
  if (isStopped(reasons, { isCritical: content.priority === 'critical', isRequired }))
    return endAtOnce(ledger, arrival, 'cancelled', 'suppressed');
  if (cancelled !== undefined) return endAtOnce(ledger, arrival, 'cancelled', cancelled);
  if (acceptance.sendsAhead === true) sendAhead(ledger, arrival, closed);
  const group = rule && groupOf(ledger, arrival, rule.policy, closed);
  const facts = { now, notBefore, expiresAt: content.expiresAt };
  const decision = decideArrival(rule, group ?? { window: undefined, allowance: undefined }, facts);
  switch (decision.action) {
    case 'expire':
      tally.expired++;
      return endAtOnce(ledger, arrival, 'expired', 'expired');
    case 'send':
      return send(ledger, arrival, arrival.direct);
    case 'lead':
      keepAllowance(ledger, group?.allowanceKey ?? '', decision.allowance, arrival, decision.policy);
      return send(ledger, arrival, decision.policy);
    case 'open': {
      const window = openWindow(ledger, arrival, group?.key ?? '', decision.policy, decision.times);
      if (decision.gathersQueued) gatherQueued(ledger, window, now);
      return join(ledger, window, arrival, closed);
    }
    case 'join':
      return join(ledger, decision.window, arrival, closed);
  }
}

/** Closes what gathers in order for the address, and puts it on the same lane, before it: a reader gets it first. */
function sendAhead(ledger: Ledger, { content, address, now }: Arrival, closed: ClosedWindow[]): void {
  for (const window of ledger.windows.orderedOf(content.channel, address)) {
    if (!mayCloseEarly(window, now)) continue;
    closed.push(closeWindow(ledger, window, 'flush', now, PRIORITY_NUMBER[content.priority]));
  }
}

/** The group of an arrival, and what is open there. A window that is due closes here, exactly at its time, however late the loop is. */
function groupOf(ledger: Ledger, arrival: Arrival, policy: WindowPolicy, closed: ClosedWindow[]) {
  const { content, address, now, notBefore, alone } = arrival;
  const base = windowKey(content, address, policy, notBefore, alone);
  const key = likeWindowKey(base, content, policy, ledger.windows.likeness, ledger.nextMessage);
  const counted = allowanceKey(key, content.channel, address, policy);
  const found = ledger.windows.get(key);
  const isDue = found !== undefined && found.dueAt <= now;
  if (isDue) closed.push(closeWindow(ledger, found, 'time', now));
  return { key, allowanceKey: counted, window: isDue ? undefined : found, allowance: ledger.allowances.get(counted) };
}

/** A message of one, due at once or at its `sendAt`. */
function send(ledger: Ledger, arrival: Arrival, policy?: WindowPolicy): Place {
  const { now, notBefore } = arrival;
  const row = insertAlone(ledger, arrival, 0, policy);
  expireLater(ledger, arrival);
  ledger.counters.add(row.channel, row.type, row.route, 'queued', 1);
  ledger.queue(row, notBefore ?? now, now);
  return { message: row.id, route: arrival.route };
}

/** A message of one that ends where it begins. */
function endAtOnce(ledger: Ledger, arrival: Arrival, state: 'cancelled' | 'expired', reason: FailureReason): Place {
  const row = insertAlone(ledger, arrival, STATE_NUMBER[state]);
  endMessage(ledger, row.id, arrival.now);
  if (reason !== state) ledger.db.sql('UPDATE delivery SET reason = ? WHERE id = ?').run(reason, arrival.id);
  ledger.counters.add(row.channel, row.type, row.route, state, 1);
  const entry = { id: arrival.id, json: JSON.stringify(arrival.content) };
  ledger.noteEnded(row, entry, { state, reason, at: arrival.now });
  return { message: row.id, route: arrival.route };
}

function insertAlone(ledger: Ledger, arrival: Arrival, state: number, policy?: WindowPolicy) {
  const { content, address, route, id, now, notBefore } = arrival;
  const row = {
    id: ledger.nextMessage++,
    channel: content.channel,
    address,
    type: content.type,
    route: ROUTE_NUMBER[route],
    priority: PRIORITY_NUMBER[content.priority],
    attempts: 0,
    openedAt: now,
    send_by: content.expiresAt === undefined ? null : closeBy(now, content.expiresAt),
  };
  insertDelivery(ledger, arrival, row.id, 0, state);
  insertQueued(ledger, row, id, now, notBefore ?? now, policy === undefined ? undefined : ledger.policyId(policy));
  return row;
}

function openWindow(ledger: Ledger, arrival: Arrival, key: string, policy: WindowPolicy, times: WindowTimes): OpenWindow {
  const { content, address, id, now, notBefore } = arrival;
  const window: OpenWindow = {
    id: ledger.nextMessage++,
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
    mixed: false,
  };
  insertOpen(ledger, window, id, now);
  ledger.windows.add(window);
  rememberLike(String(window.id), key, content, policy, ledger.windows.likeness);
  ledger.due.push(window.dueAt, window.id, DUE.window);
  return window;
}

function join(ledger: Ledger, window: OpenWindow, arrival: Arrival, closed: ClosedWindow[]): Place {
  const { content, id, now, isHeld } = arrival;
  insertDelivery(ledger, arrival, window.id, window.tail, 0);
  expireLater(ledger, arrival);
  const entry = {
    id,
    type: content.type,
    priority: PRIORITY_NUMBER[content.priority],
    at: now,
    expires_at: content.expiresAt ?? null,
    dedupe: content.dedupeKey ?? null,
  };
  joinWindow(ledger, window, entry, now, arrival.restartsUntil?.(window.openedAt));
  if (isFull(window.policy, window.count, isHeld)) closed.push(closeWindow(ledger, window, 'count', now));
  return { message: window.id, route: 'aggregate' };
}

function expireLater({ due }: Ledger, { content, id }: Arrival): void {
  if (content.expiresAt !== undefined) due.push(content.expiresAt, id, DUE.expiry);
}

function insertDelivery(ledger: Ledger, arrival: Arrival, message: number, prev: number, state: number): void {
  const { content, id, contentId, now } = arrival;
  ledger.db
    .sql(
      'INSERT INTO delivery (id, content, message, prev, state, priority, at, ended_at, expires_at, dedupe, group_key) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
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
    );
}

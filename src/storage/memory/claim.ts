import { MAX_ERRORS } from '../../model/delivery.js';
import { closeBy } from '../../model/decisions/window-times.js';
import { type Failure } from '../../model/failure.js';
import {
  type Claim,
  type ClaimedMessage,
  type Lane,
  MAX_ANSWER_CHARACTERS,
  type Outcome,
  type Settlement,
} from '../../model/message.js';
import { type JsonValue } from '../../model/notification.js';
import { type ClaimRequest, type ExtendReport, type Readiness, type SettleReport } from '../notification-store.js';
import { type MemoryStoreState, priorityAt } from './memory-store-state.js';
import { endAlone, live, type MemoryDelivery, type MemoryMessage, mostUrgent } from './records.js';
import { stopSuppressed } from './stop-suppressed.js';

const DETAIL_CHARACTERS = 500;
const NONE: ReadonlySet<string> = new Set();

/** One row a channel that has anything ready. */
export function readiness(store: MemoryStoreState): Readiness[] {
  const rows = new Map<string, Readiness>();
  for (const message of store.messages.values()) {
    if (message.state !== 'queued' || message.stamp === undefined) continue;
    const { channel } = message;
    const row = rows.get(channel) ?? { channel, critical: 0, ready: 0, batchable: 0 };
    if (laneOf(message) === 'critical') {
      rows.set(channel, { ...row, critical: row.critical + 1 });
    } else if (message.route === 'batch' && message.attempts === 0) {
      const oldestBatchableAt = Math.min(row.oldestBatchableAt ?? Infinity, message.readyAt);
      const ends = live(message).flatMap(({ acceptedAt, content: { expiresAt } }) =>
        expiresAt === undefined ? [] : [closeBy(acceptedAt, expiresAt)],
      );
      const batchableUntil = Math.min(row.batchableUntil ?? Infinity, ...ends);
      const until = batchableUntil === Infinity ? {} : { batchableUntil };
      rows.set(channel, { ...row, batchable: row.batchable + 1, oldestBatchableAt, ...until });
    } else {
      rows.set(channel, { ...row, ready: row.ready + 1 });
    }
  }
  return [...rows.values()];
}

/** Takes ready messages in the order of their stamps, for an instance. */
export function claim(
  store: MemoryStoreState,
  { channel, lane, limit, now, leaseMs, holds, requiredTypes = NONE }: ClaimRequest,
  holder: string | undefined,
): Claim {
  const ready = [...store.messages.values()]
    .filter((message) => message.state === 'queued' && message.stamp !== undefined)
    .filter((message) => message.channel === channel && laneOf(message) === lane)
    .sort((a, b) => (a.stamp ?? 0) - (b.stamp ?? 0) || a.id - b.id);
  const claimed: ClaimedMessage[] = [];
  const token = store.newToken();
  const taken = new Map<string, number>();
  /** Until when, by key. */
  const held = new Map<string, number>();
  for (const message of ready) {
    if (claimed.length === limit) break;
    const key = holds?.keyOf(message.address);
    if (key !== undefined) {
      if (held.has(key)) continue;
      const until = holds?.heldUntil(key, taken.get(key) ?? 0);
      if (until !== undefined) {
        held.set(key, until);
        continue;
      }
    }
    for (const delivery of live(message)) if ((delivery.content.expiresAt ?? Infinity) <= now) expire(delivery, now);
    stopSuppressed(store, live(message), requiredTypes, now);
    if (live(message).length === 0) continue;
    message.state = 'sending';
    message.leaseUntil = now + leaseMs;
    message.token = token;
    if (holder !== undefined) message.holder = holder;
    claimed.push(claimedMessage(store, message));
    if (key !== undefined) taken.set(key, (taken.get(key) ?? 0) + 1);
  }
  const heldUntil = Math.min(...held.values());
  return { token, messages: claimed, ...(Number.isFinite(heldUntil) ? { heldUntil } : {}) };
}

export function expire(delivery: MemoryDelivery, now: number): void {
  endAlone(delivery, { state: 'expired', reason: 'expired', at: now });
}

/** Records how claimed messages ended; what the named claim does not hold is left as it is. */
export function settle(store: MemoryStoreState, settlements: readonly Settlement[], now: number): SettleReport {
  const stale: string[] = [];
  const settled = new Set<string>();
  for (const settlement of settlements) {
    const { messageId, token } = settlement;
    const message = store.message(messageId);
    if (message?.state === 'sending' && message.token === token) {
      settled.add(`${token} ${messageId}`);
      settleOne(store, message, settlement, now);
    } else if (!settled.has(`${token} ${messageId}`)) {
      stale.push(messageId);
    }
  }
  return { stale };
}

/** Prolongs the leases of claims. */
export function extend(store: MemoryStoreState, tokens: readonly string[], until: number): ExtendReport {
  const held = new Set<string>();
  for (const message of store.messages.values()) {
    if (message.state !== 'sending' || message.token === undefined || !tokens.includes(message.token)) continue;
    held.add(message.token);
    message.leaseUntil = Math.max(message.leaseUntil, until);
  }
  return { lost: tokens.filter((token) => !held.has(token)) };
}

/** Requeues a message whose worker did not settle it; the attempt counts. */
export function requeueExpired(store: MemoryStoreState, message: MemoryMessage, detail: string, now: number): void {
  const failure: Failure = { reason: 'interrupted', message: detail };
  settleOne(store, message, { messageId: '', outcome: 'retry', failure, retryAt: now }, now);
}

/** A message with the entries that are still live. */
export function claimedMessage(store: MemoryStoreState, message: MemoryMessage): ClaimedMessage {
  const { channel, address, type, attempts, openedAt, queuedAt, policy, progress } = message;
  const entries = live(message);
  return {
    messageId: store.publicId('m', message.id),
    channel,
    address,
    type,
    priority: priorityAt(mostUrgent(entries)),
    lane: laneOf(message),
    attempt: attempts + 1,
    openedAt,
    queuedAt,
    entries: entries.map(({ id, acceptedAt, content }) => ({
      deliveryId: store.publicId('d', id),
      route: message.route,
      acceptedAt,
      content,
    })),
    ...(policy && { policy }),
    ...windowOf(message),
    ...(progress === undefined ? {} : { progress }),
  };
}

function windowOf({ openedAt, key, times, closed }: MemoryMessage): Pick<ClaimedMessage, 'window'> {
  if (key === undefined) return {};
  return { window: { openedAt, dueAt: times.dueAt, ...(closed && { closedAt: closed.at, closedBy: closed.reason }) } };
}

function settleOne(store: MemoryStoreState, message: MemoryMessage, settlement: Outcome, now: number): void {
  message.updatedAt = now;
  delete message.token;
  delete message.holder;
  if (settlement.outcome !== 'released' && settlement.outcome !== 'cancelled') message.attempts++;
  if ('failure' in settlement) {
    fail(message, settlement.failure, now);
  }
  if (settlement.outcome === 'delivered') for (const failure of settlement.errors ?? []) fail(message, failure, now);
  if ('progress' in settlement) {
    message.progress = JSON.parse(JSON.stringify(settlement.progress)) as JsonValue;
  }
  switch (settlement.outcome) {
    case 'delivered':
      if (settlement.sequenced === true) message.sequence = store.nextSequence(message.channel, now);
      if (settlement.answer !== undefined) message.answer = settlement.answer.slice(0, MAX_ANSWER_CHARACTERS);
      message.state = 'delivered';
      break;
    case 'dead':
      message.state = 'dead';
      break;
    case 'retry':
      store.queue(message, settlement.retryAt, now);
      break;
    case 'cancelled':
      for (const delivery of live(message)) endAlone(delivery, { state: 'cancelled', reason: settlement.reason, at: now });
      break;
    case 'released':
      store.queue(message, settlement.retryAt ?? now, now);
      break;
  }
}

function fail(message: MemoryMessage, { reason, message: text }: Failure, now: number): void {
  message.lastError = { reason, message: text.slice(0, DETAIL_CHARACTERS), at: new Date(now).toISOString() };
  message.errors = [...(message.errors ?? []), message.lastError].slice(-MAX_ERRORS);
}

function laneOf({ rank }: MemoryMessage): Lane {
  return rank === 0 ? 'critical' : 'normal';
}

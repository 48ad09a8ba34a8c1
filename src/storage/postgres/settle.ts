import { MAX_ERRORS } from '../../model/delivery.js';
import { type CancelReason, type Failure } from '../../model/failure.js';
import { MAX_ANSWER_CHARACTERS, type Outcome, type Settlement } from '../../model/message.js';
import { type JsonValue } from '../../model/notification.js';
import { type ExtendReport, type SettleReport } from '../notification-store.js';
import { unreadableFailure } from '../stored-json.js';
import { iso } from '../stored-views.js';
import { errorsOf } from './content.js';
import { HeldClaims } from './held-claims.js';
import { giveNumbers } from './sequence.js';
import { type Message, MESSAGE_STATE } from './rows.js';
import { type Work } from './work.js';

const DETAIL_CHARACTERS = 500;
export const LEASE_ENDED = 'the lease ended before the worker reported the result';
export const PROCESS_ENDED = 'the process ended while this was being sent; it may have been delivered';

/** Records how claimed messages ended; what the named claim does not hold is left as it is. */
export async function settle(work: Work, settlements: readonly Settlement[], now: number): Promise<SettleReport> {
  const named = settlements.map((settlement) => ({
    settlement,
    id: work.context.privateId('m', settlement.messageId),
    claim: work.context.claimOf(settlement.token),
  }));
  const claims = new HeldClaims();
  await claims.lock(
    work.queries,
    named.map(({ claim }) => claim),
  );
  await work.messages.load(named.flatMap(({ id, claim }) => (claims.holds(claim, id) ? [id] : [])));
  const stale: string[] = [];
  const settled = new Set<string>();
  const sequenced: Message[] = [];
  const cancelled: { readonly message: Message; readonly reason: CancelReason }[] = [];
  const ends: { readonly message: Message; readonly end: Parameters<Work['noteEnded']>[2] }[] = [];
  for (const { settlement, id, claim } of named) {
    const message = work.messages.get(id);
    if (!claims.holds(claim, id) || message === undefined) {
      if (!settled.has(`${claim} ${id}`)) stale.push(settlement.messageId);
      continue;
    }
    settled.add(`${claim} ${id}`);
    claims.release(claim, id);
    settleOne(work, message, settlement, now);
    if (settlement.outcome === 'delivered') {
      ends.push({ message, end: { state: 'delivered', at: now } });
      if (settlement.sequenced === true) sequenced.push(message);
    }
    if (settlement.outcome === 'cancelled') cancelled.push({ message, reason: settlement.reason });
    if (settlement.outcome === 'dead') {
      ends.push({ message, end: { state: 'dead', reason: settlement.failure.reason, at: now } });
    }
  }
  claims.write(work.queries);
  await endCancelled(work, cancelled, now);
  await work.noteAllEnded(ends);
  await giveNumbers(work.queries, sequenced, now);
  for (const message of sequenced) work.messages.touch(message);
  return { stale };
}

/** Nothing of them is sent; no attempt is counted. */
async function endCancelled(
  work: Work,
  cancelled: readonly { readonly message: Message; readonly reason: CancelReason }[],
  now: number,
): Promise<void> {
  if (cancelled.length === 0) return;
  const live = await work.liveOf(cancelled.map(({ message }) => message));
  for (const { message, reason } of cancelled) {
    work.counts.moveAll(message.channel, message.types, message.route, 'sending', 'cancelled');
    for (const delivery of live.get(message.id) ?? []) {
      work.deliveries.end(delivery, 'cancelled', reason, now);
      work.noteEnded(message, delivery, { state: 'cancelled', reason, at: now });
    }
    message.state = MESSAGE_STATE.ended;
    message.count = 0;
    message.types.clear();
    work.messages.touch(message);
  }
}

/** Prolongs the leases of claims. */
export async function extend(work: Work, tokens: readonly string[], until: number): Promise<ExtendReport> {
  const ids = tokens.map((token) => work.context.claimOf(token));
  const rows = await work.queries.query<{ readonly id: number }>(
    `UPDATE claim SET lease_until = greatest(lease_until, $2::bigint)
     WHERE id IN (SELECT id FROM claim WHERE id = ANY($1::bigint[]) ORDER BY id FOR UPDATE) RETURNING id`,
    [ids, until],
  );
  const held = new Set(rows.map(({ id }) => id));
  return { lost: tokens.filter((_, index) => !held.has(ids[index] ?? 0)) };
}

/** Requeues a message that is being sent, whose worker did not say how that ended; the attempt counts. */
export function requeueInterrupted(work: Work, message: Message, detail: string, now: number): void {
  const failure: Failure = { reason: 'interrupted', message: detail };
  settleOne(work, message, { messageId: '', outcome: 'retry', failure, retryAt: now }, now);
}

/** Ends a queued message with a delivery whose stored content cannot be read; it has left the queue. */
export function endUnreadable(work: Work, message: Message, delivery: number, now: number): void {
  const failure = unreadableFailure(work.context.publicId('d', delivery));
  message.state = MESSAGE_STATE.dead;
  message.updatedAt = now;
  fail(message, failure, now);
  work.messages.touch(message);
  work.dead.add(message.id, failure.reason);
  work.counts.moveAll(message.channel, message.types, message.route, 'queued', 'dead');
  const { count } = message;
  work.whenKept(() => (work.context.unreadable += count));
}

function settleOne(work: Work, message: Message, settlement: Outcome, now: number): void {
  message.updatedAt = now;
  work.counts.sending--;
  work.messages.touch(message);
  if (settlement.outcome !== 'released' && settlement.outcome !== 'cancelled') message.attempts++;
  if ('failure' in settlement) fail(message, settlement.failure, now);
  if ('progress' in settlement) message.progress = jsonOf(settlement.progress);
  switch (settlement.outcome) {
    case 'delivered':
      message.state = MESSAGE_STATE.delivered;
      message.answer = settlement.answer?.slice(0, MAX_ANSWER_CHARACTERS) ?? null;
      for (const failure of settlement.errors ?? []) fail(message, failure, now);
      count(work, message, 'delivered');
      break;
    case 'dead':
      message.state = MESSAGE_STATE.dead;
      work.dead.add(message.id, settlement.failure.reason);
      count(work, message, 'dead');
      break;
    case 'retry':
      count(work, message, 'queued');
      work.requeue(message, settlement.retryAt, now);
      break;
    case 'cancelled':
      break;
    case 'released':
      count(work, message, 'queued');
      work.requeue(message, settlement.retryAt ?? now, now);
      break;
  }
}

function count(work: Work, { channel, types, route }: Message, to: 'delivered' | 'dead' | 'queued'): void {
  work.counts.moveAll(channel, types, route, 'sending', to);
}

function fail(message: Message, { reason, message: text }: Failure, now: number): void {
  const error = { reason, message: text.slice(0, DETAIL_CHARACTERS), at: iso(now) };
  message.errors = JSON.stringify([...errorsOf(message.errors), error].slice(-MAX_ERRORS));
}

function jsonOf(progress: JsonValue | undefined): string | null {
  return progress === undefined ? null : JSON.stringify(progress);
}

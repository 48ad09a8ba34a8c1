import { MAX_ERRORS } from '../../model/delivery.js';
import { nextSequence } from '../../model/decisions/sequence.js';
import { type Failure } from '../../model/failure.js';
import { MAX_ANSWER_CHARACTERS, type Outcome, type Settlement } from '../../model/message.js';
import { type JsonValue } from '../../model/notification.js';
import { type SettleReport } from '../notification-store.js';
import { unreadableFailure } from '../stored-json.js';
import { iso } from '../stored-views.js';
import { claimOf, leaveClaim } from './claims.js';
import { type Message } from './message.js';
import { type Work } from './work.js';

const DETAIL_CHARACTERS = 500;
export const LEASE_ENDED = 'the lease ended before the worker reported the result';
export const PROCESS_ENDED = 'the process ended while this was being sent; it may have been delivered';

/** Records how claimed messages ended; what the named claim does not hold is left as it is. */
export async function settle(work: Work, settlements: readonly Settlement[], now: number): Promise<SettleReport> {
  const { context, messages } = work;
  const ids = settlements.map(({ messageId }) => context.privateId('m', messageId));
  await messages.load(ids.filter((id) => id > 0));
  const stale: string[] = [];
  const settled = new Set<string>();
  const delivered: Message[] = [];
  const dead: Message[] = [];
  for (const [index, settlement] of settlements.entries()) {
    const { messageId, token } = settlement;
    const message = messages.get(ids[index] ?? 0);
    if (message?.state !== 'sending' || message.token !== token) {
      if (!settled.has(`${token} ${messageId}`)) stale.push(messageId);
      continue;
    }
    settled.add(`${token} ${messageId}`);
    await settleOne(work, message, settlement, now);
    if (settlement.outcome === 'delivered') delivered.push(message);
    if (settlement.outcome === 'dead') dead.push(message);
  }
  await work.noteAllEnded(delivered, 'delivered', now);
  await work.noteAllEnded(dead, 'dead', now);
  return { stale };
}

/** Requeues a message that is being sent, whose worker did not say how that ended; the attempt counts. */
export async function requeueInterrupted(work: Work, message: Message, detail: string, now: number): Promise<void> {
  const failure: Failure = { reason: 'interrupted', message: detail };
  await settleOne(work, message, { messageId: '', outcome: 'retry', failure, retryAt: now }, now);
}

/** Ends a queued message with a delivery whose stored content cannot be read, or is lost. */
export async function endUnreadable(work: Work, message: Message, delivery: number, now: number): Promise<void> {
  fail(message, unreadableFailure(work.context.publicId('d', delivery)), now);
  message.state = 'dead';
  message.updatedAt = now;
  const { count } = message;
  work.whenKept(() => (work.context.unreadable += count));
  await work.noteAllEnded([message], 'dead', now);
}

async function settleOne(work: Work, message: Message, settlement: Outcome, now: number): Promise<void> {
  const token = message.token ?? '';
  const claim = await claimOf(work, token);
  leaveClaim(work, token, message.id, claim?.holder ?? work.context.instance);
  delete message.token;
  message.updatedAt = now;
  if (settlement.outcome !== 'released' && settlement.outcome !== 'cancelled') message.attempts++;
  if ('failure' in settlement) fail(message, settlement.failure, now);
  if ('progress' in settlement) setProgress(message, settlement.progress);
  switch (settlement.outcome) {
    case 'delivered':
      for (const failure of settlement.errors ?? []) fail(message, failure, now);
      if (settlement.answer !== undefined) message.answer = settlement.answer.slice(0, MAX_ANSWER_CHARACTERS);
      if (settlement.sequenced === true) message.sequence = await sequenceOf(work, message.channel, now);
      message.state = 'delivered';
      break;
    case 'dead':
      message.state = 'dead';
      break;
    case 'retry':
      await work.requeue(message, settlement.retryAt, now);
      break;
    case 'cancelled':
      await work.cancelAll(message, settlement.reason, now);
      break;
    case 'released':
      await work.requeue(message, settlement.retryAt ?? now, now);
      break;
  }
}

/** The next number of a channel, as the cell `sq` has the last one and the greatest that was pruned. */
async function sequenceOf({ tx }: Work, channel: string, now: number): Promise<number> {
  const [last = 0, pruned = 0] = ((await tx.get('sq', channel)) ?? '0 0').split(' ').map(Number);
  const sequence = nextSequence(last, now);
  tx.put('sq', channel, `${sequence} ${pruned}`);
  return sequence;
}

function fail(message: Message, { reason, message: text }: Failure, now: number): void {
  const error = { reason, message: text.slice(0, DETAIL_CHARACTERS), at: iso(now) };
  message.errors = [...(message.errors ?? []), error].slice(-MAX_ERRORS);
}

function setProgress(message: Message, progress: JsonValue | undefined): void {
  if (progress === undefined) delete message.progress;
  else message.progress = JSON.parse(JSON.stringify(progress)) as JsonValue;
}

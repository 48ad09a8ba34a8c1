import { type AdvanceReport, type ClosedWindow } from '../notification-store.js';
import { closeWindow } from './close.js';
import { claimOf, dueOfClaim, type StoredClaim } from './claims.js';
import { idOf } from './keys.js';
import { isWindow } from './message.js';
import { dueOfMessage } from './places.js';
import { LEASE_ENDED, requeueInterrupted } from './settle.js';
import { dueOfDelivery, type Work } from './work.js';

/** Does what is due, oldest first, at most `limit` steps. */
export async function advance(work: Work, now: number, limit: number): Promise<AdvanceReport> {
  const { tx, messages, deliveries } = work;
  for (const { like } of await work.allowances.sweep(now)) work.likeness.touch(like);
  const [found] = (await tx.read([['ZRANGE', 'due', '-inf', now, 'BYSCORE', 'LIMIT', 0, limit + 1]])) as readonly [
    readonly string[],
  ];
  const dues = found.slice(0, limit);
  const idsOf = (kind: string): number[] => dues.flatMap((due) => (due.startsWith(kind) ? [idOf(due)] : []));
  const expiring = await deliveries.load(idsOf('d'));
  await messages.load([...idsOf('m'), ...expiring.map(({ message }) => message)]);
  const closed: ClosedWindow[] = [];
  let [expired, steps] = [0, 0];
  for (const due of dues) {
    if (steps >= limit) break;
    steps++;
    const id = idOf(due);
    if (due.startsWith('m')) {
      const message = messages.get(id);
      if (isWindow(message)) {
        if (message.times.dueAt <= now) closed.push(await closeWindow(work, message, 'time', now));
      } else if (message?.state === 'queued' && message.stamp === undefined) work.queue(message, message.readyAt, now);
      // What is lost waits for nothing.
      else if (message === undefined) tx.write('ZREM', 'due', dueOfMessage(id));
    } else if (due.startsWith('d')) {
      if (expire(work, id, now)) expired++;
    } else {
      steps += Math.max(0, (await requeueClaim(work, id, now, limit - steps + 1)) - 1);
    }
  }
  const isCut = dues.length < found.length || work.firstWatched <= now;
  return { closed, expired, more: isCut || (steps >= limit && (await isMoreDue(work, dues, now))) };
}

/** The time of the next due, or an earlier one. */
export async function nextDue(read: Work['tx']['read']): Promise<number | undefined> {
  const [first] = (await read([['ZRANGE', 'due', 0, 0, 'WITHSCORES']])) as readonly [readonly string[]];
  return first[1] === undefined ? undefined : Number(first[1]);
}

/** Whether a claim that was looked at has messages left. */
async function isMoreDue(work: Work, dues: readonly string[], now: number): Promise<boolean> {
  const claims = dues.filter((due) => due.startsWith('c'));
  if (claims.length === 0) return false;
  const scores = await work.tx.read(claims.map((due) => ['ZSCORE', 'due', due]));
  return scores.some((score) => score !== null && Number(score) <= now);
}

/** A delivery that is being sent, or was, expires no more; it is watched again when it is queued again. */
function expire(work: Work, id: number, now: number): boolean {
  const delivery = work.deliveries.get(id);
  const message = delivery === undefined ? undefined : work.messages.get(delivery.message);
  const isWaiting = message?.state === 'gathering' || message?.state === 'queued';
  if (delivery === undefined || delivery.ended !== undefined || message === undefined || !isWaiting) {
    work.tx.write('ZREM', 'due', dueOfDelivery(id));
    return false;
  }
  work.endAlone(message, delivery, 'expired', 'expired', now);
  return true;
}

/** Requeues what a claim holds whose lease ended; returns how many messages that were. */
async function requeueClaim(work: Work, number: number, now: number, limit: number): Promise<number> {
  const token = work.context.publicId('c', number);
  const claim: StoredClaim | undefined = await claimOf(work, token);
  if (claim === undefined) {
    work.tx.write('ZREM', 'due', dueOfClaim(number));
    return 0;
  }
  if (claim.until > now) return 0;
  const [ids] = (await work.tx.read([['SMEMBERS', `ct:${token}`]])) as readonly [readonly string[]];
  const part = ids
    .map(Number)
    .sort((a, b) => a - b)
    .slice(0, Math.max(1, limit));
  for (const message of await work.messages.load(part)) {
    if (message.state === 'sending' && message.token === token) await requeueInterrupted(work, message, LEASE_ENDED, now);
  }
  return part.length;
}

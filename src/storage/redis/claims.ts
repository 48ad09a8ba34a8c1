import { padded } from './keys.js';
import { type Work } from './work.js';

/** Messages that a worker holds: the claim has the lease, and each message has the claim. */
export interface StoredClaim {
  /** When its lease ends, epoch ms. */
  readonly until: number;
  /** The instance that made it. */
  readonly holder: string;
}

/** The member of `due` of a claim. */
export function dueOfClaim(number: number): string {
  return `c${padded(number)}`;
}

/** A claim, which must be the same when the transaction is written. */
export async function claimOf(work: Work, token: string): Promise<StoredClaim | undefined> {
  const stored = await work.tx.get('cl', token);
  if (stored === undefined) return undefined;
  const end = stored.indexOf(' ');
  return { until: Number(stored.slice(0, end)), holder: stored.slice(end + 1) };
}

/** Writes a claim of messages that this transaction takes. */
export async function writeClaim(work: Work, number: number, until: number, ids: readonly number[]): Promise<string> {
  const { tx, context } = work;
  const token = context.publicId('c', number);
  await tx.load([['cl', token]]);
  tx.put('cl', token, `${Math.floor(until)} ${context.instance}`);
  tx.write('SADD', `ct:${token}`, ...ids);
  tx.write('ZADD', 'due', until, dueOfClaim(number));
  tx.write('SADD', `held:${context.instance}`, token);
  tx.write('SADD', 'holders', context.instance);
  return token;
}

/** A claim holds a message no more; one that holds nothing is gone. @param holder the instance that made it */
export function leaveClaim(work: Work, token: string, id: number, holder: string): void {
  const number = work.context.privateId('c', token);
  work.tx.write('LEAVE', `ct:${token}`, id, token, dueOfClaim(number), holder);
}

import { type ClaimHolds, type ClaimRequest } from '../notification-store.js';
import { readyKey } from './places.js';
import { padded } from './keys.js';
import { type Work } from './work.js';

/** A message of the ready queue, in its order. */
export interface Candidate {
  readonly id: number;
  readonly stamp: number;
}

/** Most messages that one claim looks at: some milliseconds. */
export const MAX_LOOKED_AT = 1_000;

/** Where the look of a lane goes on. */
interface Scan {
  readonly stamp: number;
  readonly id: number;
  /** When the first of what was held before that may go. */
  readonly heldUntil: number;
}

/**
 * Where the claims of this instance stopped looking, by lane: a receiver with a long backlog that is held does not keep the claims from what stands
 * behind it. It is a place a lane, whatever the backlog.
 */
export class HeldScans {
  private readonly scans = new Map<string, Scan>();

  get({ channel, lane }: ClaimRequest): Scan {
    return this.scans.get(`${lane} ${channel}`) ?? { stamp: -Infinity, id: 0, heldUntil: Infinity };
  }

  set({ channel, lane }: ClaimRequest, scan: Scan | undefined): void {
    if (scan === undefined) this.scans.delete(`${lane} ${channel}`);
    else this.scans.set(`${lane} ${channel}`, scan);
  }
}

/**
 * Takes ready messages in the order of their stamps, except those that are held: they stay ready, and nothing of them is written.
 *
 * @param take claims candidates; returns how many messages came of them
 * @returns whether there may be more that is not held, and when something that is held may go
 */
export async function unheld(
  work: Work,
  request: ClaimRequest,
  holds: ClaimHolds,
  scans: HeldScans,
  take: (candidates: readonly Candidate[]) => Promise<number>,
): Promise<{ readonly more?: true; readonly heldUntil?: number }> {
  const { limit } = request;
  let { stamp, id, heldUntil } = scans.get(request);
  const taken = new Map<string, number>();
  const held = new Map<string, number>();
  const mayGo = (address: string): boolean => {
    const key = holds.keyOf(address);
    if (key === undefined) return true;
    if (held.has(key)) return false;
    const until = holds.heldUntil(key, taken.get(key) ?? 0);
    if (until === undefined) taken.set(key, (taken.get(key) ?? 0) + 1);
    else held.set(key, until);
    return until === undefined;
  };
  let count = 0;
  let isAtEnd = false;
  for (let looked = 0; count < limit && looked < MAX_LOOKED_AT && !isAtEnd;) {
    const most = Math.min(MAX_LOOKED_AT - looked, Math.max(100, limit));
    const rows = await addressesBehind(work, request, stamp, id, most);
    const wanted: Candidate[] = [];
    for (const row of rows) {
      if (count + wanted.length === limit) break;
      looked++;
      ({ stamp, id } = row);
      if (row.address !== undefined && mayGo(row.address)) wanted.push(row);
    }
    isAtEnd = rows.length < most && id === (rows.at(-1)?.id ?? id);
    if (wanted.length > 0) count += await take(wanted);
  }
  heldUntil = Math.min(heldUntil, ...held.values());
  // The next claim begins at the front, unless this one saw nothing there that may go.
  const goesOn = !isAtEnd && count < limit;
  scans.set(request, goesOn ? { stamp, id, heldUntil } : undefined);
  return { ...(goesOn ? { more: true } : {}), ...(Number.isFinite(heldUntil) ? { heldUntil } : {}) };
}

/** Ready messages with their addresses, behind a place. They may change until they are taken. */
async function addressesBehind(
  { tx }: Work,
  { channel, lane }: ClaimRequest,
  stamp: number,
  id: number,
  most: number,
): Promise<readonly (Candidate & { readonly address: string | undefined })[]> {
  const key = readyKey(channel, lane);
  const from = Number.isFinite(stamp) ? stamp : '-inf';
  // Those of one stamp stand in the order of their ids.
  const found: Candidate[] = [];
  for (let offset = 0; found.length < most; offset += most) {
    const [flat] = (await tx.read([['ZRANGE', key, from, '+inf', 'BYSCORE', 'LIMIT', offset, most, 'WITHSCORES']])) as readonly [
      readonly string[],
    ];
    for (let at = 0; at + 1 < flat.length; at += 2) {
      const one = { id: parseInt((flat[at] ?? '').slice(-padded(0).length), 36), stamp: Number(flat[at + 1]) };
      if (one.stamp > stamp || one.id > id) found.push(one);
    }
    if (flat.length < 2 * most) break;
  }
  const ready = found.slice(0, most);
  const rows = await tx.read(ready.map((one) => ['HGET', `m:${Math.floor(one.id / 64)}`, String(one.id % 64)]));
  return ready.map((one, index) => ({ ...one, address: addressIn(rows[index]) }));
}

function addressIn(row: unknown): string | undefined {
  if (typeof row !== 'string') return undefined;
  return (JSON.parse(row.slice(row.indexOf('|') + 1)) as { readonly a: string }).a;
}

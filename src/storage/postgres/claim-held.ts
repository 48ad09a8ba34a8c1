import { type ClaimHolds, type ClaimRequest } from '../notification-store.js';
import { type Queries } from './transaction.js';

export const NOTHING_HELD: ClaimHolds = { keyOf: () => undefined, heldUntil: () => undefined };
/** Most messages that one claim looks at: some milliseconds. */
export const MAX_LOOKED_AT = 1_000;

/** A ready message that may be claimed. */
export interface Candidate {
  readonly id: number;
  readonly stamp: number;
  readonly address: string;
}

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
  queries: Queries,
  request: ClaimRequest,
  holds: ClaimHolds,
  scans: HeldScans,
  take: (candidates: readonly Candidate[]) => Promise<number>,
): Promise<{ readonly more?: true; readonly heldUntil?: number }> {
  const { channel, lane, limit } = request;
  let { stamp, id, heldUntil } = scans.get(request);
  const taken = new Map<string, number>();
  const held = new Map<string, number>();
  const mayGo = ({ address }: Candidate): boolean => {
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
    const rows: readonly Candidate[] = await queries.query<Candidate>(
      `SELECT r.id, r.stamp, m.address FROM ready r JOIN message m ON m.id = r.id
       WHERE r.channel = $1 AND r.lane = $2::smallint AND (r.stamp, r.id) > ($3::double precision, $4::bigint) ORDER BY r.stamp, r.id LIMIT $5::integer`,
      [channel, lane === 'critical' ? 0 : 1, stamp, id, most],
    );
    const wanted: Candidate[] = [];
    for (const row of rows) {
      if (count + wanted.length === limit) break;
      looked++;
      ({ stamp, id } = row);
      if (mayGo(row)) wanted.push(row);
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

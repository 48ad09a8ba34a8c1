import { type ClaimHolds, type ClaimRequest } from '../notification-store.js';
import { type StoreState } from './store-state.js';
import { type Candidate, type ReadyKind } from './ready-queue.js';

const NOTHING_HELD: ClaimHolds = { keyOf: () => undefined, heldUntil: () => undefined };
/** Most messages that one claim looks at: a few milliseconds. */
export const MAX_LOOKED_AT = 500;

/**
 * Takes ready messages in the order of their stamps, except those that are held. They leave the lane's heap for one of their key's, so that each is
 * looked at once however often others are claimed past it.
 *
 * @param read what the store holds of candidates that have not ended
 * @param take makes a candidate one that is being sent; false when it ended meanwhile
 * @returns whether there may be more that is not held, beyond what was looked at
 */
export function claimUnheld<Row extends { readonly address: string }>(
  store: StoreState,
  request: ClaimRequest,
  read: (candidates: readonly Candidate[]) => ReadonlyMap<number, Row>,
  take: (candidate: Candidate, row: Row | undefined) => boolean,
): boolean {
  const { channel, lane, limit, now, holds = NOTHING_HELD } = request;
  const heap = store.ready.heap(channel, lane);
  const held = store.ready.held(channel, lane);
  const taken = new Map<string, number>();
  const heldUntil = (key: string): number | undefined => holds.heldUntil(key, taken.get(key) ?? 0);
  let count = 0;
  held.begin(holds === NOTHING_HELD ? Infinity : now);
  for (let looked = 0; count < limit; looked++) {
    const first = held.peek();
    const stamp = heap.peekKey();
    if (stamp === undefined && first === undefined) return false;
    if (looked === MAX_LOOKED_AT) return true;
    let key: string | undefined;
    let candidate: Candidate;
    if (
      first !== undefined &&
      (stamp === undefined || first.stamp < stamp || (first.stamp === stamp && first.id < heap.peekId()))
    ) {
      ({ key } = first);
      const until = heldUntil(key);
      if (until !== undefined) {
        held.hold(key, until);
        continue;
      }
      held.take(key);
      candidate = { id: first.id, kind: first.kind as ReadyKind };
    } else {
      candidate = { id: heap.peekId(), kind: heap.peekTag() as ReadyKind };
      heap.pop();
    }
    const row = read([candidate]).get(candidate.id);
    if (row !== undefined && key === undefined) {
      key = holds.keyOf(row.address);
      if (key !== undefined) {
        const isBehind = held.has(key);
        const until = isBehind ? undefined : heldUntil(key);
        if (isBehind || until !== undefined) {
          held.add(key, { ...candidate, stamp: stamp ?? 0 }, until);
          continue;
        }
      }
    }
    if (!take(candidate, row)) continue;
    count++;
    if (key !== undefined) taken.set(key, (taken.get(key) ?? 0) + 1);
  }
  return false;
}

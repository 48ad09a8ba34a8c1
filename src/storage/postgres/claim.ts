import { type Claim, type ClaimedMessage } from '../../model/message.js';
import { type ClaimRequest } from '../notification-store.js';
import { type Candidate, type HeldScans, NOTHING_HELD, unheld } from './claim-held.js';
import { claimedMessage } from './claimed-message.js';
import { contentOf, UNREADABLE } from './content.js';
import { endAlone } from './end-alone.js';
import { HeldClaims } from './held-claims.js';
import { type Delivery, type Message, MESSAGE_STATE } from './rows.js';
import { endUnreadable } from './settle.js';
import { isStoppedAt } from './stop-suppressed.js';
import { type Work } from './work.js';

const NONE: ReadonlySet<string> = new Set();

/** Takes ready messages in the order of their stamps. One whose content cannot be read ends as dead, and the others go on. */
export async function claim(work: Work, request: ClaimRequest, scans: HeldScans): Promise<Claim> {
  const { limit, holds = NOTHING_HELD } = request;
  const messages: ClaimedMessage[] = [];
  let claimId = 0;
  const take = async (candidates: readonly Candidate[] | number): Promise<number> => {
    const taken = await takeReady(work, request, candidates);
    if (taken.claim !== undefined) claimId = await holdTaken(work, request, claimId, taken, messages);
    return taken.ids.length;
  };
  if (holds === NOTHING_HELD) {
    for (let room = limit; room > 0; room = limit - messages.length) if ((await take(room)) < room) break;
    return { token: work.context.claimToken(claimId), messages };
  }
  const found = await unheld(work.queries, request, holds, scans, async (candidates) => {
    const before = messages.length;
    await take(candidates);
    return messages.length - before;
  });
  return { token: work.context.claimToken(claimId), messages, ...found };
}

interface Taken {
  readonly ids: readonly number[];
  readonly claim?: number;
}

interface TakenRow {
  readonly id: number;
  readonly stamp: number;
  readonly claim: number;
}

/** Moves messages from the queue to a claim: the first so many, or those that are named. What others are just taking is passed over. */
async function takeReady(
  work: Work,
  { channel, lane, now, leaseMs }: ClaimRequest,
  what: readonly Candidate[] | number,
): Promise<Taken> {
  const first = `SELECT id FROM ready WHERE channel = $1 AND lane = $2::smallint ORDER BY stamp, id LIMIT $3::integer FOR UPDATE SKIP LOCKED`;
  const named = 'SELECT id FROM ready WHERE id = ANY($1::bigint[]) FOR UPDATE SKIP LOCKED';
  const [select, values] =
    typeof what === 'number' ? [first, [channel, lane === 'critical' ? 0 : 1, what]] : [named, [what.map(({ id }) => id)]];
  const next = values.length + 1;
  const rows = await work.queries.query<TakenRow>(
    `WITH c AS (${select}), x AS (DELETE FROM ready r USING c WHERE r.id = c.id RETURNING r.id, r.stamp),
       k AS (INSERT INTO claim (id, holder, lease_until, messages)
         SELECT nextval('claim_id'), $${next}::text, $${next + 1}::bigint, array_agg(id) FROM x HAVING count(*) > 0 RETURNING id)
     SELECT x.id, x.stamp, k.id AS claim FROM x, k`,
    [...values, work.context.instance, now + leaseMs],
  );
  const ids = rows.toSorted((a, b) => a.stamp - b.stamp || a.id - b.id).map(({ id }) => id);
  const [row] = rows;
  return { ids, ...(row === undefined ? {} : { claim: row.claim }) };
}

/** Reads what was taken, ends what has expired, and has one claim hold all of a request; returns its id. */
async function holdTaken(
  work: Work,
  { now, requiredTypes = NONE }: ClaimRequest,
  claimId: number,
  { ids, claim: taken = 0 }: Taken,
  messages: ClaimedMessage[],
): Promise<number> {
  const { context, counts } = work;
  const [live] = await Promise.all([work.deliveries.liveOfMessages(ids), work.messages.load(ids)]);
  const loaded = ids.flatMap((id) => work.messages.get(id) ?? []);
  await Promise.all([
    context.policies.load(
      work.queries,
      loaded.map(({ policy }) => policy),
    ),
    work.suppressed.load(loaded),
  ]);
  const claims = new HeldClaims();
  claims.know([{ id: taken, messages: ids }]);
  const kept: number[] = [];
  const unreadable: Message[] = [];
  const isLoaded = new Set(loaded.map(({ id }) => id));
  // A message that is lost is not in the queue any more.
  for (const id of ids) if (!isLoaded.has(id)) claims.release(taken, id);
  for (const message of loaded) {
    const entries: Delivery[] = [];
    for (const entry of live.get(message.id) ?? []) {
      if (entry.expiresAt !== null && entry.expiresAt <= now) endAlone(work, message, entry, 'expired', 'expired', now);
      else if (isStoppedAt(work, message, entry, requiredTypes, now)) {
        endAlone(work, message, entry, 'cancelled', 'suppressed', now);
      } else entries.push(entry);
    }
    counts.queued--;
    const damaged = damagedOf(message, entries);
    if (damaged !== undefined) {
      endUnreadable(work, message, damaged, now);
      unreadable.push(message);
    }
    if (entries.length === 0 || damaged !== undefined) {
      claims.release(taken, message.id);
      continue;
    }
    counts.sending++;
    counts.moveAll(message.channel, message.types, message.route, 'queued', 'sending');
    kept.push(message.id);
    messages.push(claimedMessage(context, message, entries));
  }
  await work.noteAllEnded(unreadable.map((message) => ({ message, end: { state: 'dead', reason: 'unrenderable', at: now } })));
  if (claimId === 0 || kept.length === 0) {
    claims.write(work.queries);
    return kept.length === 0 ? claimId : taken;
  }
  for (const id of kept) claims.release(taken, id);
  claims.write(work.queries);
  work.queries.send('UPDATE claim SET messages = messages || $2::bigint[] WHERE id = $1::bigint', [claimId, kept]);
  return claimId;
}

/** A delivery of a message whose content cannot be read, or is lost. */
function damagedOf({ state, last }: Message, entries: readonly Delivery[]): number | undefined {
  if (entries.length === 0) return state === MESSAGE_STATE.queued ? last : undefined;
  return entries.find(({ json }) => contentOf(json) === UNREADABLE)?.id;
}

import { HeldClaims, type ClaimRow } from './held-claims.js';
import { PROCESS_ENDED, requeueInterrupted } from './settle.js';
import { type Work } from './work.js';

/**
 * Requeues what instances hold that do not live; the attempts count. Returns how many deliveries that are.
 *
 * @param live names
 */
export async function requeueOrphans(work: Work, live: readonly string[], now: number): Promise<number> {
  const rows = await work.queries.query<ClaimRow>(
    'SELECT id, messages FROM claim WHERE NOT (holder = ANY($1::text[])) ORDER BY id FOR UPDATE SKIP LOCKED',
    [live],
  );
  const claims = new HeldClaims();
  claims.know(rows);
  const held = rows.flatMap(({ id, messages }) => messages.map((message) => ({ claim: id, message })));
  await work.messages.load(held.map(({ message }) => message));
  let deliveries = 0;
  for (const { claim, message: id } of held.sort((a, b) => a.message - b.message)) {
    claims.release(claim, id);
    const message = work.messages.get(id);
    if (message === undefined) continue;
    deliveries += message.count;
    requeueInterrupted(work, message, PROCESS_ENDED, now);
  }
  claims.write(work.queries);
  return deliveries;
}

import { type Claim, type ClaimedMessage } from '../../model/message.js';
import { isStopped } from '../../model/suppression.js';
import { type ClaimRequest } from '../notification-store.js';
import { UNREADABLE } from '../stored-json.js';
import { type Candidate, type HeldScans, MAX_LOOKED_AT, unheld } from './claim-held.js';
import { claimedMessage } from './claimed-message.js';
import { writeClaim } from './claims.js';
import { idOf } from './keys.js';
import { type Message } from './message.js';
import { readyKey } from './places.js';
import { endUnreadable } from './settle.js';
import { type Work } from './work.js';

const NONE: ReadonlySet<string> = new Set();

/** Takes ready messages in the order of their stamps. One whose content cannot be read ends as dead, and the others go on. */
export async function claim(work: Work, request: ClaimRequest, scans: HeldScans): Promise<Claim> {
  const { now, leaseMs, limit, holds } = request;
  const messages: Message[] = [];
  const found =
    holds === undefined
      ? await takeFirst(work, request, messages)
      : await unheld(work, request, holds, scans, (candidates) => take(work, request, candidates, messages));
  if (messages.length === 0) return { token: work.context.publicId('c', 0), messages: [], ...found };
  const [number] = await work.tx.read([['HINCRBY', 'seq', 'c', 1]]);
  const claimed: ClaimedMessage[] = [];
  const token = await writeClaim(
    work,
    Number(number),
    now + leaseMs,
    messages.map(({ id }) => id),
  );
  for (const message of messages.slice(0, limit)) {
    message.state = 'sending';
    message.token = token;
    delete message.stamp;
    claimed.push(claimedMessage(work.context, message, work.deliveries.liveOf(message)));
  }
  return { token, messages: claimed, ...found };
}

async function takeFirst(work: Work, request: ClaimRequest, messages: Message[]): Promise<{ readonly more?: true }> {
  let after = 0;
  for (let room = request.limit; room > 0; room = request.limit - messages.length) {
    const candidates = await readyBehind(work, request, after, room);
    after += candidates.length;
    await take(work, request, candidates, messages);
    if (candidates.length < room) return {};
    if (after >= MAX_LOOKED_AT + request.limit) return { more: true };
  }
  return {};
}

/** Ready messages as they are stored, behind so many. */
export async function readyBehind(
  work: Work,
  { channel, lane }: ClaimRequest,
  after: number,
  limit: number,
): Promise<readonly Candidate[]> {
  const command = ['ZRANGE', readyKey(channel, lane), after, after + limit - 1, 'WITHSCORES'] as const;
  const [flat] = (await work.tx.read([command])) as readonly [readonly string[]];
  const found: Candidate[] = [];
  for (let at = 0; at + 1 < flat.length; at += 2) found.push({ id: idOf(flat[at] ?? ''), stamp: Number(flat[at + 1]) });
  return found;
}

/** Reads candidates and ends what has expired; what is left to be sent is added to `messages`. Returns how many were. */
async function take(
  work: Work,
  { now, requiredTypes = NONE }: ClaimRequest,
  candidates: readonly Candidate[],
  messages: Message[],
): Promise<number> {
  const loaded = (await work.messages.load(candidates.map(({ id }) => id))).filter(({ state }) => state === 'queued');
  await Promise.all([work.deliveries.loadOf(loaded), work.suppressed.load(loaded)]);
  let taken = 0;
  for (const message of loaded) {
    for (const delivery of work.deliveries.liveOf(message)) {
      const { expiresAt, priority, type } = delivery.content;
      const facts = { isCritical: priority === 'critical', isRequired: requiredTypes.has(type) };
      if (expiresAt !== undefined && expiresAt <= now) work.endAlone(message, delivery, 'expired', 'expired', now);
      else if (isStopped(work.suppressed.reasonsOf(message, now), facts)) {
        work.endAlone(message, delivery, 'cancelled', 'suppressed', now);
      }
    }
    if (message.count === 0) continue;
    const live = work.deliveries.liveOf(message);
    const damaged = live.length < message.count ? message.lastId : live.find(({ content }) => content === UNREADABLE)?.id;
    if (damaged === undefined) {
      messages.push(message);
      taken++;
    } else await endUnreadable(work, message, damaged, now);
  }
  return taken;
}

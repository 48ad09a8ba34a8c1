import { type AdvanceReport, type ClosedWindow } from '../notification-store.js';
import { closeWindow } from './close.js';
import { endAlone } from './end-alone.js';
import { HeldClaims } from './held-claims.js';
import { MESSAGE_STATE } from './rows.js';
import { LEASE_ENDED, requeueInterrupted } from './settle.js';
import { type Queries } from './transaction.js';
import { type Work } from './work.js';
import { leaveWindow } from './window-entries.js';

/** Windows that slide and are looked at again in one call. */
const RE_ARMED = 1_000;

interface Due {
  readonly kind: 'window' | 'ready' | 'lease' | 'expiry';
  readonly at: number;
  /** Of the message; of an expiry, of the delivery. */
  readonly id: number;
  /** The claim of a lease. */
  readonly claim: number | null;
}

/** Does what is due, oldest first, at most `limit` steps. What another instance is just doing is passed over. */
export async function advance(work: Work, now: number, limit: number): Promise<AdvanceReport> {
  const { queries } = work;
  const isAllArmed = (await rearm(queries, now)) < RE_ARMED;
  queries.send(
    'DELETE FROM allowance WHERE key IN (SELECT key FROM allowance WHERE until <= $1::bigint LIMIT 1000 FOR UPDATE SKIP LOCKED)',
    [now],
  );
  const dues = isAllArmed ? await duesOf(queries, now, limit) : [];
  const idsOf = (kind: Due['kind']): number[] => dues.flatMap((due) => (due.kind === kind ? [due.id] : []));
  await work.windows.lockIds(idsOf('window'), true);
  await work.messages.load([...idsOf('ready'), ...idsOf('lease')]);
  await holdExpiring(work, idsOf('expiry'));
  const claims = new HeldClaims();
  await claims.lock(queries, [...new Set(dues.flatMap(({ claim }) => claim ?? []))]);
  const closed: ClosedWindow[] = [];
  let expired = 0;
  for (const { kind, id, claim } of dues) {
    switch (kind) {
      case 'window': {
        const window = work.windows.byMessage(id);
        if (window !== undefined && window.dueAt <= now) closed.push(await closeWindow(work, window, 'time', now));
        break;
      }
      case 'ready':
        readyScheduled(work, id, now);
        break;
      case 'lease': {
        const message = work.messages.get(id);
        if (claim === null || !claims.holds(claim, id)) break;
        claims.release(claim, id);
        if (message !== undefined) requeueInterrupted(work, message, LEASE_ENDED, now);
        break;
      }
      case 'expiry':
        if (expire(work, id, now)) expired++;
        break;
    }
  }
  claims.write(queries);
  await work.writeRows();
  const next = await nextDue(queries);
  return { closed, expired, more: (dues.length > 0 || !isAllArmed) && next !== undefined && next <= now };
}

/** The time of the next due, or an earlier one. */
export async function nextDue(queries: Queries): Promise<number | undefined> {
  const [row] = await queries.query<{ readonly at: number | null }>(
    `SELECT least((SELECT min(look_at) FROM open_window), (SELECT min(ready_at) FROM scheduled), (SELECT min(lease_until) FROM claim),
       (SELECT min(at) FROM expiry)) AS at`,
  );
  return row?.at ?? undefined;
}

/** Windows that slid past the time at which they were to be looked at get a new one; returns how many did. */
function rearm(queries: Queries, now: number): Promise<number> {
  return queries.run(
    `UPDATE open_window w SET look_at = w.due_at FROM (
       SELECT key FROM open_window WHERE look_at <= $1::bigint AND look_at < due_at ORDER BY look_at LIMIT $2::integer FOR UPDATE SKIP LOCKED
     ) d WHERE w.key = d.key`,
    [now, RE_ARMED],
  );
}

/** The first that are due, locked, in their order; those of `scheduled` and `expiry` are taken out. */
async function duesOf(queries: Queries, now: number, limit: number): Promise<readonly Due[]> {
  const dues = await queries.query<Due>(
    `WITH w AS (SELECT due_at AS at, message AS id FROM open_window WHERE look_at <= $1::bigint AND due_at <= $1::bigint
         ORDER BY look_at, message LIMIT $2::integer FOR UPDATE SKIP LOCKED),
       r AS (SELECT ready_at AS at, id FROM scheduled WHERE ready_at <= $1::bigint ORDER BY ready_at, id LIMIT $2::integer FOR UPDATE SKIP LOCKED),
       l AS (SELECT lease_until AS at, id AS claim, messages FROM claim WHERE lease_until <= $1::bigint
         ORDER BY lease_until, id LIMIT $2::integer FOR UPDATE SKIP LOCKED),
       e AS (SELECT at, delivery AS id FROM expiry WHERE at <= $1::bigint ORDER BY at, delivery LIMIT $2::integer FOR UPDATE SKIP LOCKED)
     SELECT * FROM (
       SELECT 'window' AS kind, at, id, NULL::bigint AS claim FROM w UNION ALL SELECT 'ready', at, id, NULL FROM r
       UNION ALL SELECT 'lease', at, m.id, claim FROM l, unnest(l.messages) AS m (id) UNION ALL SELECT 'expiry', at, id, NULL FROM e
     ) d ORDER BY at, id LIMIT $2::integer`,
    [now, limit],
  );
  const expiries = dues.filter(({ kind }) => kind === 'expiry');
  if (expiries.length > 0) {
    queries.send(
      'DELETE FROM expiry e USING unnest($1::bigint[], $2::bigint[]) AS u (at, delivery) WHERE e.at = u.at AND e.delivery = u.delivery',
      [expiries.map(({ at }) => at), expiries.map(({ id }) => id)],
    );
  }
  return dues;
}

function readyScheduled(work: Work, id: number, now: number): void {
  const message = work.messages.get(id);
  work.queue.holdScheduled(id);
  // What of it expired before may have been all of it; a message that is lost waits for nothing.
  if (message === undefined) work.queue.remove(id);
  if (message?.state !== MESSAGE_STATE.queued) return;
  work.dequeue(message);
  work.enqueue(message, message.readyAt, now);
}

/** Locks where deliveries stand that expire. */
async function holdExpiring(work: Work, ids: readonly number[]): Promise<void> {
  if (ids.length === 0) return;
  const text = 'SELECT DISTINCT message AS id FROM delivery WHERE id = ANY($1::bigint[]) AND state = 0';
  const messages = (await work.queries.query<{ readonly id: number }>(text, [ids])).map(({ id }) => id);
  await work.windows.lockIds(messages);
  await work.queue.hold(messages);
  await work.messages.load(messages);
  await work.deliveries.load(ids);
}

function expire(work: Work, id: number, now: number): boolean {
  const entry = work.deliveries.get(id);
  if (entry === undefined || entry.state !== 0) return false;
  const window = work.windows.byMessage(entry.message);
  if (window !== undefined) {
    leaveWindow(work, window, entry, 'expired', now);
    return true;
  }
  const message = work.messages.get(entry.message);
  if (message === undefined || !work.queue.isHeld(message.id)) return false;
  if (endAlone(work, message, entry, 'expired', 'expired', now)) work.dequeue(message);
  return true;
}

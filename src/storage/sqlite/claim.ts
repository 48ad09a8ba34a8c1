import { type Claim, type ClaimedMessage, type MessageWindow } from '../../model/message.js';
import { type JsonValue } from '../../model/notification.js';
import { type ClaimRequest, type ExtendReport } from '../notification-store.js';
import { claimUnheld } from './claim-held.js';
import { unreadableFailure } from '../stored-json.js';
import { contentOf, parsed, UNREADABLE } from './content.js';
import { expire, stop } from './end-alone.js';
import { laneOf, type StoreState, mostUrgent } from './store-state.js';
import { DUE } from './number-heap.js';
import { type Candidate, type ReadyKind } from './ready-queue.js';
import { readyMessages, type ReadyRow } from './ready-rows.js';
import { type ClaimedRow, type DeliveryRow } from './rows.js';
import { endDead } from './settle.js';
import { stopsAt } from './suppressed-entries.js';
import { priorityAt, routeAt } from '../persisted.js';

const NONE: ReadonlySet<string> = new Set();

/** Takes ready messages in the order of their stamps. One whose content cannot be read ends as dead, and the others go on. */
export function claim(store: StoreState, request: ClaimRequest): Claim {
  const { channel, lane, holds } = request;
  const messages: ClaimedMessage[] = [];
  const ids: number[] = [];
  const claimId = store.nextClaim++;
  const take = (candidate: Candidate, row: ReadyRow | undefined): boolean => {
    const message = claimOne(store, request, candidate, row, claimId);
    if (message === undefined) return false;
    ids.push(candidate.id);
    messages.push(message);
    return true;
  };
  const read = (candidates: readonly Candidate[]) => readyMessages(store, candidates);
  // What an earlier claim passed over stands in another place.
  const isPlain = holds === undefined && store.ready.held(channel, lane).isEmpty;
  const more = isPlain ? claimFirst(store, request, read, take) : claimUnheld(store, request, read, take);
  if (ids.length > 0) store.db.sql('INSERT INTO claim (id, messages) VALUES (?, ?)').run(claimId, JSON.stringify(ids));
  const heldUntil = store.ready.held(channel, lane).nextAt;
  return {
    token: store.claimToken(claimId),
    messages,
    ...(more ? { more } : {}),
    ...(heldUntil === undefined ? {} : { heldUntil }),
  };
}

/** Takes what comes first, and reads it together. */
function claimFirst(
  store: StoreState,
  request: ClaimRequest,
  read: (candidates: readonly Candidate[]) => ReadonlyMap<number, ReadyRow>,
  take: (candidate: Candidate, row: ReadyRow | undefined) => boolean,
): false {
  const { channel, lane, limit } = request;
  const heap = store.ready.heap(channel, lane);
  for (let count = 0; count < limit && heap.size > 0;) {
    const candidates: Candidate[] = [];
    for (let room = limit - count; room > 0 && heap.size > 0; room--) {
      candidates.push({ id: heap.peekId(), kind: heap.peekTag() as ReadyKind });
      heap.pop();
    }
    const rows = read(candidates);
    for (const candidate of candidates) if (take(candidate, rows.get(candidate.id))) count++;
  }
  return false;
}

/** Prolongs the leases of claims; leases are in memory, so that nothing is written. */
export function extend(store: StoreState, tokens: readonly string[], until: number): ExtendReport {
  return { lost: tokens.filter((token) => !store.claims.extend(store.claimIdOf(token), until)) };
}

/** Makes a ready message one that is being sent; undefined when it ended meanwhile. */
function claimOne(
  store: StoreState,
  { channel, lane, now, leaseMs, requiredTypes = NONE }: ClaimRequest,
  { id, kind }: Candidate,
  row: ReadyRow | undefined,
  claimId: number,
): ClaimedMessage | undefined {
  // One that ended while it waited was taken off the counts then.
  if (row === undefined || store.claims.has(id) || store.scheduled.has(id)) return undefined;
  store.ready.left(channel, lane, kind, row);
  const entries = row.newest_prev === 0 && row.newest_state === 0 ? [newest(row)] : store.entries(row.id, row.tail);
  const unexpired = entries.filter((entry) => entry.expires_at === null || entry.expires_at > now);
  for (const entry of missing(store, entries, unexpired)) expire(store, row, entry, now);
  const stops = stopsAt(store, row, requiredTypes, now);
  const live = stops === undefined ? unexpired : unexpired.filter((entry) => !stops(entry));
  for (const entry of missing(store, unexpired, live)) stop(store, row, entry, now);
  if (live.length === 0) return undefined;
  const current: ClaimedRow = live.length === row.count ? row : { ...row, count: live.length };
  const message = messageOf(store, current, live);
  const damaged = message.entries.find(({ content }) => content === UNREADABLE);
  if (damaged !== undefined) {
    endDead(store, current, 'queued', row.attempts, unreadableFailure(damaged.deliveryId), now);
    store.countUnreadable(live.length);
    return undefined;
  }
  store.count(current, 'queued', 'sending');
  store.due.push(now + leaseMs, id, DUE.lease);
  store.claims.hold({ row: current, claimId, dueAt: now + leaseMs }, now + leaseMs);
  return message;
}

/** Those of some entries that are not among others. */
function missing(store: StoreState, all: readonly Entry[], kept: readonly Entry[]): readonly DeliveryRow[] {
  if (kept.length === all.length) return [];
  return all.filter((entry) => !kept.includes(entry)).flatMap(({ id }) => store.delivery(id) ?? []);
}

type Entry = Pick<DeliveryRow, 'id' | 'at' | 'expires_at' | 'json' | 'priority'>;

function newest(row: ReadyRow): Entry {
  return { id: row.tail, priority: row.newest_priority, at: row.newest_at, expires_at: row.newest_expires_at, json: row.json };
}

/** A message with the entries that are still live. */
export function messageOf(store: StoreState, row: ClaimedRow, entries: readonly Entry[]): ClaimedMessage {
  const policy = store.policy(row.policy);
  const window = windowOf(row);
  const progress = parsed(row.progress) as JsonValue | undefined;
  return {
    messageId: store.publicId('m', row.id),
    channel: row.channel,
    address: row.address,
    type: row.type,
    priority: priorityAt(mostUrgent(entries)),
    lane: laneOf(row.priority),
    attempt: row.attempts + 1,
    openedAt: row.opened_at,
    queuedAt: row.queued_at ?? row.opened_at,
    entries: entries.map((entry) => ({
      deliveryId: store.publicId('d', entry.id),
      route: routeAt(row.route),
      acceptedAt: entry.at,
      content: contentOf(entry),
    })),
    ...(policy === undefined ? {} : { policy }),
    ...(window === undefined ? {} : { window }),
    ...(progress === undefined ? {} : { progress }),
  };
}

function windowOf({
  opened_at: openedAt,
  due_at: dueAt,
  closed_at: closedAt,
  closed_by: closedBy,
}: ClaimedRow): MessageWindow | undefined {
  if (dueAt === null) return undefined;
  return { openedAt, dueAt, ...(closedAt === null || closedBy === null ? {} : { closedAt, closedBy }) };
}

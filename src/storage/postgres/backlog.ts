import { type BacklogPolicy } from '../../model/backlog.js';
import { collapseGroups, collapseScope } from '../../model/decisions/backlog.js';
import { backlogCursor, backlogPhase } from '../backlog-phase.js';
import { type BacklogReport, type ClosedWindow, type Slice, type Sliced } from '../notification-store.js';
import { ROUTE_NUMBER } from '../persisted.js';
import { sliceCursor, sliceRange } from '../slice-cursor.js';
import { closeWindow } from './close.js';
import { contentOf, typeOf } from './content.js';
import { endAlone } from './end-alone.js';
import { windowSlice } from './flush.js';
import { endMessage } from './gather-queued.js';
import { type Delivery, type Message, MESSAGE_STATE } from './rows.js';
import { leaveWindow } from './window-entries.js';
import { type Work } from './work.js';

const NOTHING = { closed: [], collapsed: 0, messages: 0, expired: 0 } as const;

/** Does with what was due before `before` as the policy says: first with windows, then with queued messages. */
export async function clearBacklog(
  work: Work,
  policy: Exclude<BacklogPolicy, 'send'>,
  before: number,
  slice: Slice,
): Promise<Sliced<BacklogReport>> {
  const { phase, cursor } = backlogPhase(slice.cursor);
  const { limit, now } = slice;
  const part = { limit, now, ...(cursor === undefined ? {} : { cursor }) };
  return phase === 'windows' ? clearWindows(work, policy, before, part) : clearMessages(work, policy, before, part);
}

async function clearWindows(
  work: Work,
  policy: 'collapse' | 'expire',
  before: number,
  slice: Slice,
): Promise<Sliced<BacklogReport>> {
  const { now } = slice;
  const { windows, next } = await windowSlice(work, slice, 'due_at < $2::bigint', [before]);
  const overdue = windows.filter(({ dueAt }) => dueAt < before);
  const following = { next: next.next === undefined ? backlogCursor('messages') : backlogCursor('windows', next.next) };
  if (policy === 'expire') {
    const live = await work.liveOf(overdue);
    let expired = 0;
    for (const window of overdue) {
      for (const entry of live.get(window.id) ?? []) {
        leaveWindow(work, window, entry, 'expired', now);
        expired++;
      }
    }
    return { ...NOTHING, expired, ...following };
  }
  const closed: ClosedWindow[] = [];
  for (const window of overdue) {
    closed.push(await closeWindow(work, window, 'time', now, { shape: 'digest', queuedAt: window.dueAt }));
  }
  return { ...NOTHING, closed, ...following };
}

async function clearMessages(
  work: Work,
  policy: 'collapse' | 'expire',
  before: number,
  slice: Slice,
): Promise<Sliced<BacklogReport>> {
  const { limit, now, cursor } = slice;
  const { after, until } = sliceRange(cursor, await newestQueued(work));
  const rows = await work.queries.query<{ readonly id: number }>(
    `SELECT m.id FROM (SELECT id FROM ready UNION ALL SELECT id FROM scheduled) AS q JOIN message m ON m.id = q.id
     WHERE m.id > $1::bigint AND m.id <= $2::bigint AND m.queued_at < $3::bigint ORDER BY m.id LIMIT $4::integer`,
    [after, until, before, limit + 1],
  );
  const ids = rows.slice(0, limit).map(({ id }) => id);
  const last = ids.at(-1);
  const following =
    last === undefined || rows.length <= limit ? {} : { next: backlogCursor('messages', sliceCursor(last, until)) };
  if (policy === 'expire') {
    const messages = await heldMessages(work, ids);
    const live = await work.liveOf(messages);
    let expired = 0;
    for (const message of messages) {
      for (const entry of live.get(message.id) ?? []) {
        if (endAlone(work, message, entry, 'expired', 'expired', now)) work.dequeue(message);
        expired++;
      }
    }
    return { ...NOTHING, expired, ...following };
  }
  let [collapsed, messages] = [0, 0];
  for (const id of ids) {
    const done = await collapse(work, id, before, until, limit, now);
    collapsed += done;
    if (done > 0) messages++;
  }
  return { ...NOTHING, collapsed, messages, ...following };
}

/** Makes a digest of a message and those among the next of its address that may join it. Returns how many deliveries it is of. */
async function collapse(work: Work, id: number, before: number, until: number, limit: number, now: number): Promise<number> {
  const [first] = await heldMessages(work, [id]);
  if (first === undefined) return 0;
  await work.writeRows();
  const rows = await work.queries.query<{ readonly id: number }>(
    'SELECT id FROM message WHERE address = $1 AND channel = $2 AND id >= $3::bigint AND id <= $4::bigint ORDER BY id LIMIT $5::integer',
    [first.address, first.channel, id, until, limit],
  );
  const overdue = (
    await heldMessages(
      work,
      rows.map((row) => row.id),
    )
  ).filter(({ queuedAt }) => queuedAt < before);
  const live = await work.liveOf(overdue);
  const facts = overdue.map((message) => {
    const entries = live.get(message.id) ?? [];
    const [entry] = entries;
    const { channel, address, rank, attempts } = message;
    return { channel, address, rank, attempts, message, entries, scope: entry && collapseScope(contentOf(entry.json)) };
  });
  const group = collapseGroups(facts).find((members) => members.some(({ message }) => message.id === id)) ?? [];
  return join(work, group, now);
}

interface Member {
  readonly message: Message;
  readonly entries: readonly Delivery[];
}

/** Makes one digest of messages of one address. */
async function join(work: Work, group: readonly Member[], now: number): Promise<number> {
  const entries = group
    .flatMap(({ message, entries: own }) => own.map((entry) => ({ entry, from: message, type: typeOf(entry.json, message) })))
    .sort((a, b) => a.entry.id - b.entry.id);
  const [first] = entries;
  if (first === undefined) return 0;
  const types = new Map<string, number>();
  for (const { type } of entries) types.set(type, (types.get(type) ?? 0) + 1);
  const expiries = entries.flatMap(({ entry }) => entry.expiresAt ?? []);
  const digest: Message = {
    ...first.from,
    id: await work.ids.take(),
    state: MESSAGE_STATE.queued,
    route: ROUTE_NUMBER.aggregate,
    rank: Math.min(...group.map(({ message }) => message.rank)),
    attempts: 0,
    count: entries.length,
    types,
    type: first.type,
    policy: null,
    replay: null,
    first: first.entry.id,
    last: entries.at(-1)?.entry.id ?? first.entry.id,
    openedAt: Math.min(...group.map(({ message }) => message.openedAt)),
    updatedAt: now,
    queuedAt: now,
    expiresAt: expiries.length === 0 ? null : Math.min(...expiries),
    sendBy: null,
    dueAt: null,
    closedAt: null,
    closedBy: null,
    sequence: null,
    errors: null,
    answer: null,
    progress: null,
  };
  work.messages.add(digest);
  for (const { entry, from, type } of entries) {
    work.deliveries.move(entry, digest.id);
    work.counts.add(from.channel, type, from.route, 'queued', -1);
    work.counts.add(digest.channel, type, digest.route, 'queued', 1);
  }
  for (const { message } of group) {
    work.dequeue(message);
    endMessage(work, message, now);
  }
  work.enqueue(digest, now, now);
  return entries.length;
}

/** Messages that are in the queue, locked, in the order of their ids. */
async function heldMessages(work: Work, ids: readonly number[]): Promise<readonly Message[]> {
  await work.queue.hold(ids);
  await work.messages.load(ids);
  return ids.flatMap((id) => {
    const message = work.messages.get(id);
    return message !== undefined && work.queue.isHeld(id) && message.state === MESSAGE_STATE.queued ? [message] : [];
  });
}

async function newestQueued({ queries }: Work): Promise<number> {
  const [row] = await queries.query<{ readonly id: number | null }>(
    'SELECT greatest((SELECT max(id) FROM ready), (SELECT max(id) FROM scheduled)) AS id',
  );
  return row?.id ?? 0;
}

import { type BacklogPolicy } from '../../model/backlog.js';
import { collapseGroups, collapseScope } from '../../model/decisions/backlog.js';
import { backlogCursor, backlogPhase } from '../backlog-phase.js';
import { type BacklogReport, type ClosedWindow, type Slice, type Sliced } from '../notification-store.js';
import { sliceCursor, sliceRange } from '../slice-cursor.js';
import { closeWindow, endOfEntries } from './close.js';
import { ADDRESS_END, padded } from './keys.js';
import { type Delivery, type Message } from './message.js';
import { newMessage } from './new-message.js';
import { type RowReader } from './read-rows.js';
import { MOST_CHANGED, windowSlice } from './window-slice.js';
import { type Work } from './work.js';

const NOTHING = { closed: [], collapsed: 0, messages: 0, expired: 0 } as const;
/** Rows of messages that one call looks at. */
const LOOKED_AT = 2_000;

/** Does with what was due before `before` as the policy says: first with windows, then with queued messages. */
export async function clearBacklog(
  work: Work,
  reader: RowReader,
  policy: Exclude<BacklogPolicy, 'send'>,
  before: number,
  slice: Slice,
): Promise<Sliced<BacklogReport>> {
  const { phase, cursor } = backlogPhase(slice.cursor);
  const { limit, now } = slice;
  const part = { limit, now, ...(cursor === undefined ? {} : { cursor }) };
  return phase === 'windows'
    ? clearWindows(work, reader, policy, before, part)
    : clearMessages(work, reader, policy, before, part);
}

async function clearWindows(
  work: Work,
  reader: RowReader,
  policy: 'collapse' | 'expire',
  before: number,
  slice: Slice,
): Promise<Sliced<BacklogReport>> {
  const { now } = slice;
  const { windows, next } = await windowSlice(work, reader, slice, ({ times }) => times.dueAt < before);
  const following = { next: next.next === undefined ? backlogCursor('messages') : backlogCursor('windows', next.next) };
  if (policy === 'expire') return { ...NOTHING, expired: await expireAll(work, windows, now), ...following };
  const closed: ClosedWindow[] = [];
  for (const window of windows) {
    closed.push(await closeWindow(work, window, 'time', now, { shape: 'digest', queuedAt: window.times.dueAt }));
  }
  return { ...NOTHING, closed, ...following };
}

async function expireAll(work: Work, messages: readonly Message[], now: number): Promise<number> {
  await work.deliveries.loadOf(messages);
  let expired = 0;
  for (const message of messages) {
    for (const delivery of work.deliveries.liveOf(message)) {
      work.endAlone(message, delivery, 'expired', 'expired', now);
      expired++;
    }
  }
  return expired;
}

async function clearMessages(
  work: Work,
  reader: RowReader,
  policy: 'collapse' | 'expire',
  before: number,
  slice: Slice,
): Promise<Sliced<BacklogReport>> {
  const { now, cursor } = slice;
  const limit = Math.min(slice.limit, MOST_CHANGED);
  const { after, until } = sliceRange(cursor, await reader.newest('m'));
  const { ids, last, more } = await overdueBehind(reader, after, until, before, limit);
  const following = more ? { next: backlogCursor('messages', sliceCursor(last, until)) } : {};
  await work.messages.load(ids);
  if (policy === 'expire') {
    const overdue = (await work.messages.load(ids)).filter((message) => isOverdue(message, before));
    return { ...NOTHING, expired: await expireAll(work, overdue, now), ...following };
  }
  let [collapsed, messages] = [0, 0];
  for (const id of ids) {
    const done = await collapse(work, id, before, until, limit, now);
    collapsed += done;
    if (done > 0) messages++;
  }
  return { ...NOTHING, collapsed, messages, ...following };
}

/** Queued messages that were due before, in the order of their ids: rows are looked at one after another. */
async function overdueBehind(
  reader: RowReader,
  after: number,
  until: number,
  before: number,
  limit: number,
): Promise<{ readonly ids: readonly number[]; readonly last: number; readonly more: boolean }> {
  const ids: number[] = [];
  let last = after;
  for (let looked = 0; last < until; looked += MOST_CHANGED) {
    if (looked >= LOOKED_AT) return { ids, last, more: true };
    const part = Array.from({ length: Math.min(MOST_CHANGED, until - last) }, (_, index) => last + index + 1);
    for (const message of await reader.messages(part)) {
      if (!isOverdue(message, before)) continue;
      if (ids.length === limit) return { ids, last, more: true };
      ids.push(message.id);
      last = message.id;
    }
    last = part.at(-1) ?? until;
  }
  return { ids, last, more: false };
}

function isOverdue({ state, queuedAt }: Message, before: number): boolean {
  return state === 'queued' && queuedAt < before;
}

interface Member {
  readonly message: Message;
  readonly entries: readonly Delivery[];
}

/** Makes a digest of a message and those among the next of its address that may join it. Returns how many deliveries it is of. */
async function collapse(work: Work, id: number, before: number, until: number, limit: number, now: number): Promise<number> {
  const first = work.messages.get(id);
  if (first === undefined || !isOverdue(first, before)) return 0;
  const { channel, address } = first;
  const start = `${address}${ADDRESS_END}p`;
  const range = { by: 'lex', min: `[${start}${padded(id)}`, max: `[${start}${padded(until)}`, limit } as const;
  const ids = await work.messages.inSet(`at:${channel}`, range);
  const overdue = (await work.messages.load(ids)).filter((message) => isOverdue(message, before));
  await work.deliveries.loadOf(overdue);
  const facts = overdue.map((message) => {
    const entries = work.deliveries.liveOf(message);
    const [entry] = entries;
    const { rank, attempts } = message;
    return { channel, address, rank, attempts, message, entries, scope: entry && collapseScope(entry.content) };
  });
  const group = collapseGroups(facts).find((members) => members.some(({ message }) => message.id === id)) ?? [];
  return join(work, group, now);
}

/** Makes one digest of messages of one address. */
async function join(work: Work, group: readonly Member[], now: number): Promise<number> {
  const entries = group
    .flatMap(({ message, entries: own }) => own.map((delivery) => ({ delivery, from: message })))
    .sort((a, b) => a.delivery.id - b.delivery.id);
  const [first] = entries;
  if (first === undefined) return 0;
  const { channel, address } = first.from;
  const digest = await work.messages.add(await newMessage(work, channel, address, first.delivery.content.type, 'aggregate', now));
  digest.openedAt = Math.min(...group.map(({ message }) => message.openedAt));
  digest.rank = Math.min(...group.map(({ message }) => message.rank));
  for (const { delivery, from } of entries) {
    work.leave(from, delivery);
    delivery.message = digest.id;
    work.deliveries.touch(delivery);
    work.deliveries.append(digest, delivery);
    work.enter(digest, delivery);
    digest.lastId = delivery.id;
    digest.lastAt = delivery.acceptedAt;
    if (delivery.content.expiresAt !== undefined) digest.expires = true;
  }
  for (const { message } of group) {
    endOfEntries(work, message);
    message.updatedAt = now;
  }
  work.queue(digest, now, now);
  return entries.length;
}

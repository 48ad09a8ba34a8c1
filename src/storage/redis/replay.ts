import {
  type DeadFilter,
  type DismissReport,
  type ReplayProgress,
  type ReplayReport,
  type Slice,
  type Sliced,
} from '../notification-store.js';
import { rowCursor, sliceCursor } from '../slice-cursor.js';
import { iso } from '../stored-views.js';
import { deadBelow, isWantedMessage } from './dead.js';
import { type Message } from './message.js';
import { type RowReader } from './read-rows.js';
import { MOST_CHANGED } from './window-slice.js';
import { type Work } from './work.js';

/** Replays that are remembered. */
const KEPT_REPLAYS = 1_000;

/** Puts whole dead messages back in the queue, newest first. The cursor is the last one handled, and the replay. */
export async function replay(work: Work, reader: RowReader, filter: DeadFilter, slice: Slice): Promise<Sliced<ReplayReport>> {
  const { now, cursor } = slice;
  const [below, recorded] = cursor === undefined ? [Infinity, 0] : rowCursor(cursor);
  const { messages, last } = await deadSlice(work, reader, filter, below, slice.limit);
  const replayId = recorded === 0 && messages.length > 0 ? await record(work, now) : recorded;
  let replayed = 0;
  for (const message of messages) {
    message.attempts = 0;
    message.queuedAt = now;
    message.updatedAt = now;
    message.replay = replayId;
    delete message.dismissedAt;
    replayed += message.count;
    await work.requeue(message, now, now);
  }
  return { replayed, ...(last === undefined ? {} : { next: sliceCursor(last, replayId) }) };
}

/** Hides dead messages, newest first. */
export async function dismiss(work: Work, reader: RowReader, filter: DeadFilter, slice: Slice): Promise<Sliced<DismissReport>> {
  const { now, cursor } = slice;
  const below = cursor === undefined ? Infinity : rowCursor(cursor)[0];
  const { messages, last } = await deadSlice(work, reader, filter, below, slice.limit);
  const hidden = messages.filter(({ dismissedAt }) => dismissedAt === undefined);
  for (const message of hidden) message.dismissedAt = now;
  const dismissed = hidden.reduce((sum, { count }) => sum + count, 0);
  return { dismissed, ...(last === undefined ? {} : { next: sliceCursor(last, 0) }) };
}

/** How far the last replays are, newest first; what was replayed again counts there. */
export async function replays(reader: RowReader, limit: number): Promise<readonly ReplayProgress[]> {
  const [flat, ats] = (await reader.read([
    ['HGETALL', 'rp'],
    ['HGETALL', 'rpt'],
  ])) as readonly [readonly string[], readonly string[]];
  const [counts, times] = [mapOf(flat), mapOf(ats)];
  const ids = [...times.keys()]
    .map(Number)
    .sort((a, b) => b - a)
    .slice(0, limit);
  return ids.flatMap((id) => {
    const of = (what: string): number => Number(counts.get(`${id} ${what}`) ?? 0);
    if (of('messages') === 0) return [];
    const [deliveries, delivered, dead] = [of('all'), of('delivered'), of('dead')];
    const at = iso(Number(times.get(String(id))?.split('|').at(-1) ?? 0));
    return [{ id: String(id), at, deliveries, delivered, dead, pending: deliveries - delivered - dead }];
  });
}

export function mapOf(flat: readonly string[]): ReadonlyMap<string, string> {
  const map = new Map<string, string>();
  for (let at = 0; at + 1 < flat.length; at += 2) map.set(flat[at] ?? '', flat[at + 1] ?? '');
  return map;
}

/** The dead that a slice handles; `last` is where the next one goes on. Without ids what was dismissed is passed over. */
async function deadSlice(
  work: Work,
  reader: RowReader,
  filter: DeadFilter,
  below: number,
  limit: number,
): Promise<{ readonly messages: readonly Message[]; readonly last?: number }> {
  const { ids } = filter;
  const most = Math.min(limit, MOST_CHANGED);
  const isWanted = (message: Message): boolean =>
    message.state === 'dead' && isWantedMessage(message, filter) && (ids !== undefined || message.dismissedAt === undefined);
  if (ids === undefined) {
    const { found, more } = await deadBelow(reader, below, most);
    const wanted = found.filter(isWanted).map(({ id }) => id);
    const last = found.at(-1)?.id;
    return { messages: (await work.messages.load(wanted)).filter(isWanted), ...(more && last !== undefined ? { last } : {}) };
  }
  const deliveries = await reader.deliveries(ids.map((id) => work.context.privateId('d', id)).filter((id) => id > 0));
  const live = [...deliveries.values()].filter(({ ended }) => ended === undefined);
  const named = [...new Set(live.map(({ message }) => message))].filter((id) => id < below).sort((a, b) => b - a);
  const looked = named.slice(0, most);
  const last = looked.at(-1);
  const messages = (await work.messages.load(looked)).filter(isWanted);
  return { messages, ...(named.length > most && last !== undefined ? { last } : {}) };
}

/** Numbers without a hole: one at a time is recorded. */
async function record({ tx }: Work, now: number): Promise<number> {
  const id = Number((await tx.get('meta', 'replays')) ?? 0) + 1;
  tx.put('meta', 'replays', String(id));
  tx.write('HSET', 'rpt', id, now);
  if (id > KEPT_REPLAYS) tx.write('HDEL', 'rpt', id - KEPT_REPLAYS);
  return id;
}

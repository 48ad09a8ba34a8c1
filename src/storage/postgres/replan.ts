import { decidePlanChange, type Replanner, type WaitingDelivery } from '../../model/decisions/plan-change.js';
import {
  type ClosedWindow,
  type Page,
  type PageRequest,
  type ReplanReport,
  type Slice,
  type Sliced,
} from '../notification-store.js';
import { badCursor, pageLimit, RECENT_MESSAGES } from '../page.js';
import { sliceCursor, sliceRange } from '../slice-cursor.js';
import { closeWindow } from './close.js';
import { contentOf, typeOf } from './content.js';
import { endAlone } from './end-alone.js';
import { type Delivery, MESSAGE_STATE, type OpenWindow } from './rows.js';
import { type Queries } from './transaction.js';
import { leaveWindow } from './window-entries.js';
import { setTimes } from './window-set.js';
import { type Work } from './work.js';

/** Plans what waits for a recipient again: see the port. Queued messages are in the first slice. */
export async function replan(
  work: Work,
  address: string,
  channels: readonly string[],
  replanner: Replanner,
  slice: Slice,
): Promise<Sliced<ReplanReport>> {
  const { limit, cursor, now } = slice;
  const { after, until } = sliceRange(cursor, Number.MAX_SAFE_INTEGER);
  const rows = await work.queries.query<{ readonly id: number }>(
    `SELECT message AS id FROM open_window WHERE address = $1 AND channel = ANY($2::text[]) AND message > $3::bigint AND message <= $4::bigint
     ORDER BY message LIMIT $5::integer`,
    [address, channels, after, until, limit + 1],
  );
  const ids = rows.slice(0, limit).map(({ id }) => id);
  await work.windows.lockIds(ids);
  const closed: ClosedWindow[] = [];
  let [moved, unchanged] = [0, 0];
  let cancelled = cursor === undefined ? await cancelQueued(work, address, channels, replanner, now) : 0;
  for (const id of ids) {
    const window = work.windows.byMessage(id);
    if (window === undefined) continue;
    cancelled += await cancelUnwanted(work, window, replanner, now);
    if (window.count === 0) continue;
    const change = decidePlanChange(window, [...window.types.keys()], window.lastAt, replanner, now);
    const dueBefore = window.dueAt;
    if (change.action === 'change') {
      window.policy = change.policy;
      setTimes(window, change.times);
      work.windows.touch(window);
    }
    if (change.action === 'change' && change.closes !== undefined) {
      closed.push(await closeWindow(work, window, 'preferences_changed', now, { shape: change.closes }));
    } else if (window.dueAt === dueBefore) unchanged++;
    else moved++;
  }
  const last = ids.at(-1);
  const next = last === undefined || rows.length <= limit ? {} : { next: sliceCursor(last, until) };
  return { closed, moved, unchanged, cancelled, ...next };
}

/** `user:` addresses that have open windows, by the windows' ids. */
export async function waitingRecipients(queries: Queries, { limit, cursor }: PageRequest): Promise<Page<string>> {
  const after = cursor === undefined ? 0 : Number(cursor);
  if (!Number.isSafeInteger(after)) throw badCursor(cursor ?? '');
  const most = pageLimit(limit);
  const rows = await queries.query<{ readonly id: number; readonly address: string }>(
    `SELECT message AS id, address FROM open_window WHERE message > $1::bigint AND address LIKE 'user:%' ORDER BY message LIMIT $2::integer`,
    [after, most],
  );
  const last = rows.at(-1);
  const items = [...new Set(rows.map(({ address }) => address))];
  return { items, ...(last === undefined || rows.length < most ? {} : { next: String(last.id) }) };
}

/** Takes out the entries of a window that no longer come; the last one ends the window. */
async function cancelUnwanted(work: Work, window: OpenWindow, replanner: Replanner, now: number): Promise<number> {
  const { channel, groupKey } = window;
  const reasonOf = (type: string) => replanner.cancels({ type, channel, groupKey });
  const asks = replanner.cancelsDelivery !== undefined;
  if (!asks && [...window.types.keys()].every((type) => reasonOf(type) === undefined)) return 0;
  let cancelled = 0;
  for (const entry of (await work.liveOf([window])).get(window.id) ?? []) {
    const reason = reasonOf(typeOf(entry.json, window)) ?? replanner.cancelsDelivery?.(waitingOf(work, entry));
    if (reason === undefined) continue;
    leaveWindow(work, window, entry, 'cancelled', now, reason);
    cancelled++;
  }
  return cancelled;
}

function waitingOf({ context }: Work, { id, notification, at, json }: Delivery): WaitingDelivery {
  return {
    deliveryId: context.publicId('d', id),
    notificationId: context.publicId('n', notification ?? id),
    acceptedAt: at,
    content: contentOf(json),
  };
}

async function cancelQueued(
  work: Work,
  address: string,
  channels: readonly string[],
  replanner: Replanner,
  now: number,
): Promise<number> {
  const rows = await work.queries.query<{ readonly id: number }>(
    `SELECT m.id FROM unnest($2::text[]) AS c (channel) CROSS JOIN LATERAL
       (SELECT id, state FROM message WHERE address = $1 AND message.channel = c.channel ORDER BY id DESC LIMIT $3::integer) AS m
     WHERE m.state = ${MESSAGE_STATE.queued} ORDER BY m.id`,
    [address, channels, RECENT_MESSAGES],
  );
  if (rows.length === 0) return 0;
  await work.queue.hold(rows.map(({ id }) => id));
  const held = rows.map(({ id }) => id).filter((id) => work.queue.isHeld(id));
  await work.messages.load(held);
  const messages = held.flatMap((id) => work.messages.get(id) ?? []);
  const live = await work.liveOf(messages);
  let cancelled = 0;
  for (const message of messages) {
    for (const entry of live.get(message.id) ?? []) {
      // Every attempt sends the same digest.
      if (message.attempts > 0 && message.count > 1) break;
      const { type, groupKey } = contentOf(entry.json);
      const subject = { type, channel: message.channel, groupKey };
      const reason = replanner.cancels(subject) ?? replanner.cancelsDelivery?.(waitingOf(work, entry));
      if (reason === undefined) continue;
      if (endAlone(work, message, entry, 'cancelled', reason, now)) work.dequeue(message);
      cancelled++;
    }
  }
  return cancelled;
}

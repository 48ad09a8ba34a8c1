import { isStopped } from '../../model/suppression.js';
import { type CancelReport, type Slice, type Sliced } from '../notification-store.js';
import { PRIORITY_NUMBER } from '../persisted.js';
import { sliceCursor, sliceRange } from '../slice-cursor.js';
import { typeOf } from './content.js';
import { endAlone } from './end-alone.js';
import { type Delivery, type Holder, type Message, MESSAGE_STATE, type OpenWindow } from './rows.js';
import { leaveWindow } from './window-entries.js';
import { type Work } from './work.js';

/** Whether an entry is stopped, because the address of its holder, which was loaded, is suppressed. */
export function isStoppedAt(
  work: Work,
  holder: Pick<Holder, 'channel' | 'address' | 'type' | 'types'>,
  entry: Pick<Delivery, 'json' | 'rank'>,
  requiredTypes: ReadonlySet<string>,
  now: number,
): boolean {
  const reasons = work.suppressed.reasonsOf(holder, now);
  if (reasons.length === 0) return false;
  const isRequired = requiredTypes.has(typeOf(entry.json, holder));
  return isStopped(reasons, { isCritical: entry.rank === PRIORITY_NUMBER.critical, isRequired });
}

/** Cancels what waits for an address that is suppressed. The cursor is the last message looked at. */
export async function cancelSuppressed(
  work: Work,
  channel: string,
  address: string,
  requiredTypes: ReadonlySet<string>,
  slice: Slice,
): Promise<Sliced<CancelReport>> {
  const { limit, now, cursor } = slice;
  const { queries } = work;
  const { after, until } = sliceRange(cursor, await newest(work, channel, address));
  const rows = await queries.query<{ readonly id: number }>(
    `SELECT id FROM (SELECT id FROM message WHERE address = $1 AND channel = $2 AND state = ${MESSAGE_STATE.queued} UNION ALL
       SELECT message FROM open_window WHERE address = $1 AND channel = $2) AS m
     WHERE id > $3::bigint AND id <= $4::bigint ORDER BY id LIMIT $5::integer`,
    [address, channel, after, until, limit + 1],
  );
  const ids = rows.slice(0, limit).map(({ id }) => id);
  await work.windows.lockIds(ids);
  await work.queue.hold(ids);
  await work.messages.load(ids);
  await work.suppressed.load([{ channel, address }]);
  let [cancelled, kept] = [0, 0];
  for (const id of ids) {
    const window = work.windows.byMessage(id);
    const message = work.messages.get(id);
    if (window !== undefined) {
      const stopped = await stoppedOf(work, window, requiredTypes, now);
      for (const entry of stopped) leaveWindow(work, window, entry, 'cancelled', now, 'suppressed');
      cancelled += stopped.length;
    } else if (message?.state === MESSAGE_STATE.queued) {
      if (work.queue.isHeld(id)) cancelled += await stopMessage(work, message, requiredTypes, now);
      else kept += message.count;
    }
  }
  const last = ids.at(-1);
  return { cancelled, kept, ...(last === undefined || rows.length <= limit ? {} : { next: sliceCursor(last, until) }) };
}

async function stopMessage(work: Work, message: Message, requiredTypes: ReadonlySet<string>, now: number): Promise<number> {
  const stopped = await stoppedOf(work, message, requiredTypes, now);
  for (const entry of stopped) {
    if (endAlone(work, message, entry, 'cancelled', 'suppressed', now)) work.dequeue(message);
  }
  return stopped.length;
}

async function stoppedOf(
  work: Work,
  holder: OpenWindow | Message,
  requiredTypes: ReadonlySet<string>,
  now: number,
): Promise<readonly Delivery[]> {
  const live = (await work.liveOf([holder])).get(holder.id) ?? [];
  return live.filter((entry) => isStoppedAt(work, holder, entry, requiredTypes, now));
}

async function newest({ queries }: Work, channel: string, address: string): Promise<number> {
  const [row] = await queries.query<{ readonly id: number | null }>(
    `SELECT greatest((SELECT max(id) FROM message WHERE address = $1 AND channel = $2),
       (SELECT max(message) FROM open_window WHERE address = $1 AND channel = $2)) AS id`,
    [address, channel],
  );
  return row?.id ?? 0;
}

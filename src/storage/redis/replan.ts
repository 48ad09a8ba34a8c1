import { decidePlanChange, type Replanner } from '../../model/decisions/plan-change.js';
import { type ClosedWindow, type ReplanReport, type Slice, type Sliced } from '../notification-store.js';
import { RECENT_MESSAGES } from '../page.js';
import { sliceCursor, sliceRange } from '../slice-cursor.js';
import { refusalOf } from './cancel.js';
import { closeWindow, factsOf } from './close.js';
import { isWindow, type Message, type OpenWindow } from './message.js';
import { type RowReader } from './read-rows.js';
import { MOST_CHANGED } from './window-slice.js';
import { type Work } from './work.js';

/** Messages of an address that are looked at for its windows. */
const MOST_PENDING = 10_000;

/** Plans what waits for a recipient again: see the port. Queued messages are in the first slice. */
export async function replan(
  work: Work,
  reader: RowReader,
  address: string,
  channels: readonly string[],
  replanner: Replanner,
  slice: Slice,
): Promise<Sliced<ReplanReport>> {
  const { cursor, now } = slice;
  const { after, until } = sliceRange(cursor, await reader.newest('m'));
  const ofChannels = channels.map((channel) => reader.ofAddress(channel, address, 'p', { until, limit: MOST_PENDING }));
  const pending = (await Promise.all(ofChannels)).flat().sort((a, b) => a - b);
  const found = await reader.messages(pending);
  const most = Math.min(slice.limit, MOST_CHANGED);
  const open = found.filter((message) => isWindow(message) && message.id > after).map(({ id }) => id);
  const windows = (await work.messages.load(open.slice(0, most))).filter(isWindow);
  const closed: ClosedWindow[] = [];
  let [moved, unchanged, cancelled] = [0, 0, 0];
  if (cursor === undefined) {
    const queued = found.filter(({ state }) => state === 'queued').slice(-RECENT_MESSAGES);
    for (const message of await work.messages.load(queued.map(({ id }) => id))) {
      if (message.state === 'queued') cancelled += await cancelUnwanted(work, message, replanner, now);
    }
  }
  for (const window of windows) {
    cancelled += await cancelUnwanted(work, window, replanner, now);
    if (!isWindow(window)) continue;
    const change = changeOf(window, replanner, now);
    const dueBefore = window.times.dueAt;
    if (change.action === 'change') {
      window.policy = change.policy;
      window.times = change.times;
    }
    if (change.action === 'change' && change.closes !== undefined) {
      closed.push(await closeWindow(work, window, 'preferences_changed', now, { shape: change.closes }));
    } else if (window.times.dueAt === dueBefore) unchanged++;
    else moved++;
  }
  const last = open[most - 1];
  const next = last === undefined || open.length <= most ? {} : { next: sliceCursor(last, until) };
  return { closed, moved, unchanged, cancelled, ...next };
}

function changeOf(window: OpenWindow, replanner: Replanner, now: number): ReturnType<typeof decidePlanChange> {
  const { groupKey, types, lastAt } = window;
  return decidePlanChange({ ...factsOf(window), ...(groupKey && { groupKey }) }, [...types.keys()], lastAt, replanner, now);
}

/** Takes out deliveries that no longer come; the last one ends its message. */
async function cancelUnwanted(work: Work, message: Message, replanner: Replanner, now: number): Promise<number> {
  await work.deliveries.loadOf([message]);
  let cancelled = 0;
  for (const delivery of work.deliveries.liveOf(message)) {
    const { type, channel, groupKey } = delivery.content;
    const waiting = {
      deliveryId: work.context.publicId('d', delivery.id),
      notificationId: work.context.publicId('n', delivery.firstId),
      acceptedAt: delivery.acceptedAt,
      content: delivery.content,
    };
    const reason = replanner.cancels({ type, channel, groupKey }) ?? replanner.cancelsDelivery?.(waiting);
    if (reason === undefined || refusalOf(message, delivery) !== undefined) continue;
    work.endAlone(message, delivery, 'cancelled', reason, now);
    cancelled++;
  }
  return cancelled;
}

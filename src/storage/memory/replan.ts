import { decidePlanChange, type Replanner } from '../../model/decisions/plan-change.js';
import { recipientIdOf } from '../../model/recipient.js';
import { type ClosedWindow, type ReplanReport, type Slice, type Sliced } from '../notification-store.js';
import { refusalOf } from './cancel.js';
import { closeWindow } from './close.js';
import { type MemoryStoreState } from './memory-store-state.js';
import { endAlone, isWindow, live, type MemoryMessage, type MemoryWindow, windowFacts } from './records.js';
import { sliceOf } from './slices.js';

/** Plans what waits for a recipient again: see the port. */
export function replan(
  store: MemoryStoreState,
  address: string,
  channels: readonly string[],
  replanner: Replanner,
  slice: Slice,
): Sliced<ReplanReport> {
  const closed: ClosedWindow[] = [];
  let [moved, unchanged, cancelled] = [0, 0, 0];
  const waiting = [...store.messages.values()].filter(
    (message) =>
      message.address === address &&
      channels.includes(message.channel) &&
      (message.state === 'gathering' || message.state === 'queued'),
  );
  const { items, next } = sliceOf(waiting, slice, store.nextMessage - 1);
  for (const message of items) {
    cancelled += cancelUnwanted(store, message, replanner, slice.now);
    if (!isWindow(message)) continue;
    const dueBefore = message.times.dueAt;
    const change = changeOf(message, replanner, slice.now);
    if (change.action === 'change') {
      message.policy = change.policy;
      message.times = change.times;
    }
    if (change.action === 'change' && change.closes !== undefined) {
      closed.push(closeWindow(store, message, 'preferences_changed', slice.now, change.closes));
    } else if (message.times.dueAt === dueBefore) unchanged++;
    else moved++;
  }
  return { closed, moved, unchanged, cancelled, ...next };
}

/** `user:` addresses that have open windows, each once. */
export function waitingRecipients(store: MemoryStoreState): readonly string[] {
  const addresses = store.windows().map(({ address }) => address);
  return [...new Set(addresses)].filter((address) => recipientIdOf(address) !== undefined);
}

function cancelUnwanted(store: MemoryStoreState, message: MemoryMessage, replanner: Replanner, now: number): number {
  let cancelled = 0;
  for (const delivery of live(message)) {
    const { content, id, firstId, acceptedAt } = delivery;
    const { type, channel, groupKey } = content;
    const waiting = { deliveryId: store.publicId('d', id), notificationId: store.publicId('n', firstId), acceptedAt, content };
    const reason = replanner.cancels({ type, channel, groupKey }) ?? replanner.cancelsDelivery?.(waiting);
    if (reason === undefined || refusalOf(store, delivery) !== undefined) continue;
    endAlone(delivery, { state: 'cancelled', reason, at: now });
    cancelled++;
  }
  return cancelled;
}

function changeOf(window: MemoryWindow, replanner: Replanner, now: number) {
  const entries = live(window);
  const types = [...new Set(entries.map(({ content }) => content.type))];
  const { groupKey } = window;
  const lastAt = window.deliveries.at(-1)?.acceptedAt ?? window.openedAt;
  return decidePlanChange({ ...windowFacts(window), ...(groupKey && { groupKey }) }, types, lastAt, replanner, now);
}

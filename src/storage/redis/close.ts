import { type CloseShape, closedWindow, readyAtClose, shapeAtClose } from '../../model/decisions/closing.js';
import { type CloseReason } from '../../model/window.js';
import { type ClosedWindow } from '../notification-store.js';
import { LEAST_URGENT, PRIORITY_NUMBER } from '../persisted.js';
import { type Message, type OpenWindow } from './message.js';
import { newMessage } from './new-message.js';
import { type Work } from './work.js';

/** Where the close of a window departs from its own policy. */
export interface CloseOptions {
  readonly shape?: CloseShape;
  /** Of priority that its message gets, whatever is in it. */
  readonly leastRank?: number;
  /** When it is taken to have been due, epoch ms. */
  readonly queuedAt?: number;
}

/** What the decisions look at of a window. */
export function factsOf(window: OpenWindow) {
  return { ...window, ...window.times };
}

/** The rank of the most urgent live delivery; the least urgent rank when there is none. */
export function mostUrgent({ ranks }: Pick<Message, 'ranks'>): number {
  const rank = ranks.findIndex((count) => count > 0);
  return rank < 0 ? LEAST_URGENT : rank;
}

/** Closes a window: from here its message's entries are settled, and a late one opens the next window. */
export async function closeWindow(
  work: Work,
  window: OpenWindow,
  reason: CloseReason,
  now: number,
  { shape = shapeAtClose(window.policy, window.count), leastRank = LEAST_URGENT, queuedAt }: CloseOptions = {},
): Promise<ClosedWindow> {
  const told = closedWindow(work.context.publicId('m', window.id), factsOf(window), reason, now);
  const readyAt = readyAtClose(window, now);
  work.closed(window);
  window.updatedAt = now;
  window.closed = { at: now, reason };
  switch (shape) {
    case 'digest':
      window.rank = Math.min(leastRank, mostUrgent(window));
      window.queuedAt = queuedAt ?? readyAt;
      work.queue(window, readyAt, now);
      break;
    case 'individual':
      await queueIndividually(work, window, readyAt, now);
      break;
  }
  return told;
}

/** Too few for a digest: each goes on in a message of its own. */
async function queueIndividually(work: Work, window: OpenWindow, readyAt: number, now: number): Promise<void> {
  const { channel, address, policy, route } = window;
  await work.deliveries.loadOf([window]);
  const live = work.deliveries.liveOf(window);
  await work.ids.reserve({ m: live.length });
  for (const delivery of live) {
    const { type, priority } = delivery.content;
    const own = await work.messages.add({ ...(await newMessage(work, channel, address, type, route, now)), policy });
    own.openedAt = delivery.acceptedAt;
    own.rank = PRIORITY_NUMBER[priority];
    own.queuedAt = readyAt;
    own.lastId = delivery.id;
    own.lastAt = delivery.acceptedAt;
    if (delivery.content.expiresAt !== undefined) own.expires = true;
    delivery.message = own.id;
    work.deliveries.touch(delivery);
    work.deliveries.append(own, delivery);
    work.leave(window, delivery);
    work.enter(own, delivery);
    work.queue(own, readyAt, now);
  }
  endOfEntries(work, window);
}

/** Its live deliveries went on in other messages. */
export function endOfEntries(work: Work, message: Message): void {
  const ended = work.deliveries.of(message).filter((delivery) => delivery.ended !== undefined);
  work.deliveries.keepOnly(
    message,
    ended.map(({ id }) => id),
  );
  message.state = 'ended';
}

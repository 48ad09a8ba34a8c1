import { PRIORITIES } from '../../model/notification.js';
import { closedWindow, readyAtClose, shapeAtClose } from '../../model/decisions/closing.js';
import { type CloseReason } from '../../model/window.js';
import { type ClosedWindow } from '../notification-store.js';
import { type MemoryStoreState } from './memory-store-state.js';
import { live, type MemoryWindow, mostUrgent, windowFacts } from './records.js';

/** Closes a window: from here its message's entries are settled, and a late one opens the next window. */
export function closeWindow(
  store: MemoryStoreState,
  window: MemoryWindow,
  reason: CloseReason,
  now: number,
  shape = shapeAtClose(window.policy, live(window).length),
  leastRank = PRIORITIES.length,
): ClosedWindow {
  const entries = live(window);
  const facts = windowFacts(window);
  const readyAt = readyAtClose(window, now);
  const { channel, address, policy } = window;
  window.updatedAt = now;
  window.closed = { at: now, reason };
  if (shape === 'digest') {
    window.rank = Math.min(leastRank, mostUrgent(entries));
    window.queuedAt = readyAt;
    store.queue(window, readyAt, now);
  } else {
    window.state = 'ended';
    window.deliveries = window.deliveries.filter(({ ended }) => ended !== undefined);
    for (const delivery of entries) {
      const { type } = delivery.content;
      const own = store.addMessage({ channel, address, type, policy }, window.route, now);
      own.openedAt = delivery.acceptedAt;
      own.deliveries = [delivery];
      own.rank = mostUrgent(own.deliveries);
      own.queuedAt = readyAt;
      delivery.message = own;
      store.queue(own, readyAt, now);
    }
  }
  return closedWindow(store.publicId('m', window.id), facts, reason, now);
}

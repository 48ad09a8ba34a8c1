import { type CloseShape, closedWindow, readyAtClose, shapeAtClose } from '../../model/decisions/closing.js';
import { type CloseReason } from '../../model/window.js';
import { type ClosedWindow } from '../notification-store.js';
import { LEAST_URGENT, ROUTE_NUMBER } from '../persisted.js';
import { typeOf } from './content.js';
import { type Message, MESSAGE_STATE, type OpenWindow } from './rows.js';
import { type Work } from './work.js';

/** Where the close of a window departs from its own policy. */
export interface CloseOptions {
  readonly shape?: CloseShape;
  /** Of priority that its message gets, whatever is in it. */
  readonly leastRank?: number;
  /** When it is taken to have been due, epoch ms. */
  readonly queuedAt?: number;
}

/** Closes a window: from here its message's entries are settled, and a late one opens the next window. */
export async function closeWindow(
  work: Work,
  window: OpenWindow,
  reason: CloseReason,
  now: number,
  { shape = shapeAtClose(window.policy, window.count), leastRank = LEAST_URGENT, queuedAt }: CloseOptions = {},
): Promise<ClosedWindow> {
  const closed = { closedAt: now, closedBy: reason };
  switch (shape) {
    case 'digest': {
      const rank = Math.min(leastRank, await work.rankOf(window));
      const readyAt = readyAtClose(window, now);
      const message = { ...messageOfWindow(work, window, now), rank, queuedAt: queuedAt ?? readyAt, ...closed };
      removeWindow(work, window);
      work.messages.add(message);
      work.counts.moveAll(window.channel, window.types, ROUTE_NUMBER.aggregate, 'gathering', 'queued');
      work.enqueue(message, readyAt, now);
      break;
    }
    case 'individual':
      await queueIndividually(work, window, now, closed);
      break;
  }
  return closedWindow(work.context.publicId('m', window.id), window, reason, now);
}

/** A window that nothing is left in is no longer open. */
export function endWindow(work: Work, window: OpenWindow, now: number, closed?: Pick<Message, 'closedAt' | 'closedBy'>): void {
  const ended = { ...messageOfWindow(work, window, now), state: MESSAGE_STATE.ended, count: 0, types: new Map<string, number>() };
  work.messages.add({ ...ended, ...closed });
  removeWindow(work, window);
}

function removeWindow(work: Work, window: OpenWindow): void {
  work.windows.remove(window);
  work.gathering.left(window);
  work.similarityGroups.forget(window.like);
  work.counts.openWindows--;
}

/** Too few for a digest: each goes on in its own message. */
async function queueIndividually(
  work: Work,
  window: OpenWindow,
  now: number,
  closed: Pick<Message, 'closedAt' | 'closedBy'>,
): Promise<void> {
  const readyAt = readyAtClose(window, now);
  const live = (await work.liveOf([window])).get(window.id) ?? [];
  const types = live.map(({ json }) => typeOf(json, window));
  endWindow(work, window, now, closed);
  for (const [index, entry] of live.entries()) {
    const type = types[index] ?? window.type;
    const message: Message = {
      ...messageOfWindow(work, window, now),
      id: await work.ids.take(),
      type,
      types: new Map([[type, 1]]),
      count: 1,
      rank: entry.rank,
      openedAt: entry.at,
      dueAt: null,
      queuedAt: readyAt,
      first: entry.id,
      last: entry.id,
      expiresAt: entry.expiresAt,
    };
    work.messages.add(message);
    work.deliveries.move(entry, message.id);
    work.counts.move(window.channel, type, message.route, 'gathering', 'queued');
    work.enqueue(message, readyAt, now);
  }
}

/** A window as the message that it becomes. */
function messageOfWindow(work: Work, window: OpenWindow, now: number): Message {
  return {
    id: window.id,
    state: MESSAGE_STATE.queued,
    route: ROUTE_NUMBER.aggregate,
    rank: window.rank,
    attempts: 0,
    count: window.count,
    policy: work.context.policies.numberOf(window.policy),
    replay: null,
    first: window.first,
    last: window.last,
    openedAt: window.openedAt,
    updatedAt: now,
    queuedAt: now,
    readyAt: now,
    expiresAt: window.expiring?.expiresAt ?? null,
    sendBy: null,
    dueAt: window.dueAt,
    closedAt: null,
    closedBy: null,
    sequence: null,
    channel: window.channel,
    address: window.address,
    type: window.type,
    types: window.types,
    errors: null,
    answer: null,
    progress: null,
  };
}

import { type Route } from '../../model/delivery.js';
import { LEAST_URGENT } from '../persisted.js';
import { type Message } from './message.js';
import { type Work } from './work.js';

/** A message without deliveries. */
export async function newMessage(
  work: Work,
  channel: string,
  address: string,
  type: string,
  route: Route,
  now: number,
): Promise<Message> {
  return {
    id: await work.ids.take('m'),
    channel,
    address,
    type,
    route,
    state: 'queued',
    openedAt: now,
    updatedAt: now,
    queuedAt: now,
    readyAt: now,
    rank: LEAST_URGENT,
    attempts: 0,
    count: 0,
    total: 0,
    types: new Map(),
    ranks: [0, 0, 0, 0],
    gone: {},
    ids: [],
    lastId: 0,
    lastAt: now,
  };
}

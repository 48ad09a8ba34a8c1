import { type DeliveryState, type Route } from '../model/delivery.js';
import { type NotificationPriority } from '../model/notification.js';

/*
 * Words that are written as numbers. The numbers stand in the files of users: one is never changed and never used for another word. A new word
 * takes the next number.
 */

/** `delivery.state` of one that ended on its own (0: it follows its message), and the place in `counter.counts`. */
export const STATE_NUMBER: Readonly<Record<DeliveryState, number>> = {
  gathering: 0,
  queued: 1,
  sending: 2,
  delivered: 3,
  dead: 4,
  cancelled: 5,
  expired: 6,
  replaced: 7,
};

/** `message.route` and `counter.route`. */
export const ROUTE_NUMBER: Readonly<Record<Route, number>> = { immediate: 0, aggregate: 1, batch: 2, individual: 3 };

/** `delivery.priority` and `message.priority`: less is more urgent. */
export const PRIORITY_NUMBER: Readonly<Record<NotificationPriority, number>> = { critical: 0, high: 1, normal: 2, low: 3 };

/** The least urgent number. */
export const LEAST_URGENT = PRIORITY_NUMBER.low;

const STATES = wordsOf(STATE_NUMBER);
const ROUTE_WORDS = wordsOf(ROUTE_NUMBER);
const PRIORITY_WORDS = wordsOf(PRIORITY_NUMBER);

/** Every state with its number. */
export const NUMBERED_STATES: readonly (readonly [number, DeliveryState])[] = [...STATES];

export function stateAt(number: number): DeliveryState | undefined {
  return STATES.get(number);
}

export function routeAt(number: number): Route {
  return ROUTE_WORDS.get(number) ?? 'individual';
}

export function priorityAt(number: number): NotificationPriority {
  return PRIORITY_WORDS.get(number) ?? 'low';
}

function wordsOf<K extends string>(numbers: Readonly<Record<K, number>>): ReadonlyMap<number, K> {
  return new Map((Object.keys(numbers) as K[]).map((word) => [numbers[word], word]));
}

import { type NotificationEventMap } from '../model/notification-events.js';

/** Names of the history in the store. Every value is a sum, so that rows of any stretch can be added up. */
export type CounterName = string;

/** Distinct types that have counters of their own; further ones are counted together as {@link OTHER_TYPE}. */
export const MAX_TYPES = 100;
/** No type can have this name: types have no capitals. */
export const OTHER_TYPE = 'OTHER';

export type Count = (name: CounterName, by: number) => void;

export function countAccepted(
  event: NotificationEventMap['accepted'][0],
  knownType: (type: string) => string,
  count: Count,
): void {
  for (const row of event.rows) {
    count(`accepted.${row.channel}`, row.count);
    count(`route.${row.route}`, row.count);
    count(`type.${knownType(row.type)}`, row.count);
  }
}

export function countBatch(event: NotificationEventMap['batchFinished'][0], count: Count): void {
  const { channel } = event;
  count(`batches.${channel}`, 1);
  count(`batch_ms.${channel}`, event.durationMs);
  count(`messages.${channel}`, event.size);
  for (const message of event.messages) {
    if (message.outcome === 'released') continue;
    count(`${message.outcome}.${channel}`, message.count);
    if (message.reason !== undefined) count(`reason.${message.reason}`, message.count);
    if (message.outcome === 'delivered') {
      count(`sent.${channel}`, 1);
      count(`latency_ms.${channel}`, message.latencyMs * message.count);
    }
  }
}

/** One sample; divided by `samples`, sums of them are averages. */
export function countStanding(
  standing: { readonly pending: number; readonly windows: number; readonly oldestMs: number },
  count: Count,
): void {
  count('samples', 1);
  count('standing.pending', standing.pending);
  count('standing.windows', standing.windows);
  count('standing.oldest_ms', standing.oldestMs);
}

export function countClosed(event: NotificationEventMap['windowsClosed'][0], count: Count): void {
  for (const window of event.windows) {
    count(`closed.${window.reason}`, 1);
    count('closed_items', window.count);
  }
}

import { type Route } from '../model/delivery.js';
import { type NotificationEventMap } from '../model/notification-events.js';
import { partsOf } from './acceptance-parts.js';
import { type Acceptance, type AcceptResult } from './notification-store.js';

/** What a group of acceptances came to, for the listeners. */
export function acceptedEvent(
  acceptances: readonly Acceptance[],
  results: readonly AcceptResult[],
): NotificationEventMap['accepted'][0] {
  const rows = new Map<string, { channel: string; type: string; route: Route; count: number }>();
  let duplicates = 0;
  let refused = 0;
  results.forEach((result, index) => {
    const acceptance = acceptances[index];
    if (acceptance === undefined || 'refused' in result) {
      refused++;
      return;
    }
    if (result.deliveries[0]?.duplicate === true) {
      duplicates++;
      return;
    }
    for (const { route, content, addresses } of partsOf(acceptance)) {
      const { channel, type } = content;
      const key = `${route} ${channel} ${type}`;
      const row = rows.get(key);
      if (row === undefined) rows.set(key, { channel, type, route, count: addresses.length });
      else row.count += addresses.length;
    }
  });
  return { rows: [...rows.values()], duplicates, refused };
}

/** What a group of acceptances added, delivery by delivery: no duplicates, and none that was refused. */
export function enqueuedOf(
  acceptances: readonly Acceptance[],
  results: readonly AcceptResult[],
): NotificationEventMap['enqueued'][0]['deliveries'] {
  return results.flatMap((result, index) => {
    const acceptance = acceptances[index];
    if (acceptance === undefined || 'refused' in result) return [];
    const { type } = acceptance.content;
    const added = result.deliveries.filter(({ duplicate }) => !duplicate);
    return added.map(({ id, messageId, channel, route }) => ({ id, messageId, channel, type, route }));
  });
}

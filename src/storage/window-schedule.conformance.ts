import { AggregationRules } from '../aggregation/aggregation-rules.js';
import { type AggregationRule } from '../config/options.js';
import { resolveOptions } from '../config/resolve.js';
import { type NotificationContent } from '../model/notification.js';
import { type NotificationStore } from './notification-store.js';

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
/** 2027-01-15, a winter's Friday, 08:00 UTC. */
export const T0 = Date.UTC(2027, 0, 15, 8);

/** One rule, what arrives under it, and until when it is watched. */
export type Schedule = [
  rule: Partial<AggregationRule>,
  arrivals: readonly (readonly [atMinutes: number, title: string, over?: Partial<NotificationContent>])[],
  untilMinutes: number,
  startAt?: number,
];

/** Plays a schedule on a store that never saw another: what was sent, in order, as `minutes: titles`. */
export async function playOn(
  store: NotificationStore,
  ...[rule, arrivals, untilMinutes, startAt = T0]: Schedule
): Promise<string[]> {
  const rules = new AggregationRules(
    resolveOptions(
      {
        aggregation: {
          enabled: true,
          windowMs: 10 * MINUTE,
          maxCount: 20,
          rules: [{ windowMs: 10 * MINUTE, maxCount: 20, ...rule }],
        },
      },
      {},
    ).aggregation,
    resolveOptions({}, {}).sse,
  );
  const policy = rules.policy('note', 'email');
  const sent: string[] = [];
  const collect = async (now: number): Promise<void> => {
    const { token, messages } = await store.claim({ channel: 'email', lane: 'normal', limit: 1_000, now, leaseMs: HOUR });
    await store.settle(
      messages.map(({ messageId }) => ({ messageId, token, outcome: 'delivered' })),
      now,
    );
    for (const { entries } of messages) {
      sent.push(`${(now - startAt) / MINUTE}: ${entries.map(({ content }) => content.title).join(' ')}`);
    }
  };
  const advanceTo = async (now: number): Promise<void> => {
    for (let dueAt = await store.nextDueAt(); dueAt !== undefined && dueAt <= now; dueAt = await store.nextDueAt()) {
      await store.advance(dueAt, 1_000);
      await collect(dueAt);
    }
  };
  for (const [atMinutes, title, over] of arrivals) {
    const now = startAt + atMinutes * MINUTE;
    await advanceTo(now - 1);
    const content = { type: 'note', channel: 'email', title, priority: 'normal' as const, ...over };
    const route = policy?.burst === true ? 'individual' : 'aggregate';
    await store.accept([{ content, addresses: ['ann@example.com'], route, ...rules.opening('note', 'email', now) }], now);
    if (policy?.burst !== true) await collect(now);
  }
  await advanceTo(startAt + untilMinutes * MINUTE);
  return sent;
}

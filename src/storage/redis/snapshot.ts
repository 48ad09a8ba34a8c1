import { type DeliveryState, type Route } from '../../model/delivery.js';
import { type CountRow, type Readiness, type StoreSnapshot } from '../notification-store.js';
import { readyKey } from './places.js';
import { type RowReader } from './read-rows.js';
import { mapOf } from './replay.js';

/** The answer of the script `SNAPSHOT`. */
export type SnapshotAnswer = readonly [counts: readonly string[], sums: readonly string[], open: number, oldest: string];

/** The counts of all instances, as of one time. */
export async function snapshotOf(reader: RowReader, [flat, flatSums, open, oldest]: SnapshotAnswer): Promise<StoreSnapshot> {
  const sums = mapOf(flatSums);
  const counts = [...mapOf(flat)].map(([field, count]): CountRow => {
    const [channel, type, route, state] = JSON.parse(field) as [string, string, Route, DeliveryState];
    return { channel, type, route, state, count: Number(count) };
  });
  const first = oldest === '' ? undefined : (await reader.unpack([[0, oldest]])).get(0);
  return {
    counts,
    pending: Number(sums.get('pending') ?? 0),
    windows: { open, items: Number(sums.get('items') ?? 0), ...(first === undefined ? {} : { oldestAt: first.openedAt }) },
    messages: { queued: Number(sums.get('queued') ?? 0), sending: Number(sums.get('sending') ?? 0) },
  };
}

/** One row a channel that has anything ready. */
export async function readinessOf({ read }: RowReader): Promise<readonly Readiness[]> {
  const [members] = await read([['SMEMBERS', 'channels']]);
  const channels = members as readonly string[];
  const answers = await read(
    channels.flatMap((channel) => [
      ['ZCARD', readyKey(channel, 'critical')] as const,
      ['ZCARD', readyKey(channel, 'normal')] as const,
      ['ZCARD', `b:${channel}`] as const,
      ['ZRANGE', `b:${channel}`, 0, 0, 'WITHSCORES'] as const,
      ['ZRANGE', `bu:${channel}`, 0, 0, 'WITHSCORES'] as const,
    ]),
  );
  return channels.flatMap((channel, index): readonly Readiness[] => {
    const [critical, normal, waiting, oldest, soonest] = answers.slice(5 * index, 5 * index + 5);
    const [all, batchable] = [Number(normal), Number(waiting)];
    if (Number(critical) + all === 0) return [];
    const [, oldestAt] = oldest as readonly string[];
    const [, until] = soonest as readonly string[];
    return [
      {
        channel,
        critical: Number(critical),
        ready: Math.max(0, all - batchable),
        batchable,
        ...(oldestAt === undefined ? {} : { oldestBatchableAt: Number(oldestAt) }),
        ...(until === undefined ? {} : { batchableUntil: Number(until) }),
      },
    ];
  });
}

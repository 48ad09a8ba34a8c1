import { AggregationRules } from '../../dist/aggregation/aggregation-rules.js';
import { type AggregationRule } from '../../dist/config/options.js';
import { resolveOptions } from '../../dist/config/resolve.js';
import { SqliteStore } from '../../dist/storage/sqlite/sqlite-store.js';
import { type BenchEvent } from './events.ts';

/** What one type came to. */
export interface TypeVolume {
  deliveries: number;
  messages: number;
  /** From acceptance to the time at which a reader could have it, ms, one a delivery. */
  readonly delays: number[];
}

const LEASE_MS = 60_000;

/**
 * Plays events with their own times through the real rules and the real store, with a clock that is moved.
 *
 * @param progress told after every event
 */
export async function replay(
  events: readonly BenchEvent[],
  readersOf: ReadonlyMap<string, readonly string[]>,
  rules: readonly AggregationRule[],
  progress: () => void = () => undefined,
): Promise<ReadonlyMap<string, TypeVolume>> {
  const store = new SqliteStore({ path: ':memory:', maxPending: 10_000_000 });
  const policies = new AggregationRules({ enabled: true, windowMs: 300_000, maxCount: 20, rules }, resolveOptions({}, {}).sse);
  const volumes = new Map<string, TypeVolume>();
  const volume = (type: string): TypeVolume => {
    let found = volumes.get(type);
    if (found === undefined) {
      found = { deliveries: 0, messages: 0, delays: [] };
      volumes.set(type, found);
    }
    return found;
  };
  const collect = async (now: number): Promise<void> => {
    const { token, messages } = await store.claim({ channel: 'email', lane: 'normal', limit: 100_000, now, leaseMs: LEASE_MS });
    if (messages.length === 0) return;
    for (const { type, entries } of messages) {
      volume(type).messages++;
      for (const { content, acceptedAt } of entries) volume(content.type).delays.push(now - acceptedAt);
    }
    await store.settle(
      messages.map(({ messageId }) => ({ messageId, token, outcome: 'delivered' })),
      now,
    );
  };
  const advanceTo = async (until: number): Promise<void> => {
    for (let at = await store.nextDueAt(); at !== undefined && at <= until; at = await store.nextDueAt()) {
      while ((await store.advance(at, 1_000)).more);
      await collect(at);
    }
  };
  await store.open(events[0]?.at ?? 0);
  for (const { at, source, type, title, actor } of events) {
    await advanceTo(at);
    const addresses = readersOf.get(source) ?? [];
    progress();
    if (addresses.length === 0) continue;
    const policy = policies.policy(type, 'email');
    const content = { type, channel: 'email', title, priority: 'normal' as const, actor: { id: actor } };
    const route = policy === undefined ? ('batch' as const) : ('aggregate' as const);
    await store.accept([{ content, addresses, route, ...(policy === undefined ? {} : { policy }) }], at);
    volume(type).deliveries += addresses.length;
    await collect(at);
  }
  await advanceTo(Infinity);
  await store.close();
  return volumes;
}

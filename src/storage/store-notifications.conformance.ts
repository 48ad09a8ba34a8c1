import fc from 'fast-check';
import { type NotificationContent, PRIORITIES } from '../model/notification.js';
import { type OpeningRule, type WindowPolicy } from '../model/window.js';
import { type Acceptance } from './notification-store.js';
import { BURST, POLICY } from './store-bench.conformance.js';
import { ADDRESSES, CHANNELS } from './store-side.conformance.js';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
export const TYPES = ['a', 'b'] as const;
export const KEYS = ['k1', 'k2'] as const;
/** Times are whole seconds, those at which something expires are not: what happens first is never a draw. */
const EXPIRY_OFFSET_MS = 3;

export const BURST_RULE: WindowPolicy = { ...BURST, leadingCount: 2 };
export const POLICIES: readonly (WindowPolicy | undefined)[] = [
  undefined,
  { ...POLICY, maxCount: 3 },
  { ...POLICY, mode: 'sliding', windowMs: 20 * SECOND, maxWaitMs: MINUTE },
  { ...POLICY, leadingCount: 1 },
  { ...POLICY, minCount: 3, groupBy: 'none' },
  { ...POLICY, groupBy: 'actor', schedule: { cron: '* * * * *', timeZone: 'UTC' } },
  BURST_RULE,
  { ...POLICY, similarity: 0.7, maxCount: 3 },
  { ...POLICY, similarity: 0.5, leadingCount: 1 },
  { ...POLICY, windowMs: 5 * SECOND, ordered: true },
];

export const seconds = (max: number): fc.Arbitrary<number> => fc.integer({ min: 0, max }).map((count) => count * SECOND);
export const anyOf = <T>(values: readonly T[]): fc.Arbitrary<T> => fc.constantFrom(...values);
/** Mostly not: what shares nothing gathers with nothing. */
export const maybe = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.oneof({ weight: 5, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: value });
export const often = <T>(usual: T, value: fc.Arbitrary<T>): fc.Arbitrary<T> => fc.oneof(fc.constant(usual), value);

export const notification = fc.record({
  policy: often(POLICIES[1], anyOf(POLICIES)),
  type: anyOf(TYPES),
  title: anyOf(['build 1 failed', 'build 2 failed', 'Ann just joined the team']),
  channel: often('email', anyOf(CHANNELS)),
  addresses: often(['ann@x'], fc.uniqueArray(anyOf(ADDRESSES), { minLength: 1, maxLength: 2 })),
  priority: often('normal', anyOf(PRIORITIES)),
  groupKey: maybe(anyOf(KEYS)),
  dedupeKey: maybe(anyOf(KEYS)),
  idempotencyKey: maybe(anyOf(KEYS)),
  actor: maybe(anyOf(KEYS)),
  sendInMs: maybe(seconds(90)),
  expiresInMs: maybe(seconds(90)),
  sendsAhead: fc.boolean(),
  maxAddresses: maybe(fc.constant(1)),
});
export type Said = typeof notification extends fc.Arbitrary<infer T> ? T : never;

export const DIRECT: Said = {
  policy: undefined,
  type: 'a',
  title: 'direct',
  channel: 'email',
  addresses: ['ann@x'],
  priority: 'normal',
  groupKey: undefined,
  dedupeKey: undefined,
  idempotencyKey: undefined,
  actor: undefined,
  sendInMs: undefined,
  expiresInMs: undefined,
  sendsAhead: false,
  maxAddresses: undefined,
};

export function acceptanceOf(said: Said, now: number): Acceptance {
  const { policy, addresses, priority, sendInMs, expiresInMs, actor, sendsAhead, maxAddresses, ...rest } = said;
  const critical = priority === 'critical';
  const content = {
    ...rest,
    priority,
    actor: actor === undefined ? undefined : { id: actor },
    sendAt: sendInMs === undefined ? undefined : now + sendInMs,
    expiresAt: expiresInMs === undefined ? undefined : now + expiresInMs + EXPIRY_OFFSET_MS,
  };
  return {
    content: JSON.parse(JSON.stringify(content)) as NotificationContent,
    addresses,
    route: critical ? 'immediate' : policy === undefined ? 'individual' : policy.burst === true ? 'batch' : 'aggregate',
    // What is critical never gathers.
    ...(critical || policy === undefined ? { sendsAhead } : openingOf(policy, now)),
    ...(maxAddresses === undefined ? {} : { maxAddresses }),
  };
}

/** The calendar of every schedule is "a second later". */
export function openingOf(policy: WindowPolicy | undefined, openedAt: number): OpeningRule | undefined {
  return policy && { policy, ...(policy.schedule === undefined ? {} : { dueAtIfOpened: openedAt + SECOND }) };
}

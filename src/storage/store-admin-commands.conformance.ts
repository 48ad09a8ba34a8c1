import fc from 'fast-check';
import { command } from './store-command.conformance.js';
import { anyOf, KEYS, openingOf, POLICIES, seconds, TYPES } from './store-notifications.conformance.js';
import { ADDRESSES, type Side } from './store-side.conformance.js';
import { ONE_SLICE, WholeCommands } from './whole-commands.conformance.js';

const SLICES = fc.integer({ min: 1, max: 3 });
/** Calls made at one time must be one call each: slices of the stores would not meet in the same order. */
const whole = ({ store }: Side): WholeCommands => new WholeCommands(store, ONE_SLICE);

const cancelledAll = command(
  'cancelMatching',
  fc.oneof(
    fc.record({ groupKey: anyOf(KEYS) }),
    fc.record({ dedupeKey: anyOf(KEYS), address: anyOf(ADDRESSES) }),
    fc.record({ idempotencyKey: anyOf(KEYS) }),
  ),
  (filter) =>
    (side, { now }) =>
      whole(side).cancelMatching(filter, now),
);

const flushed = command(
  'flush',
  fc.oneof(fc.constant({}), fc.record({ type: anyOf(TYPES) }), fc.record({ address: anyOf(ADDRESSES) })),
  (filter) =>
    (side, { now }) =>
      whole(side).flush(filter, now),
);

const flushedLargest = command(
  'flushLargest',
  fc.record({ deliveries: fc.integer({ min: 0, max: 6 }), limit: fc.integer({ min: 1, max: 3 }) }),
  ({ deliveries, limit }) =>
    (side, { now }) =>
      side.store.flushLargest(deliveries, limit, now),
);

const replayed = command(
  'replay',
  fc.oneof(fc.constant({}), fc.record({ type: anyOf(TYPES) })),
  (filter) =>
    (side, { now }) =>
      whole(side).replay(filter, now),
);

const rulesApplied = command(
  'applyRules',
  fc.record({ policies: fc.array(anyOf(POLICIES), { minLength: 2, maxLength: 2 }), limit: SLICES }),
  ({ policies, limit }) =>
    (side, { now }) =>
      new WholeCommands(side.store, limit).applyRules(
        (type, _, openedAt) => openingOf(policies[TYPES.indexOf(type as 'a')], openedAt),
        now,
      ),
);

/** Commands in small slices, one after the other. */
const sliced = fc.oneof(
  command(
    'flush in slices',
    fc.record({ filter: fc.oneof(fc.constant({}), fc.record({ address: anyOf(ADDRESSES) })), limit: SLICES }),
    ({ filter, limit }) =>
      (side, { now }) =>
        new WholeCommands(side.store, limit).flush(filter, now),
  ),
  command(
    'replay in slices',
    fc.record({ filter: fc.oneof(fc.constant({}), fc.record({ type: anyOf(TYPES) })), limit: SLICES }),
    ({ filter, limit }) =>
      (side, { now }) =>
        new WholeCommands(side.store, limit).replay(filter, now),
  ),
  command(
    'cancel in slices',
    fc.record({ groupKey: anyOf(KEYS), limit: SLICES }),
    ({ groupKey, limit }) =>
      (side, { now }) =>
        new WholeCommands(side.store, limit).cancelMatching({ groupKey }, now),
  ),
);

const cleared = command(
  'clearBacklog',
  fc.record({ policy: anyOf(['collapse', 'expire'] as const), ageMs: seconds(120) }),
  ({ policy, ageMs }) =>
    (side, { now }) =>
      whole(side).clearBacklog(policy, now - ageMs, now),
);

/** Alone in its step: of what ended before it only the counts stay. Of stores whose newest rows stay, so that no id is given twice. */
export const forgotten = command(
  'forget',
  fc.record({ address: anyOf(ADDRESSES), limit: SLICES }),
  ({ address, limit }) =>
    (side, { now }) =>
      new WholeCommands(side.store, limit).forget('email', address, now),
);

const dismissed = command(
  'dismiss',
  anyOf(TYPES),
  (type) =>
    (side, { now }) =>
      side.store.dismiss({ type }, { limit: ONE_SLICE, now }),
);

/** New rules in one call. */
export const rulesAppliedAtOnce = command(
  'applyRules at once',
  fc.array(anyOf(POLICIES), { minLength: 2, maxLength: 2 }),
  (policies) =>
    (side, { now }) =>
      whole(side).applyRules((type, _, openedAt) => openingOf(policies[TYPES.indexOf(type as 'a')], openedAt), now),
);

/** One call of what clears a backlog: of its windows, or of its messages. */
export const backlogCalls = command(
  'clearBacklog once',
  fc.record({
    policy: anyOf(['collapse', 'expire'] as const),
    ageMs: seconds(120),
    from: anyOf([{}, { cursor: 'messages' }] as const),
  }),
  ({ policy, ageMs, from }) =>
    async (side, { now }) => {
      const { closed, collapsed, expired, messages } = await side.store.clearBacklog(policy, now - ageMs, {
        limit: ONE_SLICE,
        now,
        ...from,
      });
      return { closed, collapsed, expired, messages };
    },
);

/** What an operator may do at any time, each in one call. */
export const adminCalls = [cancelledAll, flushed, flushedLargest, replayed, dismissed];

/** What an operator does in several calls, or with nothing else at the same time. */
export const adminCommands = [rulesApplied, sliced, cleared];

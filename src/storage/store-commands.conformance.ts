import fc from 'fast-check';
import { NotificationError } from '../model/errors.js';
import { LANES, type Settlement } from '../model/message.js';
import { type JsonObject, type NotificationContent, PRIORITIES } from '../model/notification.js';
import { type WindowPolicy } from '../model/window.js';
import { type Acceptance } from './notification-store.js';
import { BRAKE, FAILURE, POLICY } from './store-bench.conformance.js';
import { ADDRESSES, CHANNELS, claim, type Step, type StoreWorld } from './store-world.conformance.js';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const TYPES = ['a', 'b'] as const;
const KEYS = ['k1', 'k2'] as const;
/** Moments are whole seconds, those at which something expires are not: what happens first is never a draw. */
const EXPIRY_OFFSET_MS = 3;

const STORM_BRAKE: WindowPolicy = { ...BRAKE, leads: 2 };
const POLICIES: readonly (WindowPolicy | undefined)[] = [
  undefined,
  { ...POLICY, maxCount: 3 },
  { ...POLICY, mode: 'sliding', windowMs: 20 * SECOND, maxWaitMs: MINUTE },
  { ...POLICY, leads: 1 },
  { ...POLICY, minCount: 3, groupBy: 'none' },
  { ...POLICY, groupBy: 'actor', schedule: { cron: '* * * * *', timeZone: 'UTC' } },
  STORM_BRAKE,
  { ...POLICY, similarity: 0.7, maxCount: 3 },
  { ...POLICY, similarity: 0.5, leads: 1 },
  { ...POLICY, windowMs: 5 * SECOND, ordered: true },
];

/** A step with a name, for the report of a run that fails. */
export class StoreCommand implements fc.AsyncCommand<Record<string, never>, StoreWorld> {
  constructor(
    private readonly name: string,
    private readonly args: unknown,
    readonly step: Step,
    private readonly first?: (world: StoreWorld) => void,
  ) {}

  check(): boolean {
    return true;
  }

  run(_: Record<string, never>, world: StoreWorld): Promise<void> {
    this.first?.(world);
    return world.do(this.step);
  }

  toString(): string {
    return `${this.name}(${JSON.stringify(this.args)})`;
  }
}

function command<T>(name: string, args: fc.Arbitrary<T>, step: (args: T) => Step): fc.Arbitrary<StoreCommand> {
  return args.map((value) => new StoreCommand(name, value, step(value)));
}

const nothing: Step = () => Promise.resolve(undefined);
const seconds = (max: number): fc.Arbitrary<number> => fc.integer({ min: 0, max }).map((count) => count * SECOND);
const anyOf = <T>(values: readonly T[]): fc.Arbitrary<T> => fc.constantFrom(...values);
/** Mostly not: what shares nothing gathers with nothing. */
const maybe = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.oneof({ weight: 5, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: value });
const often = <T>(usual: T, value: fc.Arbitrary<T>): fc.Arbitrary<T> => fc.oneof(fc.constant(usual), value);

const notification = fc.record({
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
});
type Said = typeof notification extends fc.Arbitrary<infer T> ? T : never;

const DIRECT: Said = {
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
};

function acceptanceOf(said: Said, now: number): Acceptance {
  const { policy, addresses, priority, sendInMs, expiresInMs, actor, sendsAhead, ...rest } = said;
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
    route: critical ? 'immediate' : policy === undefined ? 'individual' : policy.brake === true ? 'batch' : 'aggregate',
    // What is critical never gathers.
    ...(critical || policy === undefined ? { sendsAhead } : { policy }),
  };
}

const accepting =
  (said: readonly Said[]): Step =>
  async (side, world) => {
    const { results, closed } = await side.store.accept(
      said.map((one) => acceptanceOf(one, world.now)),
      world.now,
    );
    for (const result of results) {
      if ('refused' in result) continue;
      for (const { id, duplicate } of result.deliveries) if (!duplicate) side.deliveries.push(id);
    }
    return { closed, results: results.map((result) => ('refused' in result ? result.refused.message : result.deliveries)) };
  };
const accept = command('accept', fc.array(notification, { minLength: 1, maxLength: 6 }), accepting);

/** Direct ones of one moment to one address, of any urgency. */
const burst = command('burst', fc.array(anyOf(PRIORITIES.slice(1)), { minLength: 2, maxLength: 4 }), (priorities) =>
  accepting(priorities.map((priority) => ({ ...DIRECT, priority }))),
);

/** What a storm brake is for. */
const storm = command(
  'storm',
  fc.array(fc.record({ dedupeKey: maybe(anyOf(KEYS)), sendInMs: maybe(seconds(90)) }), { minLength: 1, maxLength: 4 }),
  (said) => accepting(said.map((one) => ({ ...DIRECT, policy: STORM_BRAKE, ...one }))),
);

const claimed = command(
  'claim',
  fc.record({
    channel: often('email', anyOf(CHANNELS)),
    lane: often('normal', anyOf(LANES)),
    limit: fc.integer({ min: 1, max: 8 }),
  }),
  ({ channel, lane, limit }) =>
    (side, world) =>
      claim(side, world, channel, lane, limit),
);

const settled = command(
  'settle',
  fc.record({
    count: fc.integer({ min: 1, max: 8 }),
    outcome: anyOf(['delivered', 'retry', 'retry', 'dead', 'dead', 'released'] as const),
    inMs: seconds(30),
  }),
  ({ count, outcome, inMs }) =>
    async (side, { now }) => {
      const settlements = side.held.splice(0, count).map(({ messageId, attempt }): Settlement => {
        switch (outcome) {
          case 'delivered':
            return { messageId, outcome, sequence: ++side.sequence };
          case 'released':
            return { messageId, outcome, retryAt: now + inMs };
          case 'retry':
            return { messageId, outcome, failure: FAILURE, retryAt: now + inMs, progress: { attempt } };
          case 'dead':
            return { messageId, outcome, failure: FAILURE };
        }
      });
      return side.store.settle(settlements, now);
    },
);

const passed = seconds(45).map((ms) => new StoreCommand('pass', ms, nothing, (world) => world.pass(ms)));
const steppedBack = seconds(3_600).map((ms) => new StoreCommand('stepBack', ms, nothing, (world) => world.pass(-ms)));

const cancelled = command(
  'cancel',
  fc.record({ index: fc.nat(50), read: fc.boolean() }),
  ({ index, read }) =>
    async (side, { now }) => {
      const id = side.deliveries[index % Math.max(1, side.deliveries.length)];
      return id === undefined ? undefined : side.store.cancel(id, read ? 'read' : 'cancelled', now);
    },
);

const cancelledTried = command('cancelTried', fc.nat(5), (back) => async (side, { now }) => {
  const [id] = [...side.frozen.values()].at(-1 - back) ?? [];
  return id === undefined ? undefined : side.store.cancel(id, 'cancelled', now);
});

const cancelledAll = command(
  'cancelMatching',
  fc.oneof(
    fc.record({ groupKey: anyOf(KEYS) }),
    fc.record({ dedupeKey: anyOf(KEYS), address: anyOf(ADDRESSES) }),
    fc.record({ idempotencyKey: anyOf(KEYS) }),
  ),
  (filter) =>
    (side, { now }) =>
      side.store.cancelMatching(filter, now),
);

const flushed = command(
  'flush',
  fc.oneof(fc.constant({}), fc.record({ type: anyOf(TYPES) }), fc.record({ address: anyOf(ADDRESSES) })),
  (filter) =>
    (side, { now }) =>
      side.store.flush(filter, 'flush', now),
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
      side.store.replay(filter, now),
);

const replanned = command(
  'replan',
  fc.array(anyOf(POLICIES), { minLength: 2, maxLength: 2 }),
  (policies) =>
    (side, { now }) =>
      side.store.replan((type) => policies[TYPES.indexOf(type as 'a')], now),
);

const cleared = command(
  'clearBacklog',
  fc.record({ policy: anyOf(['collapse', 'expire'] as const), ageMs: seconds(120) }),
  ({ policy, ageMs }) =>
    (side, { now }) =>
      side.store.clearBacklog(policy, now - ageMs, now),
);

const reopened = fc.record({ how: anyOf(['restart', 'crash'] as const), downMs: seconds(60) }).map(
  ({ how, downMs }) =>
    new StoreCommand(
      'reopen',
      { how, downMs },
      async (side, { now }) => {
        side.held = [];
        side.store = await side.underTest.reopen(how, now);
      },
      (world) => world.pass(downMs),
    ),
);

/** A call that fails within: nothing of it is kept, and nothing of the rest is lost. */
const broken = command('broken', fc.constant(undefined), () => async (side, { now }) => {
  const circular: Record<string, unknown> = {};
  circular['self'] = circular;
  const content = { type: 'a', channel: 'email', title: 'never', priority: 'normal' as const, data: circular as JsonObject };
  const [answer] = await Promise.allSettled([side.store.accept([{ content, addresses: ['ann@x'], route: 'individual' }], now)]);
  side.underTest.forgetOrder?.(now);
  return answer.status;
});

/** A worker's round. */
const sent = fc
  .tuple(claimed, settled)
  .map(
    ([take, end]) =>
      new StoreCommand('send', [String(take), String(end)], async (side, world) => [
        await take.step(side, world),
        await end.step(side, world),
      ]),
  );

const calls = [
  accept,
  accept,
  accept,
  burst,
  storm,
  cancelledTried,
  claimed,
  settled,
  cancelled,
  cancelledAll,
  flushed,
  flushedLargest,
  replayed,
];

/** Several calls of one moment: they share a transaction where the store has one. */
const together = fc.array(fc.oneof(...calls), { minLength: 2, maxLength: 4 }).map(
  (commands) =>
    new StoreCommand('together', commands.map(String), async (side, world) => {
      const answers = await Promise.allSettled(commands.map(({ step }) => step(side, world)));
      return answers.map((answer) => {
        if (answer.status === 'fulfilled') return answer.value;
        if (answer.reason instanceof NotificationError) return answer.reason.message;
        throw answer.reason;
      });
    }),
);

export const storeCommands = [
  ...calls,
  accept,
  sent,
  sent,
  sent,
  passed,
  passed,
  replanned,
  cleared,
  reopened,
  broken,
  steppedBack,
  together,
];

import fc from 'fast-check';
import { NotificationError, StoreFailedError } from '../model/errors.js';
import { PRIORITIES } from '../model/notification.js';
import { claimed, extended, settled, settledLate } from './store-claims.conformance.js';
import { broken, copyOf, failing, failingAdvance } from './store-faults.conformance.js';
import { adminCalls, adminCommands, backlogCalls, rulesAppliedAtOnce } from './store-admin-commands.conformance.js';
import { command, nothing, StoreCommand } from './store-command.conformance.js';
import {
  acceptanceOf,
  anyOf,
  DIRECT,
  KEYS,
  maybe,
  notification,
  type Said,
  seconds,
  BURST_RULE,
} from './store-notifications.conformance.js';
import { listen, switchHandle } from './store-side.conformance.js';
import { type Step } from './store-world.conformance.js';

const accepting =
  (said: readonly Said[]): Step =>
  async (side, world) => {
    const { results, ...tally } = await side.store.accept(
      said.map((one) => acceptanceOf(one, world.now)),
      world.now,
    );
    for (const result of results) {
      if ('refused' in result) continue;
      for (const { id, duplicate } of result.deliveries) if (!duplicate) side.deliveries.push(id);
    }
    return { ...tally, results: results.map((result) => ('refused' in result ? result.refused : result.deliveries)) };
  };
const accept = command('accept', fc.array(notification, { minLength: 1, maxLength: 6 }), accepting);

/** Direct ones of one time to one address, of any urgency. */
const burst = command('burst', fc.array(anyOf(PRIORITIES.slice(1)), { minLength: 2, maxLength: 4 }), (priorities) =>
  accepting(priorities.map((priority) => ({ ...DIRECT, priority }))),
);

/** What a burst limit is for. */
const excess = command(
  'excess',
  fc.array(fc.record({ dedupeKey: maybe(anyOf(KEYS)), groupKey: maybe(anyOf(KEYS)), sendInMs: maybe(seconds(90)) }), {
    minLength: 1,
    maxLength: 4,
  }),
  (said) => accepting(said.map((one) => ({ ...DIRECT, policy: BURST_RULE, ...one }))),
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

/** Another process opens the store. */
export const reopened = fc.record({ how: anyOf(['restart', 'crash'] as const), downMs: seconds(60) }).map(
  ({ how, downMs }) =>
    new StoreCommand(
      'reopen',
      { how, downMs },
      async (side, { now }) => {
        side.store = await side.underTest.reopen(how, now);
        listen(side);
      },
      (world) => world.pass(downMs),
    ),
);

/** From here on another instance is asked, where there is one. */
const switched = command('switch', fc.constant(undefined), () => (side) => {
  switchHandle(side);
  return Promise.resolve();
});

const beaten = command(
  'heartbeat',
  fc.constant(undefined),
  () =>
    ({ store }, { now }) =>
      store.heartbeat(now),
);

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

const calls = [accept, accept, accept, burst, excess, cancelledTried, claimed, settled, cancelled, ...adminCalls];

/** Several calls of one tick: they share a transaction where the store has one. */
const together = (among: typeof calls): fc.Arbitrary<StoreCommand> =>
  fc
    .oneof(
      fc.tuple(fc.array(fc.oneof(...among), { minLength: 2, maxLength: 4 }), fc.nat(30)),
      fc.tuple(fc.array(fc.oneof(...among, broken), { minLength: 2, maxLength: 4 }), fc.constant(undefined)),
    )
    .map(
      ([commands, failsAt]) =>
        new StoreCommand('together', [failsAt, ...commands.map(String)], async (side, world) => {
          const before = copyOf(side);
          const all = (): Promise<PromiseSettledResult<unknown>[]> =>
            Promise.allSettled(commands.map(({ step }) => step(side, world)));
          const stop = failsAt === undefined ? undefined : side.underTest.failAfter?.(failsAt);
          let answers = await all();
          // Those that share a transaction which fails are done again by the store; a lone one is rejected.
          if (
            stop?.() === true &&
            answers.some((answer) => answer.status === 'rejected' && answer.reason instanceof StoreFailedError)
          ) {
            Object.assign(side, before);
            answers = await all();
          }
          return answers.map((answer) => {
            if (answer.status === 'fulfilled') return answer.value;
            if (answer.reason instanceof NotificationError) return answer.reason.message;
            throw answer.reason;
          });
        }),
    );

const commands = [
  ...calls,
  accept,
  sent,
  sent,
  sent,
  passed,
  passed,
  ...adminCommands,
  switched,
  beaten,
  reopened,
  broken,
  failing(calls),
  failing(calls),
  failing([rulesAppliedAtOnce, backlogCalls]),
  failingAdvance,
  failingAdvance,
  extended,
  extended,
  settledLate,
  settledLate,
  steppedBack,
];

/** Schedules for stores that do the calls of one tick in their order. */
export const storeCommands = [...commands, together(calls)];

/** Schedules for stores that may do an acceptance ahead of a command of the same tick: only acceptances come together. */
export const sharedStoreCommands = [...commands, together([accept, accept, burst, excess])];

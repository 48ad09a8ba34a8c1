import { expect } from '@jest/globals';
import fc from 'fast-check';
import { StoreFailedError } from '../model/errors.js';
import { type JsonObject } from '../model/notification.js';
import { command, nothing, StoreCommand } from './store-command.conformance.js';
import { seconds } from './store-notifications.conformance.js';
import { type Side, view } from './store-side.conformance.js';
import { type Step } from './store-world.conformance.js';

/** A call that fails within: nothing of it is kept, and nothing of the rest is lost. */
export const broken = command('broken', fc.constant(undefined), () => async (side, { now }) => {
  const circular: Record<string, unknown> = {};
  circular['self'] = circular;
  const content = { type: 'a', channel: 'email', title: 'never', priority: 'normal' as const, data: circular as JsonObject };
  const [answer] = await Promise.allSettled([side.store.accept([{ content, addresses: ['ann@x'], route: 'individual' }], now)]);
  return answer.status;
});

/** The statement at which a transaction fails; most have fewer, and then it is their commit. */
const statement = fc.oneof(fc.nat(12), fc.nat(60));

/** A call whose transaction fails, and which is made again: it is as if it had failed never. */
export function failing(commands: readonly fc.Arbitrary<StoreCommand>[]): fc.Arbitrary<StoreCommand> {
  return fc
    .tuple(fc.oneof(...commands), statement)
    .map(([tried, at]) => new StoreCommand('failing', [at, String(tried)], failingOnce(tried.step, at)));
}

/** What is due is done by a transaction that fails. */
export const failingAdvance = fc.tuple(seconds(45), statement).map(
  ([ms, at]) =>
    new StoreCommand(
      'failingAdvance',
      [ms, at],
      failingOnce(nothing, at, (side, { now }) => side.store.advance(now, 3)),
      (world) => world.pass(ms),
    ),
);

/** Where the store has transactions, `tried` fails first; then all is as before, and `step` is made. */
function failingOnce(step: Step, statements: number, tried: Step = step): Step {
  return async (side, world) => {
    const { failAfter } = side.underTest;
    if (failAfter === undefined) return step(side, world);
    const before = await view(side);
    const copy = copyOf(side);
    const stop = failAfter(statements);
    const error: unknown = await tried(copy, world).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    // A call that writes nothing cannot fail so.
    if (stop()) expect(error).toBeInstanceOf(StoreFailedError);
    expect(await view(side)).toEqual(before);
    return step(side, world);
  };
}

/** What the caller knows, apart from the store. */
export function copyOf(side: Side): Side {
  return {
    ...side,
    deliveries: [...side.deliveries],
    held: [...side.held],
    lost: [...side.lost],
    frozen: new Map(side.frozen),
    claimed: new Set(side.claimed),
  };
}

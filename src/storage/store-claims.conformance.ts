import { expect } from '@jest/globals';
import fc from 'fast-check';
import { LANES, type Outcome, type Settlement } from '../model/message.js';
import { type ClaimHolds } from './notification-store.js';
import { FAILURE } from './store-bench.conformance.js';
import { command } from './store-command.conformance.js';
import { anyOf, often, seconds } from './store-notifications.conformance.js';
import { CHANNELS } from './store-side.conformance.js';
import { claim } from './store-world.conformance.js';

export const claimed = command(
  'claim',
  fc.record({
    channel: often('email', anyOf(CHANNELS)),
    lane: often('normal', anyOf(LANES)),
    limit: fc.integer({ min: 1, max: 8 }),
    holds: fc.option(fc.record({ residue: fc.nat(3), most: fc.integer({ min: 1, max: 3 }) }), { nil: undefined }),
  }),
  ({ channel, lane, limit, holds }) =>
    (side, world) =>
      claim(side, world, channel, lane, limit, holds === undefined ? undefined : heldBy(holds)),
);

/** A quarter of the addresses may not go, and of each other one so many a claim. */
function heldBy({ residue, most }: { readonly residue: number; readonly most: number }): ClaimHolds {
  const isHeld = (address: string): boolean =>
    Array.from(address).reduce((sum, char) => sum + char.charCodeAt(0), 0) % 4 === residue;
  return {
    keyOf: (address) => address,
    heldUntil: (address, taken) => (isHeld(address) || taken >= most ? Infinity : undefined),
  };
}

export const settled = command(
  'settle',
  fc.record({
    count: fc.integer({ min: 1, max: 8 }),
    outcome: anyOf(['delivered', 'retry', 'retry', 'dead', 'dead', 'released'] as const),
    inMs: seconds(30),
    sequenced: fc.boolean(),
  }),
  ({ count, outcome, inMs, sequenced }) =>
    async (side, { now }) => {
      const held = side.held.splice(0, count);
      side.lost.push(...held);
      const settlements = held.map(({ messageId, token, attempt }): Settlement => {
        return { ...outcomeOf(messageId, attempt), token };
      });
      return side.store.settle(settlements, now);
      function outcomeOf(messageId: string, attempt: number): Outcome {
        switch (outcome) {
          case 'delivered':
            return { messageId, outcome, ...(sequenced ? { sequenced } : {}) };
          case 'released':
            return { messageId, outcome, retryAt: now + inMs };
          case 'retry':
            return { messageId, outcome, failure: FAILURE, retryAt: now + inMs, progress: { attempt } };
          case 'dead':
            return { messageId, outcome, failure: FAILURE };
        }
      }
    },
);

/** A worker that comes back after its lease ended or its message was settled: nothing of what it says counts. */
export const settledLate = command(
  'settleLate',
  fc.record({ back: fc.nat(20), dead: fc.boolean() }),
  ({ back, dead }) =>
    async (side, { now }) => {
      const late = side.lost.at(-1 - (back % Math.max(1, side.lost.length)));
      if (late === undefined) return undefined;
      const { messageId, token } = late;
      const before = await side.store.find(late.entries[0]?.deliveryId ?? '');
      const outcome = dead ? ({ outcome: 'dead', failure: FAILURE } as const) : ({ outcome: 'delivered' } as const);
      expect(await side.store.settle([{ messageId, token, ...outcome }], now)).toEqual({ stale: [messageId] });
      expect(await side.store.find(late.entries[0]?.deliveryId ?? '')).toEqual(before);
      return messageId;
    },
);

/** A worker that is still sending. */
export const extended = command(
  'extend',
  fc.record({ count: fc.integer({ min: 1, max: 8 }), forMs: seconds(30) }),
  ({ count, forMs }) =>
    async (side, { now }) => {
      const tokens = [...new Set(side.held.slice(0, count).map(({ token }) => token))];
      expect(await side.store.extend(tokens, now + forMs)).toEqual({ lost: [] });
      const gone = side.lost.map(({ token }) => token).filter((token) => side.held.every((held) => held.token !== token));
      expect(await side.store.extend(gone, now + forMs)).toEqual({ lost: gone });
      return tokens.length;
    },
);

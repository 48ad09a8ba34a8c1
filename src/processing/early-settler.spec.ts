import { expect, it } from '@jest/globals';
import { claimedMessage } from '../../test/support/claimed-message.js';
import { type Settlement } from '../model/message.js';
import { type NotificationStore } from '../storage/notification-store.js';
import { ManualClock } from '../testing/manual-clock.js';
import { EarlySettler } from './early-settler.js';

function setUp(answer: () => Promise<unknown> = () => Promise.resolve([])) {
  const calls: { readonly count: number; readonly durable: boolean | undefined }[] = [];
  const store = {
    settle: (settlements: readonly Settlement[], _: number, durable?: boolean) => {
      expect(settlements.every(({ outcome }) => outcome === 'delivered')).toBe(true);
      calls.push({ count: settlements.length, durable });
      return answer();
    },
  };
  const clock = new ManualClock();
  return { settler: new EarlySettler(store as unknown as NotificationStore, clock), clock, calls };
}

it('records what was taken by a hundred, or by a tenth of a second, without waiting for the disk', () => {
  const { settler, clock, calls } = setUp();
  for (let i = 0; i < 210; i++) settler.add(claimedMessage());
  expect(calls).toEqual([
    { count: 100, durable: false },
    { count: 100, durable: false },
  ]);
  clock.advance(100);
  settler.add(claimedMessage());
  expect(calls.at(-1)).toEqual({ count: 11, durable: false });
});

it('gives what waits to a batch that ends', () => {
  const { settler, clock, calls } = setUp();
  const [first, second] = [claimedMessage(), claimedMessage()];
  settler.add(first);
  expect(settler.takeAlong(clock.now())).toEqual([{ messageId: first.messageId, outcome: 'delivered' }]);
  settler.add(second);
  expect(settler.takeAlong(clock.now())).toEqual([{ messageId: second.messageId, outcome: 'delivered' }]);
  expect(calls).toEqual([]);
});

it('leaves it to the end of the batch when the store cannot', async () => {
  const { settler, calls } = setUp(() => Promise.reject(new Error('disk full')));
  for (let i = 0; i < 100; i++) settler.add(claimedMessage());
  await new Promise((resolve) => setImmediate(resolve));
  expect(calls).toHaveLength(1);
});

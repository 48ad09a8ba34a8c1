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

it('records what was taken by twenty-five, or by a tenth of a second, without waiting for the disk', () => {
  const { settler, clock, calls } = setUp();
  for (let i = 0; i < 60; i++) settler.add(claimedMessage());
  expect(calls).toEqual([
    { count: 25, durable: false },
    { count: 25, durable: false },
  ]);
  clock.advance(100);
  settler.add(claimedMessage());
  expect(calls.at(-1)).toEqual({ count: 11, durable: false });
});

it('leaves it to the end of the batch when the store cannot', async () => {
  const { settler, calls } = setUp(() => Promise.reject(new Error('disk full')));
  for (let i = 0; i < 25; i++) settler.add(claimedMessage());
  await new Promise((resolve) => setImmediate(resolve));
  expect(calls).toHaveLength(1);
});

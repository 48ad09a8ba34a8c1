import { expect, it } from '@jest/globals';
import { NotificationEvents } from '../model/notification-events.js';
import { DrainRate } from './drain-rate.js';

it('tells when there will be room, from how fast deliveries end', () => {
  const events = new NotificationEvents();
  let now = 0;
  const rate = new DrainRate(events, () => now);
  const message = { messageId: 'm', address: 'a', type: 't', latencyMs: 0, bufferMs: 0 } as const;
  const finished = (count: number, outcome: 'delivered' | 'retry'): void =>
    events.emit('batchFinished', {
      channel: 'email',
      lane: 'normal',
      size: 1,
      durationMs: 1,
      messages: [{ ...message, count, outcome }],
    });
  expect(rate.waitMs(1_000, now)).toBe(1_000);
  for (; now < 10_000; now += 1_000) finished(100, 'delivered');
  finished(10_000, 'retry');
  // A hundred a second.
  expect(rate.waitMs(500, now)).toBe(5_000);
  expect(rate.waitMs(1, now)).toBe(1_000);
  expect(rate.waitMs(1_000_000, now)).toBe(300_000);
  expect(rate.waitMs(500, now + 60_000)).toBe(1_000);
});

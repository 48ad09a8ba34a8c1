import { expect, it } from '@jest/globals';
import { NotificationEvents } from '../model/notification-events.js';
import { type DeliveryState } from '../model/delivery.js';
import { type KnownSnapshot } from '../storage/notification-store.js';
import { DrainRate } from './drain-rate.js';

it('tells when there will be room, from how fast deliveries end', () => {
  const events = new NotificationEvents();
  let now = 0;
  const rate = new DrainRate(events, { onRead: () => undefined }, () => now);
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

it('with a shared store tells it from how fast deliveries end over all instances, and takes a cleanup for nothing', () => {
  const events = new NotificationEvents();
  let read: (snapshot: KnownSnapshot) => void = () => undefined;
  const rate = new DrainRate(events, { onRead: (listener) => void (read = listener) }, () => 0);
  const counted = (asOf: number, counts: Partial<Record<DeliveryState, number>>): void =>
    read({
      asOf,
      counts: Object.entries(counts).map(([state, count]) => ({
        channel: 'email',
        type: 't',
        route: 'batch',
        state: state as DeliveryState,
        count,
      })),
      pending: 0,
      windows: { open: 0, items: 0 },
      messages: { queued: 0, sending: 0 },
    });
  for (let second = 0; second <= 10; second++) {
    counted(second * 1_000, { queued: 5_000, delivered: 1_000 + second * 60, cancelled: second * 40, gathering: 7 });
  }
  counted(10_500, { delivered: 3 });
  // What this instance sent is among what was counted.
  events.emit('batchFinished', { channel: 'email', lane: 'normal', size: 1, durationMs: 1, messages: [] });
  expect(rate.waitMs(500, 10_000)).toBe(4_500);
  expect(rate.waitMs(500, 60_000)).toBe(1_000);
});

import { describe, expect, it } from '@jest/globals';
import { ManualClock } from '../testing/manual-clock.js';
import { type BatchAggregationService } from '../aggregation/batch-aggregation.service.js';
import { NotFoundError } from '../model/errors.js';
import { NotificationEvents } from '../model/notification-events.js';
import { type BatchProcessorService } from '../processing/batch-processor.service.js';
import { type Instance } from '../storage/instance.js';
import { type NotificationStore } from '../storage/notification-store.js';
import { type TransportRegistry } from '../transports/transport-registry.js';
import { Activity } from './activity.js';
import { EventLoopDelay } from './event-loop-delay.js';
import { StatisticsService } from './statistics.service.js';

function setUp(oldestAt?: number) {
  const clock = new ManualClock();
  const events = new NotificationEvents();
  const store = {
    snapshot: () =>
      Promise.resolve({
        counts: [
          { channel: 'email', type: 'alert', route: 'batch', state: 'queued', count: 2 },
          { channel: 'email', type: '__proto__', route: 'aggregate', state: 'gathering', count: 3 },
          { channel: 'sms', type: 'alert', route: 'immediate', state: 'delivered', count: 4 },
        ],
        pending: 5,
        windows: { open: 1, items: 3, ...(oldestAt === undefined ? {} : { oldestAt: clock.now() - oldestAt }) },
        messages: { queued: 2, sending: 0 },
      }),
    address: (_channel: string, address: string) =>
      Promise.resolve(
        address === 'ann'
          ? {
              counts: { delivered: 6, gathering: 1, sending: 2 },
              messagesSent: 4,
              deliveriesSent: 6,
              openWindows: 1,
              totalSendMs: 100,
              lastActivityAt: clock.now(),
            }
          : undefined,
      ),
  };
  const pool = { size: 2, inUse: 1, idle: 1, waiting: 0, created: 2, failed: 0 };
  const transports = {
    channels: () => ['email', 'sms', 'plain'],
    canonicalFilter: <Filter>(filter: Filter) => filter,
    addressProblem: () => undefined,
    canonicalAddress: (_: string, address: string) => address,
    get: (channel: string) => (channel === 'plain' ? {} : { pool: () => pool }),
  };
  const pauses = new Map<string, object>();
  const processor = {
    channels: () => ['email', 'sms', 'plain'].map((name) => ({ name, paused: pauses.get(name) ?? false, inFlight: 0 })),
  };
  const records = [{ name: 'a', version: '1.2.3', channels: ['email'], startedAt: 0, seenAt: 5_000 }];
  const instance = { name: 'a', all: () => Promise.resolve(records) };
  const service = new StatisticsService(
    store as unknown as NotificationStore,
    { statisticsOf: () => ({}) } as unknown as BatchAggregationService,
    processor as unknown as BatchProcessorService,
    transports as unknown as TransportRegistry,
    new Activity(events, clock),
    clock,
    instance as unknown as Instance,
    new EventLoopDelay(),
    { health: { intervalMs: 30_000, stuckAfterMs: 60_000, errorRate: 0.5, nearLimit: 0.9 } },
  );
  return { clock, events, pauses, service };
}

describe('StatisticsService', () => {
  it('lists the instances, and says which one answers', async () => {
    expect((await setUp().service.statistics()).instances).toEqual([
      {
        name: 'a',
        self: true,
        version: '1.2.3',
        channels: ['email'],
        startedAt: '1970-01-01T00:00:00.000Z',
        heartbeatAt: '1970-01-01T00:00:05.000Z',
      },
    ]);
  });

  it('G7 counts add up by state, route, channel and type, whatever the types are called', async () => {
    const { counts } = await setUp().service.statistics();
    expect(counts).toMatchObject({
      accepted: 9,
      pending: 5,
      byChannel: { email: 5, sms: 4 },
      byRoute: { batch: 2, individual: 0 },
    });
    for (const group of [counts.byState, counts.byRoute, counts.byChannel, counts.byType]) {
      expect(Object.values<number>(group).reduce((a, b) => a + b, 0)).toBe(9);
    }
    expect(Object.entries(counts.byType)).toContainEqual(['__proto__', 3]);
  });

  it('tells of batches, latency and rates what it heard', async () => {
    const { clock, events, service } = setUp();
    events.emit('accepted', {
      rows: [{ channel: 'email', type: 'alert', route: 'batch', count: 120 }],
      duplicates: 1,
      refused: 2,
    });
    const message = { messageId: 'm', address: 'a', type: 'alert', bufferMs: 0, latencyMs: 200 };
    events.emit('batchFinished', {
      channel: 'email',
      lane: 'normal',
      size: 2,
      durationMs: 50,
      messages: [
        { ...message, count: 60, outcome: 'delivered' },
        { ...message, count: 5, outcome: 'retry', reason: 'timed_out' },
      ],
    });
    clock.advance(1000);
    const { batches, latency, rates, channels, uptimeMs, ...rest } = await service.statistics();
    expect(batches).toMatchObject({ count: 1, messages: 2, deliveries: 65, averageSize: 2, sizes: { '1': 0, '2': 1 } });
    expect(batches.time.p99).toBeCloseTo(50, -1);
    expect(latency.count).toBe(60);
    expect(Math.abs((latency.p50 ?? 0) - 200)).toBeLessThanOrEqual(2);
    expect(rates).toEqual({ acceptedPerSecond: 2, deliveredPerSecond: 1 });
    expect(channels['email']).toMatchObject({
      outcomes: { delivered: 60, retry: 5 },
      reasons: { timed_out: 5 },
      pool: { size: 2 },
    });
    expect(channels['plain']).toMatchObject({ batches: { count: 0 } });
    expect(rest.pool).toEqual({ size: 4, inUse: 2, idle: 2, waiting: 0, created: 4, failed: 0 });
    expect(rest.counts).toMatchObject({ duplicates: 1, refused: 2 });
    expect(uptimeMs).toBe(1000);
    expect(rest.process.cpuMs.user).toBeGreaterThan(0);
    expect(rest.process.eventLoopDelay).toEqual({ meanMs: 0, p99Ms: 0, maxMs: 0 });
  });

  it('gives the counts of each channel', async () => {
    const { channels } = await setUp().service.statistics();
    expect(channels['email']?.byState).toMatchObject({ gathering: 3, queued: 2, delivered: 0 });
    expect(channels['sms']?.byState).toMatchObject({ gathering: 0, delivered: 4 });
  });

  it('calls a channel degraded while its attempts fail, until one is taken', async () => {
    const { clock, events, service } = setUp();
    const attempt = (outcome: 'delivered' | 'retry' | 'released', count: number): void =>
      events.emit('batchFinished', {
        channel: 'email',
        lane: 'normal',
        size: 1,
        durationMs: 1,
        messages: [
          {
            messageId: 'm',
            address: 'a',
            type: 't',
            count,
            outcome,
            latencyMs: 1,
            bufferMs: 1,
            ...(outcome === 'retry' ? { reason: 'timed_out' as const } : {}),
          },
        ],
      });
    const email = async () => (await service.statistics()).channels['email'];
    expect((await email())?.state).toBe('ok');
    attempt('retry', 76);
    attempt('delivered', 24);
    expect(await email()).toMatchObject({ state: 'degraded', lastMinute: { attempts: 100, failed: 76 } });
    attempt('delivered', 52);
    expect(await email()).toMatchObject({ state: 'ok', lastMinute: { attempts: 152, failed: 76 } });
    clock.advance(1_000);
    attempt('retry', 1);
    clock.advance(61_000);
    expect(await email()).toMatchObject({
      state: 'degraded',
      lastMinute: { attempts: 0, failed: 0 },
      lastFailure: { at: '2026-11-20T09:00:01.000Z', reason: 'timed_out' },
    });
    attempt('released', 1);
    expect((await email())?.state).toBe('degraded');
    attempt('delivered', 1);
    expect((await email())?.state).toBe('ok');
  });

  it.each([
    ['operator', 'paused_by_operator'],
    ['failure', 'paused_by_failure'],
  ])('says of a pause that it is by an %s', async (by, state) => {
    const { pauses, service } = setUp();
    pauses.set('sms', { by, detail: 'x', since: '2026-11-20T09:00:00.000Z' });
    expect((await service.statistics()).channels).toMatchObject({ email: { state: 'ok' }, sms: { state } });
  });

  it('tells of the oldest window, and of none', async () => {
    expect((await setUp(1500).service.statistics()).windows).toMatchObject({ oldest: expect.any(String), oldestAgeMs: 1500 });
    expect((await setUp().service.statistics()).windows).toMatchObject({ oldest: null, oldestAgeMs: 0 });
  });

  it('tells of one address', async () => {
    const { service } = setUp();
    expect(await service.ofAddress('email', 'ann')).toMatchObject({
      counts: { accepted: 9, pending: 3 },
      pending: 3,
      messages: 4,
      batches: { count: 4, deliveries: 6, averageSize: 1.5, averageTimeMs: 25 },
      windows: { open: 1 },
    });
    await expect(service.ofAddress('email', 'nobody')).rejects.toThrow(NotFoundError);
  });
});

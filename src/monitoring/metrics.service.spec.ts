import { describe, expect, it } from '@jest/globals';
import { Counter, Registry } from 'prom-client';
import { ManualClock } from '../testing/manual-clock.js';
import { NotificationEvents } from '../model/notification-events.js';
import { type BatchProcessorService } from '../processing/batch-processor.service.js';
import { type Instance } from '../storage/instance.js';
import { type NotificationStore } from '../storage/notification-store.js';
import { type TransportRegistry } from '../transports/transport-registry.js';
import { type ResolvedOptions } from '../config/options.js';
import { type EventLoopDelay } from './event-loop-delay.js';
import { MetricsService } from './metrics.service.js';

const delay = { view: () => ({ meanMs: 1, p99Ms: 20, maxMs: 300 }), longestMs: 40 };
const pool = { size: 5, inUse: 2, idle: 1, waiting: 0, created: 3, failed: 0 };

function setUp(monitoring = true, registry?: Registry, shared = false) {
  const events = new NotificationEvents();
  const clock = new ManualClock();
  const store = {
    reads: 0,
    fails: false,
    snapshot: () => {
      store.reads += 1;
      if (store.fails) return Promise.reject(new Error('broken'));
      return Promise.resolve({
        counts: [
          { channel: 'email', type: 'alert', route: 'batch', state: 'queued', count: 2 },
          { channel: 'email', type: 'ticket', route: 'batch', state: 'queued', count: 3 },
        ],
        pending: 5,
        windows: { open: 1, items: 2, oldestAt: clock.now() - 1500 },
        messages: { queued: 5, sending: 0 },
      });
    },
  };
  const processor = {
    channels: () => [{ name: 'email', paused: { by: 'operator', detail: 'x' }, inFlight: 1, breaker: 'open' }],
  };
  const transports = { get: () => ({ pool: () => pool }) };
  const metrics = new MetricsService(
    events,
    store as unknown as NotificationStore,
    processor as unknown as BatchProcessorService,
    transports as unknown as TransportRegistry,
    clock,
    { name: 'a', shared, tellsOfStore: true } as unknown as Instance,
    delay as unknown as EventLoopDelay,
    {
      monitoring,
      metrics: { registry },
      aggregation: { rules: [{ type: 'comment', windowMs: 1, maxCount: 1 }] },
    } as unknown as ResolvedOptions,
  );
  return { events, metrics, store };
}

describe('MetricsService', () => {
  it('keeps nothing when the option monitoring is false', async () => {
    const { events, metrics } = setUp(false);
    events.emit('accepted', { rows: [{ channel: 'email', type: 'alert', route: 'batch', count: 4 }], duplicates: 1, refused: 2 });
    await expect(metrics.scrape()).rejects.toThrow('the metrics are not kept: the option monitoring is false');
  });

  it('tells how long windows gathered, by channel and by the types that are built in or have a rule', async () => {
    const { events, metrics } = setUp();
    const closed = { messageId: 'm', channel: 'email', address: 'a', count: 2, reason: 'time', burst: false } as const;
    const types = ['comment', 'alert', 'a-word-of-a-caller', 'another'];
    events.emit('windowsClosed', { windows: types.map((type, index) => ({ ...closed, type, openMs: 2_000 * (index + 1) })) });
    const text = await metrics.scrape();
    expect(text).toContain('nestjs_digest_buffer_seconds_sum{channel="email",type="comment"} 2\n');
    expect(text).toContain('nestjs_digest_buffer_seconds_sum{channel="email",type="alert"} 4\n');
    expect(text).toContain('nestjs_digest_buffer_seconds_sum{channel="email",type="other"} 14\n');
    expect(text).not.toMatch(/a-word-of-a-caller|another/);
  });

  it('tells of the processor time and the event loop of the process', async () => {
    const { metrics } = setUp();
    const before = process.cpuUsage();
    const text = await metrics.scrape();
    const [, user = ''] = /nestjs_digest_process_cpu_seconds_total\{mode="user"\} (\S+)/.exec(text) ?? [];
    expect(Number(user)).toBeGreaterThanOrEqual(before.user / 1e6);
    expect(Number(user)).toBeLessThanOrEqual(process.cpuUsage().user / 1e6);
    expect(text).toContain('nestjs_digest_event_loop_delay_seconds{stat="p99"} 0.02\n');
    expect(text).toContain('nestjs_digest_event_loop_longest_delay_seconds 0.04\n');
  });

  it('tells what happened and what is', async () => {
    const { events, metrics } = setUp();
    events.emit('accepted', { rows: [{ channel: 'email', type: 'alert', route: 'batch', count: 4 }], duplicates: 1, refused: 2 });
    const sent = { messageId: 'm', address: 'ann@example.com', type: 'my-type', latencyMs: 30, bufferMs: 0 };
    events.emit('batchFinished', {
      channel: 'email',
      lane: 'normal',
      size: 2,
      durationMs: 40,
      messages: [
        { ...sent, count: 3, outcome: 'delivered' },
        { ...sent, count: 1, outcome: 'dead', reason: 'address_rejected' },
      ],
    });
    const lines = (await metrics.scrape()).split('\n');
    expect(lines).toEqual(
      expect.arrayContaining([
        'nestjs_digest_accepted_total{channel="email",route="batch"} 4',
        'nestjs_digest_duplicates_total 1',
        'nestjs_digest_refused_total 2',
        'nestjs_digest_deliveries_total{channel="email",outcome="delivered",reason=""} 3',
        'nestjs_digest_deliveries_total{channel="email",outcome="dead",reason="address_rejected"} 1',
        'nestjs_digest_batch_size_sum{channel="email"} 2',
        'nestjs_digest_batch_duration_seconds_sum{channel="email"} 0.04',
        'nestjs_digest_latency_seconds_count{channel="email"} 1',
        'nestjs_digest_deliveries{state="queued"} 5',
        'nestjs_digest_pending 5',
        'nestjs_digest_windows_open 1',
        'nestjs_digest_oldest_window_age_seconds 1.5',
        'nestjs_digest_batches_in_flight{channel="email"} 1',
        'nestjs_digest_channel_paused{channel="email"} 1',
        'nestjs_digest_pool_connections{channel="email",state="in_use"} 2',
      ]),
    );
    expect(lines.join('\n')).not.toMatch(/example\.com|my-type/);
  });

  it('G8 has as many lines however many types and addresses there are; two of them do not meet', async () => {
    const { events, metrics } = setUp();
    const other = setUp();
    events.emit('accepted', { rows: [{ channel: 'email', type: 'alert', route: 'batch', count: 1 }], duplicates: 0, refused: 0 });
    const before = (await metrics.scrape()).split('\n').length;
    for (let index = 0; index < 1000; index++) {
      events.emit('accepted', {
        rows: [{ channel: 'email', type: `t${index}`, route: 'batch', count: 1 }],
        duplicates: 0,
        refused: 0,
      });
    }
    expect((await metrics.scrape()).split('\n')).toHaveLength(before);
    expect(await other.metrics.scrape()).not.toContain('accepted_total{');
  });

  it("stands in the host's registry beside the host's own metrics, and leaves it at the close", async () => {
    const registry = new Registry();
    const own = new Counter({ name: 'orders_total', help: 'Orders', registers: [registry] });
    own.inc(7);
    const { events, metrics } = setUp(true, registry);
    events.emit('accepted', { rows: [{ channel: 'email', type: 'alert', route: 'batch', count: 4 }], duplicates: 1, refused: 2 });
    const text = await registry.metrics();
    expect(text).toContain('orders_total 7');
    expect(text).toContain('nestjs_digest_accepted_total{channel="email",route="batch"} 4');
    expect(text).toContain('nestjs_digest_pending 5');
    expect(text).toContain('nestjs_digest_oldest_window_age_seconds 1.5');
    expect(await metrics.scrape()).not.toContain('orders_total');
    metrics.onApplicationShutdown();
    expect(registry.getMetricsAsArray().map(({ name }) => name)).toEqual(['orders_total']);
    setUp(true, registry).metrics.onApplicationShutdown();
  });

  it("reads the store once for a scrape of the host's registry, and leaves the host's metrics readable when the store fails", async () => {
    const registry = new Registry();
    new Counter({ name: 'orders_total', help: 'Orders', registers: [registry] }).inc(7);
    const { store } = setUp(true, registry);
    await registry.metrics();
    expect(store.reads).toBe(1);
    store.fails = true;
    expect(await registry.metrics()).toContain('orders_total 7');
  });

  it('refuses a registry that has its metrics already', () => {
    const registry = new Registry();
    setUp(true, registry);
    expect(() => setUp(true, registry)).toThrow(
      'metrics.registry: has a metric nestjs_digest_accepted_total already; two applications of one process need a registry each',
    );
  });
});

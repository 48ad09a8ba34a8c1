import { describe, expect, it } from '@jest/globals';
import { ManualClock } from '../testing/manual-clock.js';
import { type AddressLimit } from '../aggregation/address-limit.js';
import { type MemoryPressure } from '../aggregation/memory-pressure.js';
import { NotificationEvents } from '../model/notification-events.js';
import { type BatchProcessorService } from '../processing/batch-processor.service.js';
import { type PassFailure } from '../processing/pass-failure.js';
import { type NotificationStore, type StoreHealth } from '../storage/notification-store.js';
import { type StoreSnapshots } from '../storage/store-snapshots.js';
import { type TransportRegistry } from '../transports/transport-registry.js';
import { type Transport } from '../transports/transport.js';
import { Activity } from './activity.js';
import { HealthIndicators } from './health-indicators.js';
import { ANSWER_WITHIN_MS, HealthService, STORE_CHECK_MS } from './health.service.js';

interface Parts {
  readonly check?: () => Promise<StoreHealth>;
  readonly dueIn?: number;
  readonly health?: NonNullable<Transport['health']>;
  readonly paused?: false | { readonly by: string; readonly detail: string; readonly since: string };
  readonly counts?: readonly object[];
  readonly pending?: number;
  readonly addresses?: number;
  readonly batchMs?: number;
  readonly pressure?: number;
  readonly failing?: PassFailure;
}

const STUCK_AFTER_MS = 1_000;

function setUp({ check, dueIn, health, paused = false, ...parts }: Parts = {}) {
  const clock = new ManualClock();
  const events = new NotificationEvents();
  const { pending = 0, addresses = 0, batchMs = 0, pressure = 0, failing } = parts;
  const store = {
    check: check ?? (() => Promise.resolve({ ok: true, detail: 'fine' })),
    snapshot: () => Promise.resolve({ pending }),
    nextDueAt: () => Promise.resolve(dueIn === undefined ? undefined : clock.now() + dueIn),
  };
  const processor = {
    channels: () => [{ name: 'email', paused, inFlight: 0 }],
    oldestBatchMs: () => batchMs,
    failing: () => failing,
  };
  const transports = { get: (name: string) => (name === 'slack' ? undefined : { ...(health === undefined ? {} : { health }) }) };
  const indicators = new HealthIndicators(
    store as unknown as NotificationStore,
    { now: () => ({ counts: parts.counts ?? [] }) } as unknown as StoreSnapshots,
    processor as unknown as BatchProcessorService,
    transports as unknown as TransportRegistry,
    new Activity(events, clock),
    { usage: () => Promise.resolve([{ channel: 'slack', addresses, maxAddresses: 100 }]) } as unknown as AddressLimit,
    { level: pressure, limitMb: 512 } as unknown as MemoryPressure,
    clock,
    {
      health: { intervalMs: 30_000, stuckAfterMs: STUCK_AFTER_MS, errorRate: 0.5, nearLimit: 0.9 },
      delivery: { enabled: true },
      queue: { maxPending: 1_000 },
    },
  );
  const service = new HealthService(
    store as unknown as NotificationStore,
    processor as unknown as BatchProcessorService,
    transports as unknown as TransportRegistry,
    indicators,
    clock,
  );
  return { clock, service, events };
}

describe('HealthService', () => {
  it('warns while the disk of the store is nearly full, and stays ok', async () => {
    const check = () => Promise.resolve({ ok: true, detail: 'writable', lowSpace: '5 MiB are free' });
    const { status, store } = await setUp({ check }).service.report();
    expect({ status, store }).toEqual({
      status: 'ok',
      store: { status: 'warning', detail: '5 MiB are free; finished deliveries are deleted early' },
    });
  });

  it('says that passes fail, since when and why: a warning at first, an error once work is stuck', async () => {
    const { clock, service } = setUp({
      failing: { since: new ManualClock().now(), detail: 'the store could not claim messages' },
    });
    clock.advance(STUCK_AFTER_MS);
    const detail = 'nothing new is sent since 2026-11-20T09:00:00.000Z, because passes fail: the store could not claim messages';
    expect(await service.report()).toMatchObject({ status: 'ok', processor: { status: 'warning', detail } });
    clock.advance(1);
    expect(await service.report()).toMatchObject({ status: 'error', processor: { status: 'error', detail } });
  });

  it('warns of contents that cannot be read, with their number', async () => {
    const check = () => Promise.resolve({ ok: true, detail: 'writable', unreadable: 32 });
    expect(await setUp({ check }).service.report()).toMatchObject({
      status: 'ok',
      store: { status: 'warning', detail: expect.stringMatching(/^32 deliveries ended as dead .* cannot be read/) },
    });
  });

  it('is ok when every part is, and leaves no timer', async () => {
    const { clock, service } = setUp({ dueIn: 5, health: () => Promise.resolve({ ok: true, detail: 'connected' }) });
    expect(await service.report()).toMatchObject({
      status: 'ok',
      shuttingDown: false,
      store: { status: 'ok', detail: 'fine' },
      channels: { email: { status: 'ok', detail: 'connected' } },
      windows: { status: 'ok', overdueMs: 0 },
      memory: { status: 'ok' },
    });
    expect(clock.pending).toBe(0);
  });

  it('finds work that is due and not taken up', async () => {
    expect(await setUp({ dueIn: -STUCK_AFTER_MS }).service.report()).toMatchObject({ status: 'ok' });
    expect(await setUp({ dueIn: -STUCK_AFTER_MS - 1 }).service.report()).toMatchObject({
      status: 'error',
      windows: { status: 'error', overdueMs: STUCK_AFTER_MS + 1 },
    });
  });

  it('takes a part that hangs as broken', async () => {
    const { clock, service } = setUp({ health: () => new Promise(() => undefined) });
    const report = service.report();
    await new Promise((resolve) => setImmediate(resolve));
    clock.advance(ANSWER_WITHIN_MS);
    expect(await report).toMatchObject({ status: 'error', store: { status: 'ok' }, channels: { email: { status: 'error' } } });
  });

  it('G10 does not show the error of a part that throws', async () => {
    const broken = (): Promise<never> => Promise.reject(new TypeError('smtp://user:canary@host'));
    const report = await setUp({ check: broken, health: broken }).service.report();
    expect(report).toMatchObject({ status: 'error', store: { status: 'error', detail: 'the check failed (TypeError)' } });
    expect(JSON.stringify(report)).not.toContain('canary');
  });

  it('warns of a channel without a transport, with what waits for it', async () => {
    const row = { channel: 'slack', state: 'queued', count: 4 };
    const counts = [row, { ...row, state: 'gathering', count: 3 }, { ...row, state: 'delivered' }, { ...row, channel: 'email' }];
    expect(await setUp({ counts }).service.report()).toMatchObject({
      status: 'ok',
      channels: {
        email: { status: 'ok' },
        slack: { status: 'warning', detail: expect.stringMatching(/slack; 7 deliveries wait/) },
      },
    });
  });

  it('takes a pause by hand as a wish, and one by failure as a fault', async () => {
    const pausedBy = async (by: string): Promise<string> =>
      (await setUp({ paused: { by, detail: 'x', since: '2026-11-20T09:00:00.000Z' } }).service.report()).status;
    expect(await pausedBy('operator')).toBe('ok');
    expect(await pausedBy('failure')).toBe('error');
  });

  it('G9 says so from the first moment of a stop', async () => {
    const { service } = setUp();
    service.onModuleDestroy();
    expect(await service.report()).toMatchObject({ status: 'error', shuttingDown: true });
  });

  it.each([
    [{ batchMs: 1_001 }, 'batches', /1001 ms/],
    [{ pending: 900 }, 'limits', /900 of QUEUE_MAX_PENDING=1000/],
    [{ addresses: 90 }, 'limits', /slack gathers for 90 of 100/],
    [{ pressure: 0.1 }, 'memory', /MEMORY_PRESSURE_MB=512/],
  ] as const)('warns without being ill: %j', async (parts, part, detail) => {
    const report = await setUp(parts).service.report();
    expect(report).toMatchObject({ status: 'ok', [part]: { status: 'warning' } });
    expect(report[part].detail).toMatch(detail);
    for (const fine of ['processor', 'batches', 'errors', 'limits', 'memory'] as const)
      if (fine !== part) expect(report[fine].status).toBe('ok');
  });

  it('warns of tries that fail more often than they should, of twenty at least, until a minute later', async () => {
    const { clock, service, events } = setUp();
    const finished = (outcome: 'delivered' | 'retry', count: number): void =>
      events.emit('batchFinished', {
        channel: 'email',
        lane: 'normal',
        size: 1,
        durationMs: 1,
        messages: [{ messageId: 'm', address: 'a', type: 't', count, outcome, latencyMs: 1, bufferMs: 1 }],
      });
    finished('retry', 19);
    expect((await service.report()).errors.status).toBe('ok');
    finished('delivered', 1);
    expect((await service.report()).errors).toEqual({
      status: 'warning',
      detail: 'attempts of the last minute that failed: email 95 % of 20',
    });
    finished('delivered', 18);
    expect((await service.report()).errors.status).toBe('ok');
    finished('retry', 30);
    clock.advance(61_000);
    expect((await service.report()).errors.status).toBe('ok');
  });

  it('asks the store once in STORE_CHECK_MS while it is well, however often the health is asked for', async () => {
    let checks = 0;
    const check = () => Promise.resolve({ ok: true, detail: `check ${++checks}` });
    const { clock, service } = setUp({ check });
    await Promise.all([service.report(), service.readiness(), service.report()]);
    clock.advance(STORE_CHECK_MS - 1);
    expect((await service.report()).store.detail).toBe('check 1');
    clock.advance(1);
    expect((await service.report()).store.detail).toBe('check 2');
  });

  it('asks a store that was not well again at once', async () => {
    let ok = false;
    const { service } = setUp({ check: () => Promise.resolve({ ok, detail: '' }) });
    expect(await service.readiness()).toMatchObject({ status: 'error', store: { status: 'error' } });
    ok = true;
    expect(await service.readiness()).toMatchObject({ status: 'ok', shuttingDown: false });
  });

  it('is ready while a channel fails, and no more once it stops', async () => {
    const { service } = setUp({ health: () => Promise.resolve({ ok: false, detail: 'no connection' }) });
    expect((await service.report()).status).toBe('error');
    expect((await service.readiness()).status).toBe('ok');
    service.onModuleDestroy();
    expect(await service.readiness()).toMatchObject({ status: 'error', shuttingDown: true });
  });
});

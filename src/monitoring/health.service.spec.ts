import { describe, expect, it } from '@jest/globals';
import { ManualClock } from '../testing/manual-clock.js';
import { type BatchProcessorService } from '../processing/batch-processor.service.js';
import { type NotificationStore } from '../storage/notification-store.js';
import { type TransportRegistry } from '../transports/transport-registry.js';
import { type Transport } from '../transports/transport.js';
import { ANSWER_WITHIN_MS, HealthService, STUCK_AFTER_MS } from './health.service.js';

interface Parts {
  readonly check?: () => Promise<{ readonly ok: boolean; readonly detail: string }>;
  readonly dueIn?: number;
  readonly health?: NonNullable<Transport['health']>;
  readonly paused?: false | { readonly by: string; readonly detail: string };
}

function setUp({ check, dueIn, health, paused = false }: Parts = {}) {
  const clock = new ManualClock();
  const store = {
    check: check ?? (() => Promise.resolve({ ok: true, detail: 'fine' })),
    nextDueAt: () => Promise.resolve(dueIn === undefined ? undefined : clock.now() + dueIn),
  };
  const processor = { channels: () => [{ name: 'email', paused, inFlight: 0 }] };
  const transports = { get: () => ({ ...(health === undefined ? {} : { health }) }) };
  const service = new HealthService(
    store as unknown as NotificationStore,
    processor as unknown as BatchProcessorService,
    transports as unknown as TransportRegistry,
    clock,
  );
  return { clock, service };
}

describe('HealthService', () => {
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
    expect(report).toMatchObject({ status: 'error', store: { status: 'error', detail: 'could not be asked (TypeError)' } });
    expect(JSON.stringify(report)).not.toContain('canary');
  });

  it('takes a pause by hand as a wish, and one by failure as a fault', async () => {
    const pausedBy = async (by: string): Promise<string> =>
      (await setUp({ paused: { by, detail: 'x' } }).service.report()).status;
    expect(await pausedBy('operator')).toBe('ok');
    expect(await pausedBy('failure')).toBe('error');
  });

  it('G9 says so from the first moment of a stop', async () => {
    const { service } = setUp();
    service.onModuleDestroy();
    expect(await service.report()).toMatchObject({ status: 'error', shuttingDown: true });
  });
});

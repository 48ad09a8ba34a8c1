import { describe, expect, it } from '@jest/globals';
import { healthOver, STUCK_AFTER_MS } from '../../test/support/health-parts.js';
import { ManualClock } from '../testing/manual-clock.js';
import { ANSWER_WITHIN_MS, STORE_CHECK_MS } from './health.service.js';

describe('HealthService', () => {
  it('warns while the disk of the store is nearly full, and stays ok', async () => {
    const check = () => Promise.resolve({ ok: true, detail: 'writable', lowSpace: '5 MiB are free' });
    const { status, store } = await healthOver({ check }).service.report();
    expect({ status, store }).toEqual({
      status: 'ok',
      store: {
        status: 'warning',
        detail: '5 MiB are free; finished deliveries are deleted early',
        since: '2026-11-20T09:00:00.000Z',
      },
    });
  });

  it('says that looking for work fails, since when and why: a warning at first, an error once work is stuck', async () => {
    const { clock, service } = healthOver({
      failing: { since: new ManualClock().now(), detail: 'the store could not claim messages' },
    });
    clock.advance(STUCK_AFTER_MS);
    const detail =
      'nothing new has been sent since 2026-11-20T09:00:00.000Z, because looking for work fails: the store could not claim messages';
    expect(await service.report()).toMatchObject({ status: 'ok', processor: { status: 'warning', detail } });
    clock.advance(1);
    expect(await service.report()).toMatchObject({ status: 'error', processor: { status: 'error', detail } });
  });

  it('warns of contents that cannot be read, with their number', async () => {
    const check = () => Promise.resolve({ ok: true, detail: 'writable', unreadable: 32 });
    expect(await healthOver({ check }).service.report()).toMatchObject({
      status: 'ok',
      store: { status: 'warning', detail: expect.stringMatching(/^32 deliveries ended as dead .* cannot be read/) },
    });
  });

  it('warns of what makes the store slower', async () => {
    const check = () => Promise.resolve({ ok: true, detail: 'it answers', slowed: 'a transaction has been open for 400 s' });
    expect(await healthOver({ check }).service.report()).toMatchObject({
      status: 'ok',
      store: { status: 'warning', detail: 'a transaction has been open for 400 s' },
    });
  });

  it('is ok when every part is, and leaves no timer', async () => {
    const { clock, service } = healthOver({ dueIn: 5, health: () => Promise.resolve({ ok: true, detail: 'connected' }) });
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
    expect(await healthOver({ dueIn: -STUCK_AFTER_MS }).service.report()).toMatchObject({ status: 'ok' });
    expect(await healthOver({ dueIn: -STUCK_AFTER_MS - 1 }).service.report()).toMatchObject({
      status: 'error',
      windows: { status: 'error', overdueMs: STUCK_AFTER_MS + 1 },
    });
  });

  it('says since when a part is unhealthy, and starts again after it recovered', async () => {
    let isFull = true;
    const check = () => Promise.resolve({ ok: true, detail: 'writable', ...(isFull ? { lowSpace: '5 MiB are free' } : {}) });
    const { clock, service } = healthOver({ check });
    await service.report();
    clock.advance(30_000);
    expect((await service.report()).store.since).toBe('2026-11-20T09:00:00.000Z');
    isFull = false;
    clock.advance(30_000);
    expect((await service.report()).store).not.toHaveProperty('since');
    isFull = true;
    clock.advance(30_000);
    expect((await service.report()).store.since).toBe('2026-11-20T09:01:30.000Z');
  });

  it('takes a part that hangs as broken', async () => {
    const { clock, service } = healthOver({ health: () => new Promise(() => undefined) });
    const report = service.report();
    await new Promise((resolve) => setImmediate(resolve));
    clock.advance(ANSWER_WITHIN_MS);
    expect(await report).toMatchObject({ status: 'error', store: { status: 'ok' }, channels: { email: { status: 'error' } } });
  });

  it('G10 does not show the error of a part that throws', async () => {
    const broken = (): Promise<never> => Promise.reject(new TypeError('smtp://user:canary@host'));
    const report = await healthOver({ check: broken, health: broken }).service.report();
    expect(report).toMatchObject({ status: 'error', store: { status: 'error', detail: 'the check failed (TypeError)' } });
    expect(JSON.stringify(report)).not.toContain('canary');
  });

  it('warns of a channel without a transport, with what waits for it', async () => {
    const row = { channel: 'slack', state: 'queued', count: 4 };
    const counts = [row, { ...row, state: 'gathering', count: 3 }, { ...row, state: 'delivered' }, { ...row, channel: 'email' }];
    expect(await healthOver({ counts }).service.report()).toMatchObject({
      status: 'ok',
      channels: {
        email: { status: 'ok' },
        slack: { status: 'warning', detail: expect.stringMatching(/slack; 7 deliveries wait/) },
      },
    });
  });

  it('takes a pause by hand as a wish, and one by failure as a fault', async () => {
    const pausedBy = async (by: string): Promise<string> =>
      (await healthOver({ paused: { by, detail: 'x', since: '2026-11-20T09:00:00.000Z' } }).service.report()).status;
    expect(await pausedBy('operator')).toBe('ok');
    expect(await pausedBy('failure')).toBe('error');
  });

  it('G9 says so from the beginning of a stop', async () => {
    const { service } = healthOver();
    service.onModuleDestroy();
    expect(await service.report()).toMatchObject({ status: 'error', shuttingDown: true });
  });

  it.each([
    [{ batchMs: 1_001 }, 'batches', /1001 ms/],
    [{ pending: 900 }, 'limits', /900 of QUEUE_MAX_PENDING=1000/],
    [{ addresses: 90 }, 'limits', /slack gathers for 90 of 100/],
    [{ pressure: 0.1 }, 'memory', /MEMORY_PRESSURE_MB=512/],
    [{ longestMs: 5_001 }, 'eventLoop', /for 5001 ms/],
  ] as const)('warns without being ill: %j', async (parts, part, detail) => {
    const report = await healthOver(parts).service.report();
    expect(report).toMatchObject({ status: 'ok', [part]: { status: 'warning' } });
    expect(report[part].detail).toMatch(detail);
    for (const fine of ['processor', 'batches', 'errors', 'limits', 'eventLoop', 'memory'] as const)
      if (fine !== part) expect(report[fine].status).toBe('ok');
  });

  it('warns of attempts that fail more often than they should, of twenty at least, until a minute later', async () => {
    const { clock, service, events } = healthOver();
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
      since: '2026-11-20T09:00:00.000Z',
    });
    finished('delivered', 18);
    expect((await service.report()).errors.status).toBe('ok');
    finished('retry', 30);
    clock.advance(61_000);
    expect((await service.report()).errors.status).toBe('ok');
  });

  it('asks the store once in STORE_CHECK_MS while it is healthy, however often the health is asked for', async () => {
    let checks = 0;
    const check = () => Promise.resolve({ ok: true, detail: `check ${++checks}` });
    const { clock, service } = healthOver({ check });
    await Promise.all([service.report(), service.readiness(), service.report()]);
    clock.advance(STORE_CHECK_MS - 1);
    expect((await service.report()).store.detail).toBe('check 1');
    clock.advance(1);
    expect((await service.report()).store.detail).toBe('check 2');
  });

  it('asks again at once a store that was unhealthy', async () => {
    let ok = false;
    const { service } = healthOver({ check: () => Promise.resolve({ ok, detail: '' }) });
    expect(await service.readiness()).toMatchObject({ status: 'error', store: { status: 'error' } });
    ok = true;
    expect(await service.readiness()).toMatchObject({ status: 'ok', shuttingDown: false });
  });

  it('is ready while a channel fails, and no more once it stops', async () => {
    const { service } = healthOver({ health: () => Promise.resolve({ ok: false, detail: 'no connection' }) });
    expect((await service.report()).status).toBe('error');
    expect((await service.readiness()).status).toBe('ok');
    service.onModuleDestroy();
    expect(await service.readiness()).toMatchObject({ status: 'error', shuttingDown: true });
  });
});

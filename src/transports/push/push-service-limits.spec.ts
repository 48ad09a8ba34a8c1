import { describe, expect, it } from '@jest/globals';
import { ManualClock } from '../../testing/manual-clock.js';
import { deviceFailure, type DeviceResult, TAKEN } from './device-result.js';
import { PushServiceLimits } from './push-service-limits.js';

const A = 'https://a.example';
const B = 'https://b.example';
const failed = deviceFailure('retry', 'connection_failed', 'broken');
const refused: DeviceResult = { ...deviceFailure('credentials', 'credentials_rejected', '403'), perDevice: true };
const stopped = deviceFailure('held', 'interrupted', 'stopped');

function bench(slots = 9) {
  const clock = new ManualClock();
  const limits = new PushServiceLimits(slots);
  const calls: string[] = [];
  const call = (origin: string, result: DeviceResult | Promise<DeviceResult>, batch: object = {}): Promise<DeviceResult> =>
    limits.call(origin, batch, clock, () => {
      calls.push(origin);
      return Promise.resolve(result);
    });
  return { clock, limits, calls, call };
}

describe('what is known of push services', () => {
  it('one that fails is left alone, and tried again by one call at a time', async () => {
    const { clock, calls, call, limits } = bench();
    for (let i = 0; i < 5; i++) await call(A, failed);
    expect(await call(A, TAKEN)).toMatchObject({ kind: 'held', retryAfterMs: 1_000 });
    expect(await call(B, TAKEN)).toEqual(TAKEN);
    expect(limits.failing()).toEqual([`${A}: broken`]);
    clock.advance(1_000);
    expect(await Promise.all([call(A, TAKEN), call(A, TAKEN)])).toMatchObject([{ kind: 'taken' }, { kind: 'held' }]);
    expect([calls.length, limits.failing()]).toEqual([7, []]);
  });

  it.each([
    ['is stopped', () => Promise.resolve<DeviceResult>(stopped), 'held'],
    ['cannot be made', () => Promise.reject<DeviceResult>(new TypeError('no key')), 'permanent'],
  ])('a probe that %s leaves the next one its turn', async (_, probe, kind) => {
    const { clock, call } = bench();
    for (let i = 0; i < 5; i++) await call(A, failed);
    clock.advance(1_000);
    expect(await call(A, probe())).toMatchObject({ kind });
    expect(await call(A, TAKEN)).toEqual(TAKEN);
  });

  it('one that knows us refuses a subscription, and not the application', async () => {
    const { call } = bench();
    await call(A, TAKEN);
    expect(await call(A, refused)).toMatchObject({ kind: 'gone', failure: { reason: 'address_rejected' } });
  });

  it('credentials that no service knows are wrong; the service is held when it refuses them again', async () => {
    const { clock, call } = bench();
    expect(await call(A, refused)).toEqual(refused);
    expect(await call(A, refused)).toMatchObject({
      kind: 'held',
      failure: { reason: 'credentials_rejected' },
      retryAfterMs: 1_000,
    });
    expect(await call(A, TAKEN)).toMatchObject({ kind: 'held' });
    clock.advance(1_000);
    expect(await call(A, TAKEN)).toEqual(TAKEN);
  });

  it('G6 a server of anybody that refuses us is held alone while another service knows us', async () => {
    const { call } = bench();
    await call(B, TAKEN);
    expect(await call(A, refused)).toMatchObject({ kind: 'retry', failure: { reason: 'credentials_rejected' } });
    expect(await call(A, TAKEN)).toMatchObject({ kind: 'held' });
    expect(await call(B, TAKEN)).toEqual(TAKEN);
  });

  it('G6 a slow one holds a third of the batches, and the others get theirs', async () => {
    const { clock, calls, call } = bench(9);
    const answers = Array.from({ length: 4 }, () => Promise.withResolvers<DeviceResult>());
    const batches = answers.map(() => ({}));
    const begun = answers.slice(0, 3).map(({ promise }, index) => call(A, promise, batches[index]));
    // It is busy, and not slow yet.
    const fourth = call(A, TAKEN, batches[3]);
    expect(await fourth).toEqual(TAKEN);
    clock.advance(3_000);
    expect(await call(A, TAKEN, batches[3])).toMatchObject({ kind: 'held', retryAfterMs: 3_000 });
    expect(await call(A, TAKEN, batches[0])).toEqual(TAKEN);
    expect(await call(B, TAKEN, batches[3])).toEqual(TAKEN);
    for (const { resolve } of answers) resolve(TAKEN);
    await Promise.all(begun);
    expect(await call(A, TAKEN, batches[3])).toEqual(TAKEN);
    expect(calls.filter((origin) => origin === A)).toHaveLength(6);
  });

  it('endpoints of many hosts make it forget none that is used', async () => {
    const { call } = bench();
    await call(A, TAKEN);
    for (let i = 0; i < 3_000; i++) await call(`https://x${i}.example`, deviceFailure('gone', 'address_rejected', '410'));
    expect(await call(A, refused)).toMatchObject({ kind: 'gone' });
  });
});

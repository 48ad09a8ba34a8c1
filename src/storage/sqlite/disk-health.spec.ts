import { expect, it } from '@jest/globals';
import { DiskHealth } from './disk-health.js';

const MIB = 1024 ** 2;
const never = (): Promise<void> => Promise.reject(new Error('a probe was written'));
const full = Object.assign(new Error('database or disk is full'), { errcode: 13 });

it.each([
  ['plenty', 10_000, 100_000, undefined],
  ['little of a large disk', 1_023, 1_000_000, '1023 MiB are free, and 1024 are wanted'],
  ['just enough of a large disk', 1_024, 1_000_000, undefined],
  ['little of a small disk', 1, 24, '1 MiB are free, and 1 are wanted'],
  ['enough of a small disk', 2, 24, undefined],
])('says when the disk is nearly full: %s', async (_, free, all, low) => {
  const health = new DiskHealth(() => Promise.resolve({ bavail: free, blocks: all, bsize: MIB }));
  const { ok, lowSpace } = await health.check('/data/store.db', never);
  expect(ok).toBe(true);
  if (low === undefined) expect(lowSpace).toBeUndefined();
  else expect(lowSpace).toContain(low);
});

it('counts as failed from the first write that the disk refused until a probe of some size is written', async () => {
  const health = new DiskHealth();
  const probes: number[] = [];
  let isFull = true;
  const probe = (bytes: number): Promise<void> => {
    probes.push(bytes);
    return isFull ? Promise.reject(full) : Promise.resolve();
  };
  expect(await health.check(':memory:', probe)).toEqual({ ok: true, detail: 'writable' });
  expect(probes).toEqual([]);
  health.failed(full);
  const failed = { ok: false, detail: 'the last writes failed: database or disk is full' };
  expect([await health.check(':memory:', probe), await health.check(':memory:', probe)]).toEqual([failed, failed]);
  isFull = false;
  expect(await health.check(':memory:', probe)).toEqual({ ok: true, detail: 'writable' });
  expect(await health.check(':memory:', probe)).toEqual({ ok: true, detail: 'writable' });
  expect(probes).toEqual([65_536, 65_536, 65_536]);
});

it.each([new TypeError('of a caller'), Object.assign(new Error('string or blob too big'), { errcode: 18 }), undefined])(
  'is not told by what is wrong with one request: %s',
  async (error) => {
    const health = new DiskHealth();
    health.failed(error);
    expect(await health.check(':memory:', never)).toEqual({ ok: true, detail: 'writable' });
  },
);

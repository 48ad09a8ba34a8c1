import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type TransportState } from '../transport.js';
import { MAX_THREADS, SlackThreads } from './slack-threads.js';

function stateOf(values: Map<string, string>): TransportState {
  const update: TransportState['update'] = (name, change) => {
    const next = change(values.get(name));
    if (next === undefined) values.delete(name);
    else values.set(name, next);
    return Promise.resolve(next);
  };
  return {
    get: (name) => Promise.resolve(values.get(name)),
    set: async (name, value) => {
      await update(name, () => value);
    },
    setIfAbsent: async (name, value) => (await update(name, (present) => present ?? value)) ?? value,
    update,
  };
}

describe('SlackThreads', () => {
  it('gives a thread to each key of each channel, the first one that was started, and erases those of one channel', async () => {
    const address = fc.constantFrom('C1', 'C10', 'C1 x');
    const started = fc.record({ address, key: fc.constantFrom('a', '0 a', 'x a'), ts: fc.nat().map(String) });
    await fc.assert(
      fc.asyncProperty(fc.array(started), address, async (all, gone) => {
        const values = new Map<string, string>();
        const threads = new SlackThreads(stateOf(values));
        for (const { address: channel, key, ts } of all) {
          if ((await threads.of(channel, key)) === undefined) await threads.started(channel, key, ts);
        }
        const firstOf = (one: (typeof all)[number]) =>
          all.find(({ address: a, key }) => a === one.address && key === one.key)?.ts;
        for (const one of all) expect(await threads.of(one.address, one.key)).toBe(firstOf(one));
        await threads.forget(gone);
        for (const one of all) {
          expect(await threads.of(one.address, one.key)).toBe(one.address === gone ? undefined : firstOf(one));
        }
        for (const other of ['C1', 'C10', 'C1 x']) await threads.forget(other);
        expect([...values.keys()]).toEqual([]);
      }),
    );
  });

  it('G8 remembers so many of a channel, and erases the oldest ones', async () => {
    const values = new Map<string, string>();
    const threads = new SlackThreads(stateOf(values));
    for (let index = 0; index < MAX_THREADS + 5; index++) await threads.started('C1', `k${index}`, String(index));
    expect([await threads.of('C1', 'k4'), await threads.of('C1', 'k5')]).toEqual([undefined, '5']);
    expect(values.size).toBe(MAX_THREADS + 1);
  });
});

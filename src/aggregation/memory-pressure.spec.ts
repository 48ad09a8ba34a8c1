import { expect, it } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { type ResolvedOptions } from '../config/options.js';
import { NotificationEvents } from '../model/notification-events.js';
import { SLICE_ROWS } from '../storage/command-runner.js';
import { type NotificationStore } from '../storage/notification-store.js';
import { ManualClock } from '../testing/manual-clock.js';
import { MemoryPressure, SAMPLE_EVERY_MS } from './memory-pressure.js';

const MIB = 1024 * 1024;
Logger.overrideLogger(false);

function setUp(pressureMb: number, items = 50_000, found = 1, holdsWindowsInProcess = true) {
  const asked: (readonly number[])[] = [];
  const store = {
    traits: { shared: !holdsWindowsInProcess, holdsWindowsInProcess },
    snapshot: () => Promise.resolve({ windows: { items } }),
    flushLargest: (deliveries: number, limit: number) => {
      asked.push([deliveries, limit]);
      return Promise.resolve({ closed: Array.from({ length: Math.min(limit, found) }, () => ({ count: 10 })) });
    },
  };
  const clock = new ManualClock();
  const events = new NotificationEvents();
  const options = { memory: { pressureMb } } as ResolvedOptions;
  const pressure = new MemoryPressure(store as unknown as NotificationStore, clock, events, options);
  return { pressure, asked, clock };
}

it('flushes a tenth a sample while memory is over its limit, and until it is well below', async () => {
  const { pressure, asked } = setUp(100);
  const levels: number[] = [];
  for (const mib of [99, 101, 105, 200, 98, 96, 94, 98]) {
    await pressure.sample(mib * MIB);
    levels.push(Math.round(pressure.level * 100) / 100);
  }
  expect(levels).toEqual([0, 0.1, 0.5, 1, 1, 1, 0, 0]);
  expect(asked).toEqual(Array.from({ length: 5 }, () => [5_000, SLICE_ROWS]));
});

it('sends no window early where that frees no memory of this process; intake waits', async () => {
  const { pressure, asked } = setUp(100, 50_000, 1, false);
  await pressure.sample(200 * MIB);
  expect([pressure.level, asked]).toEqual([1, []]);
});

it('asks for a thousand where little gathers', async () => {
  const { pressure, asked } = setUp(100, 20);
  await pressure.sample(200 * MIB);
  expect(asked).toEqual([[1_000, SLICE_ROWS]]);
});

it('G8 asks for so many rows a call, and for a thousand windows a sample', async () => {
  const { pressure, asked } = setUp(100, 1_000_000, SLICE_ROWS);
  await pressure.sample(200 * MIB);
  expect(Math.max(...asked.map(([, limit]) => limit ?? 0))).toBe(SLICE_ROWS);
  expect(asked.reduce((sum, [, limit]) => sum + (limit ?? 0), 0)).toBe(1_000);
});

it('looks every second, has no timer without a limit, and leaves none at the stop', async () => {
  const without = setUp(0);
  without.pressure.start();
  expect(without.clock.pending).toBe(0);
  const { pressure, clock, asked } = setUp(1);
  pressure.start();
  clock.advance(SAMPLE_EVERY_MS);
  clock.advance(SAMPLE_EVERY_MS);
  await pressure.stop();
  expect(asked).toHaveLength(2);
  expect([clock.pending, pressure.limitMb]).toEqual([0, 1]);
});

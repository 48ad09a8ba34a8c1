import { expect, it } from '@jest/globals';
import { ManualClock } from '../testing/manual-clock.js';
import { TickLoop } from './tick-loop.js';

it.each(Array.from({ length: 12 }, (_, microtasks) => microtasks))(
  'G4 G5 loses no wake-up, also one that comes just as a tick ends: after %i microtasks',
  async (microtasks) => {
    let ticks = 0;
    const loop = new TickLoop(
      new ManualClock(),
      () => {
        ticks++;
        return Promise.resolve(undefined);
      },
      () => undefined,
    );
    loop.start();
    for (let i = 0; i < microtasks; i++) await Promise.resolve();
    loop.wake();
    await new Promise((resolve) => setImmediate(resolve));
    expect(ticks).toBe(2);
    expect(loop.idle).toBe(true);
    loop.stop();
  },
);

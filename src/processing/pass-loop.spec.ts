import { expect, it } from '@jest/globals';
import { ManualClock } from '../testing/manual-clock.js';
import { PassLoop } from './pass-loop.js';

it.each(Array.from({ length: 12 }, (_, microtasks) => microtasks))(
  'G4 G5 loses no wake-up, also one that comes just as a pass ends: after %i microtasks',
  async (microtasks) => {
    let passes = 0;
    const loop = new PassLoop(
      new ManualClock(),
      () => {
        passes++;
        return Promise.resolve(undefined);
      },
      () => undefined,
    );
    loop.start();
    for (let i = 0; i < microtasks; i++) await Promise.resolve();
    loop.wake();
    await new Promise((resolve) => setImmediate(resolve));
    expect(passes).toBe(2);
    expect(loop.idle).toBe(true);
    loop.stop();
  },
);

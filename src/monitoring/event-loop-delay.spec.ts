import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, it } from '@jest/globals';
import { EventLoopDelay } from './event-loop-delay.js';

it('tells how long the event loop was held, since the start and since the last look', async () => {
  const delay = new EventLoopDelay();
  expect(delay.view()).toEqual({ meanMs: 0, p99Ms: 0, maxMs: 0 });
  delay.start();
  try {
    // The time between two samples is what is measured.
    while (delay.longestMs < 200) {
      const until = performance.now() + 300;
      while (performance.now() < until);
      await nextTurn();
    }
    expect(delay.view().maxMs).toBeGreaterThanOrEqual(200);
    const longest = delay.view().maxMs;
    delay.forget();
    expect(delay.longestMs).toBe(0);
    expect(delay.view().maxMs).toBe(longest);
  } finally {
    delay.stop();
  }
});

import { describe, expect, it } from '@jest/globals';
import { ManualClock } from '../testing/manual-clock.js';
import { Deadline } from './deadline.js';

describe('Deadline', () => {
  it('fires when its time is over, and not before', () => {
    const clock = new ManualClock();
    const deadline = new Deadline(clock, 100);
    clock.advance(99);
    expect([deadline.isOver, deadline.signal.aborted]).toEqual([false, false]);
    clock.advance(1);
    expect([deadline.isOver, deadline.signal.aborted]).toEqual([true, true]);
    expect(deadline.signal.reason).toMatchObject({ name: 'TimeoutError' });
  });

  it('fires with another signal, and its time is not over then', () => {
    const stop = new AbortController();
    const deadline = new Deadline(new ManualClock(), 100, stop.signal);
    stop.abort();
    expect([deadline.isOver, deadline.signal.aborted]).toEqual([false, true]);
  });

  it('leaves no timer when it ends', () => {
    const clock = new ManualClock();
    const deadline = new Deadline(clock, 100);
    deadline.end();
    expect(clock.pending).toBe(0);
    clock.advance(1_000);
    expect(deadline.signal.aborted).toBe(false);
  });
});

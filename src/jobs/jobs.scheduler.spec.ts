import { afterEach, describe, expect, it } from '@jest/globals';
import { SchedulerRegistry } from '@nestjs/schedule';
import { resolveOptions } from '../config/resolve.js';
import { ManualClock } from '../testing/manual-clock.js';
import { type Instance } from '../storage/instance.js';
import { type CleanupJob } from './cleanup.job.js';
import { type HealthJob } from './health.job.js';
import { type HostSchedule } from './host-schedule.js';
import { JOB_NAMES, JobsScheduler } from './jobs.scheduler.js';

class CountingJob {
  runs = 0;
  run: () => Promise<void> = () => Promise.resolve();

  runOnce(): Promise<void> {
    this.runs += 1;
    return this.run();
  }
}

const CLEANUP_EVERY_MS = 600_000;
const HEALTH_EVERY_MS = 30_000;

function setUp(registry?: SchedulerRegistry, variables: Record<string, string> = {}) {
  const clock = new ManualClock();
  const cleanup = new CountingJob();
  const health = new CountingJob();
  const options = resolveOptions({}, variables);
  const schedule = { registry: () => registry } as unknown as HostSchedule;
  const instance = { shared: false } as unknown as Instance;
  const jobs = new JobsScheduler(
    cleanup as unknown as CleanupJob,
    health as unknown as HealthJob,
    clock,
    instance,
    options,
    schedule,
  );
  return { clock, cleanup, health, jobs };
}

/** Lets what is settled already be heard. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('JobsScheduler', () => {
  let stop: () => Promise<void> = () => Promise.resolve();
  afterEach(() => stop());

  it('runs each job at its time by its own timers, and leaves none', async () => {
    const { clock, cleanup, health, jobs } = setUp();
    jobs.start();
    jobs.start();
    expect(clock.pending).toBe(2);
    clock.advance(HEALTH_EVERY_MS);
    await settled();
    clock.advance(HEALTH_EVERY_MS);
    expect([cleanup.runs, health.runs]).toEqual([0, 2]);
    clock.advance(CLEANUP_EVERY_MS);
    expect(cleanup.runs).toBe(1);
    await jobs.stop();
    await jobs.stop();
    expect(clock.pending).toBe(0);
  });

  it.each([
    ['CLEANUP_INTERVAL_MS', 0, 1],
    ['HEALTH_INTERVAL_MS', 1, 0],
  ])('%s sets the interval, and 0 turns the job off', async (name, cleanupRuns, healthRuns) => {
    const off = setUp(undefined, { [name]: '0' });
    off.jobs.start();
    expect(off.clock.pending).toBe(1);
    off.clock.advance(CLEANUP_EVERY_MS);
    expect([off.cleanup.runs > 0, off.health.runs > 0]).toEqual([cleanupRuns > 0, healthRuns > 0]);
    await off.jobs.stop();
    const often = setUp(undefined, { [name]: '7000' });
    often.jobs.start();
    often.clock.advance(7_000);
    expect([often.cleanup.runs, often.health.runs]).toEqual([1 - cleanupRuns, 1 - healthRuns]);
    await often.jobs.stop();
  });

  it('runs no job twice at once, and ends the one that runs before it has stopped', async () => {
    const { clock, health, jobs } = setUp();
    let finish = (): void => undefined;
    health.run = () => new Promise((resolve) => (finish = resolve));
    jobs.start();
    clock.advance(HEALTH_EVERY_MS);
    clock.advance(HEALTH_EVERY_MS);
    expect(health.runs).toBe(1);
    let stopped = false;
    const stopping = jobs.stop().then(() => (stopped = true));
    await settled();
    expect(stopped).toBe(false);
    finish();
    await stopping;
  });

  it('goes on after a job that failed', async () => {
    const { clock, health, jobs } = setUp();
    health.run = () => Promise.reject(new Error('broken'));
    jobs.start();
    for (let round = 1; round <= 3; round++) {
      clock.advance(HEALTH_EVERY_MS);
      await settled();
      expect(health.runs).toBe(round);
    }
    await jobs.stop();
  });

  it("stands in the host's registry when there is one, once, and leaves it at the stop", async () => {
    const registry = new SchedulerRegistry();
    const first = setUp(registry);
    const second = setUp(registry);
    stop = async () => {
      await first.jobs.stop();
      await second.jobs.stop();
    };
    first.jobs.start();
    second.jobs.start();
    expect(registry.getIntervals()).toEqual([JOB_NAMES.cleanup, JOB_NAMES.health]);
    expect([first.clock.pending, second.clock.pending]).toEqual([0, 2]);
    await stop();
    expect(registry.getIntervals()).toEqual([]);
    expect(second.clock.pending).toBe(0);
  });
});

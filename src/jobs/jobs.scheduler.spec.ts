import { afterEach, describe, expect, it } from '@jest/globals';
import { SchedulerRegistry } from '@nestjs/schedule';
import { ManualClock } from '../testing/manual-clock.js';
import { type CleanupJob } from './cleanup.job.js';
import { type HealthJob } from './health.job.js';
import { CLEANUP_EVERY_MS, HEALTH_EVERY_MS, JOB_NAMES, JobsScheduler } from './jobs.scheduler.js';

class CountingJob {
  runs = 0;
  run: () => Promise<void> = () => Promise.resolve();

  runOnce(): Promise<void> {
    this.runs += 1;
    return this.run();
  }
}

function setUp(registry?: SchedulerRegistry) {
  const clock = new ManualClock();
  const cleanup = new CountingJob();
  const health = new CountingJob();
  const jobs = new JobsScheduler(cleanup as unknown as CleanupJob, health as unknown as HealthJob, clock, registry);
  return { clock, cleanup, health, jobs };
}

/** Lets what is settled already be heard. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('JobsScheduler', () => {
  let stop: () => Promise<void> = () => Promise.resolve();
  afterEach(() => stop());

  it('runs each job at its time by timers of its own, and leaves none', async () => {
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

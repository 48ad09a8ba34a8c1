import { Injectable, Module } from '@nestjs/common';
import { Interval, ScheduleModule, SchedulerRegistry } from '@nestjs/schedule';
import { Test, type TestingModule } from '@nestjs/testing';
import { describe, expect, it } from '@jest/globals';
import { JOB_NAMES } from '../../src/jobs/jobs.scheduler.js';
import { NotificationModule } from '../../src/notification.module.js';

const INTERVAL_MS = 20;

@Injectable()
class HostJobs {
  ticks = 0;
  private tick: () => void = () => undefined;
  readonly ticked = new Promise<void>((resolve) => (this.tick = resolve));

  @Interval('host', INTERVAL_MS)
  run(): void {
    this.ticks += 1;
    this.tick();
  }
}

@Module({ imports: [ScheduleModule.forRoot()], providers: [HostJobs] })
class HostModule {}

async function start(...imports: readonly (new () => object)[]): Promise<TestingModule> {
  const host = await Test.createTestingModule({
    imports: [...imports, NotificationModule.forRoot({ store: { path: ':memory:' } })],
  }).compile();
  host.useLogger(false);
  return await host.init();
}

describe('the jobs in a host', () => {
  it("stand in its scheduler, whose own intervals fire once; the host's stop takes them away", async () => {
    const host = await start(HostModule);
    const registry = host.get(SchedulerRegistry, { strict: false });
    const hostJobs = host.get(HostJobs, { strict: false });
    expect(registry.getIntervals().toSorted()).toEqual(['host', JOB_NAMES.cleanup, JOB_NAMES.health].toSorted());
    await hostJobs.ticked;
    registry.deleteInterval('host');
    const { ticks } = hostJobs;
    // A scheduler that was imported twice would have set a second interval, which would fire before a timer that is set now and is longer.
    await new Promise((resolve) => setTimeout(resolve, 2 * INTERVAL_MS));
    expect(hostJobs.ticks).toBe(ticks);
    await host.close();
    expect(registry.getIntervals()).toEqual([]);
  });

  it('run without a scheduler too', async () => {
    const host = await start();
    await host.close();
    await expect(host.close()).resolves.toBeUndefined();
  });
});

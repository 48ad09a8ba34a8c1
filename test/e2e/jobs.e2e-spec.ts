import { Injectable, Module } from '@nestjs/common';
import { Interval, ScheduleModule, SchedulerRegistry } from '@nestjs/schedule';
import { Test, type TestingModule } from '@nestjs/testing';
import { describe, expect, it, jest } from '@jest/globals';
import { JOB_NAMES } from '../../src/jobs/jobs.scheduler.js';
import { NotificationModule } from '../../src/notification.module.js';

/** So long that it does not fire, and like no interval of the module. */
const INTERVAL_MS = 3_599_999;

@Injectable()
class HostJobs {
  @Interval('host', INTERVAL_MS)
  run(): void {
    throw new Error('an hour has not passed');
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
  it("stand in its scheduler, whose own intervals are set once; the host's stop takes them away", async () => {
    // A scheduler that was imported twice would set each interval of the host twice.
    const set = jest.spyOn(globalThis, 'setInterval');
    const host = await start(HostModule);
    expect(set.mock.calls.filter(([, ms]) => ms === INTERVAL_MS)).toHaveLength(1);
    set.mockRestore();
    const registry = host.get(SchedulerRegistry, { strict: false });
    expect(registry.getIntervals().toSorted()).toEqual(['host', JOB_NAMES.cleanup, JOB_NAMES.health].toSorted());
    await host.close();
    expect(registry.getIntervals()).toEqual([]);
  });

  it('run without a scheduler too', async () => {
    const host = await start();
    await host.close();
    await expect(host.close()).resolves.toBeUndefined();
  });
});

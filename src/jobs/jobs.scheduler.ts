import { Inject, Injectable, Logger } from '@nestjs/common';
import { NOTIFICATION_OPTIONS, type ResolvedOptions } from '../config/options.js';
import { Clock, type TimerHandle } from '../model/clock.js';
import { Instance } from '../storage/instance.js';
import { CleanupJob } from './cleanup.job.js';
import { HealthJob } from './health.job.js';
import { HostSchedule, type IntervalRegistry } from './host-schedule.js';

/** Names under which a host finds the jobs in its `SchedulerRegistry`. */
export const JOB_NAMES = { cleanup: 'nestjs-digest:cleanup', health: 'nestjs-digest:health' } as const;

/** Intervals for which the instance that ran a job leads it: it is renewed in time, late timers included. */
const LEAD_INTERVALS = 1.5;

interface Job {
  readonly name: string;
  /** 0: the job is off. */
  readonly everyMs: number;
  run(): Promise<unknown>;
}

/**
 * Runs the jobs. When the host has `@nestjs/schedule`, they stand in its registry, where it can list and stop them; otherwise
 * timers of their own do. The module never imports `ScheduleModule`: that would make the host's own intervals fire twice.
 */
@Injectable()
export class JobsScheduler {
  private readonly logger = new Logger('NotificationJobs');
  private readonly jobs: readonly Job[];
  private readonly timers = new Map<string, TimerHandle>();
  private readonly running = new Map<string, Promise<void>>();
  private readonly failing = new Set<string>();
  private abort: AbortController | undefined;

  constructor(
    cleanup: CleanupJob,
    health: HealthJob,
    private readonly clock: Clock,
    instance: Instance,
    @Inject(NOTIFICATION_OPTIONS) options: Pick<ResolvedOptions, 'cleanup' | 'health'>,
    private readonly schedule: HostSchedule,
  ) {
    const jobs: readonly Job[] = [
      {
        name: JOB_NAMES.cleanup,
        everyMs: options.cleanup.intervalMs,
        run: () => {
          const run = (): Promise<unknown> => cleanup.runOnce(clock.now(), this.abort?.signal);
          return instance.shared ? this.runAsLeader(instance, JOB_NAMES.cleanup, options.cleanup.intervalMs, run) : run();
        },
      },
      { name: JOB_NAMES.health, everyMs: options.health.intervalMs, run: () => health.runOnce(clock.now()) },
    ];
    this.jobs = jobs.filter(({ everyMs }) => everyMs > 0);
  }

  /** Once the store is open. Idempotent. */
  start(): void {
    if (this.abort !== undefined) return;
    this.abort = new AbortController();
    const registry = this.schedule.registry();
    for (const job of this.jobs) {
      // Names are taken when the host imports the module twice: the second one's jobs take timers.
      if (registry === undefined || registry.doesExist('interval', job.name)) this.arm(job);
      else registry.addInterval(job.name, this.interval(job, registry));
    }
  }

  /** Before the store closes: ends what runs, leaves no timer. Idempotent. */
  async stop(): Promise<void> {
    this.abort?.abort();
    for (const timer of this.timers.values()) timer.cancel();
    this.timers.clear();
    await Promise.all(this.running.values());
  }

  /** The registry holds handles of Node's own timers, which is why this one is not the clock's. */
  private interval(job: Job, registry: IntervalRegistry): NodeJS.Timeout {
    const handle = setInterval(() => this.run(job), job.everyMs);
    const cancel = (): void => {
      clearInterval(handle);
      if (registry.doesExist('interval', job.name)) registry.deleteInterval(job.name);
    };
    this.timers.set(job.name, { cancel });
    return handle;
  }

  private arm(job: Job): void {
    const again = (): void => {
      this.run(job);
      this.arm(job);
    };
    this.timers.set(job.name, this.clock.setTimer(job.everyMs, again));
  }

  private run(job: Job): void {
    if (this.running.has(job.name)) return;
    const run = this.attempt(job).finally(() => this.running.delete(job.name));
    this.running.set(job.name, run);
  }

  /** A leader that dies leaves one run out. */
  private async runAsLeader(instance: Instance, name: string, everyMs: number, run: () => Promise<unknown>): Promise<void> {
    if (await instance.leads(name, everyMs * LEAD_INTERVALS)) await run();
  }

  /** A job that fails is logged once, and tried again the next time. */
  private async attempt(job: Job): Promise<void> {
    try {
      await job.run();
      this.failing.delete(job.name);
    } catch (error) {
      if (!this.failing.has(job.name)) this.logger.error(`${job.name} failed: ${String(error)}`);
      this.failing.add(job.name);
    }
  }
}

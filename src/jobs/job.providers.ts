import { type Type } from '@nestjs/common';
import { CleanupJob } from './cleanup.job.js';
import { HealthJob } from './health.job.js';
import { JobsScheduler } from './jobs.scheduler.js';

/** The jobs. `JobsScheduler` is to be started once the store is open, and stopped before it closes. */
export const JOB_PROVIDERS: readonly Type[] = [CleanupJob, HealthJob, JobsScheduler];

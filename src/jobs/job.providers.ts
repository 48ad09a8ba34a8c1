import { type Type } from '@nestjs/common';
import { AlertSender } from './alert-sender.js';
import { CleanupJob } from './cleanup.job.js';
import { HealthJob } from './health.job.js';
import { HostSchedule } from './host-schedule.js';
import { JobsScheduler } from './jobs.scheduler.js';
import { MaintenanceService } from './maintenance.service.js';

/** The jobs and what listens to them. `JobsScheduler` is to be started once the store is open, and stopped before it closes. */
export const JOB_PROVIDERS: readonly Type[] = [
  CleanupJob,
  MaintenanceService,
  HealthJob,
  AlertSender,
  HostSchedule,
  JobsScheduler,
];

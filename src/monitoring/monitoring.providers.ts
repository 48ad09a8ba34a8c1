import { type Type } from '@nestjs/common';
import { Activity } from './activity.js';
import { DeadLettersService } from './dead-letters.service.js';
import { EventLoopDelay } from './event-loop-delay.js';
import { HealthIndicators } from './health-indicators.js';
import { HealthService } from './health.service.js';
import { HistoryRecorder } from './history-recorder.js';
import { MetricsService } from './metrics.service.js';
import { TelemetryService } from './telemetry.service.js';
import { StatisticsService } from './statistics.service.js';

/**
 * What listens to the module. `HistoryRecorder` is to be started once the store is open, and stopped before it closes, and
 * `EventLoopDelay` is to be started and stopped with the module; the others have nothing to end.
 */
export const MONITORING_PROVIDERS: readonly Type[] = [
  Activity,
  StatisticsService,
  DeadLettersService,
  HistoryRecorder,
  EventLoopDelay,
  HealthIndicators,
  HealthService,
  MetricsService,
  TelemetryService,
];

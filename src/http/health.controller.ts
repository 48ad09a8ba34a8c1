import { Get, Header, HttpStatus, Res } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { type HealthReport, HealthService, type ReadinessReport } from '../monitoring/health.service.js';
import { OpenNotificationRoutes } from './notification-routes.decorator.js';

@OpenNotificationRoutes('health')
export class HealthController {
  constructor(
    private readonly health: HealthService,
    private readonly adapterHost: HttpAdapterHost,
  ) {}

  @Get()
  @Header('Cache-Control', 'no-store')
  async check(@Res({ passthrough: true }) response: object): Promise<HealthReport> {
    const report = await this.health.report();
    if (report.status === 'error') this.adapterHost.httpAdapter.status(response, HttpStatus.SERVICE_UNAVAILABLE);
    return report;
  }

  /** Whether the process answers; it looks at nothing, so that a broken store restarts nobody. */
  @Get('live')
  @Header('Cache-Control', 'no-store')
  live(): { readonly status: 'ok' } {
    return { status: 'ok' };
  }

  /** Whether new work may be sent here: the store answers and takes writes, and the process is not stopping. */
  @Get('ready')
  @Header('Cache-Control', 'no-store')
  async ready(@Res({ passthrough: true }) response: object): Promise<ReadinessReport> {
    const report = await this.health.readiness();
    if (report.status === 'error') this.adapterHost.httpAdapter.status(response, HttpStatus.SERVICE_UNAVAILABLE);
    return report;
  }
}

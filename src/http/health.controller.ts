import { Get, Header, HttpStatus, Res } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { type HealthReport, HealthService } from '../monitoring/health.service.js';
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
}

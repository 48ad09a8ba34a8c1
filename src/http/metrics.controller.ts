import { Get, Res } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { MetricsService } from '../monitoring/metrics.service.js';
import { NotificationRoutes } from './notification-routes.decorator.js';

@NotificationRoutes('metrics')
export class MetricsController {
  constructor(
    private readonly metrics: MetricsService,
    private readonly adapterHost: HttpAdapterHost,
  ) {}

  /** https://prometheus.io/docs/instrumenting/exposition_formats/ */
  @Get()
  async scrape(@Res({ passthrough: true }) response: object): Promise<string> {
    const text = await this.metrics.scrape();
    this.adapterHost.httpAdapter.setHeader(response, 'Content-Type', this.metrics.contentType);
    return text;
  }
}

import { Controller, Get, Post } from '@nestjs/common';
import { SchedulerRegistry } from '@nestjs/schedule';
import { HealthCheck, type HealthCheckResult, HealthCheckService } from '@nestjs/terminus';
import { NotificationHealthIndicator } from 'nestjs-digest/terminus';
import { Orders } from './orders.js';
import { registry } from './registry.js';

/** The application's own routes. */
@Controller('host')
export class HostController {
  constructor(
    private readonly orders: Orders,
    private readonly health: HealthCheckService,
    private readonly notifications: NotificationHealthIndicator,
    private readonly schedule: SchedulerRegistry,
  ) {}

  @Post('orders')
  async order(): Promise<{ placed: boolean }> {
    await this.orders.place('42', 'ann@example.com');
    return { placed: true };
  }

  @Get('health')
  @HealthCheck()
  async check(): Promise<HealthCheckResult> {
    return this.health.check([() => this.notifications.isHealthy()]);
  }

  @Get('intervals')
  intervals(): string[] {
    return this.schedule.getIntervals();
  }

  @Get('metrics')
  async metrics(): Promise<string> {
    return registry.metrics();
  }
}

import { type DynamicModule, Module, type ModuleMetadata, type Type } from '@nestjs/common';
import { RouterModule } from '@nestjs/core';
import { ApiTokenGuard } from './api-token.guard.js';
import { ApplicationGuards } from './application.guards.js';
import { ChannelsController } from './channels.controller.js';
import { DashboardController } from './dashboard/dashboard.controller.js';
import { DashboardFeed } from './dashboard/dashboard-feed.js';
import { DeadLettersController } from './dead-letters.controller.js';
import { DeliveriesController } from './deliveries.controller.js';
import { FastifyBodies } from './fastify-bodies.js';
import { HealthController } from './health.controller.js';
import { MailboxController } from './mailbox.controller.js';
import { MetricsController } from './metrics.controller.js';
import { NotificationsController } from './notifications.controller.js';
import { OriginGuard } from './origin.guard.js';
import { ProblemDetailsFilter } from './problem-details.filter.js';
import { RequestBodyGuard } from './request-body.guard.js';
import { RequestPipe } from './request.pipe.js';
import { RoutesNotice } from './routes-notice.js';
import { RulesController } from './rules.controller.js';
import { SliceGuard } from './slice.guard.js';
import { StreamController, StreamTicketsController } from './stream.controller.js';
import { StatisticsController } from './statistics.controller.js';
import { WindowsController } from './windows.controller.js';

export const NOTIFICATION_CONTROLLERS: readonly Type[] = [
  NotificationsController,
  DeliveriesController,
  WindowsController,
  RulesController,
  DeadLettersController,
  StatisticsController,
  ChannelsController,
  StreamController,
  StreamTicketsController,
  DashboardController,
  HealthController,
  MetricsController,
  MailboxController,
];

/** The routes. They stand under a prefix that must be known when the module is described, before any provider exists. */
@Module({})
export class NotificationHttpModule {
  /**
   * @param prefix  path that all routes stand under, e.g. `notifications`
   * @param imports where the services of the controllers come from; nothing when those are global
   */
  static register(prefix: string, imports: NonNullable<ModuleMetadata['imports']> = []): DynamicModule {
    return {
      module: NotificationHttpModule,
      imports: [...imports, RouterModule.register([{ path: prefix, module: NotificationHttpModule }])],
      controllers: [...NOTIFICATION_CONTROLLERS],
      providers: [
        ApiTokenGuard,
        ApplicationGuards,
        DashboardFeed,
        FastifyBodies,
        OriginGuard,
        ProblemDetailsFilter,
        RequestBodyGuard,
        RequestPipe,
        RoutesNotice,
        SliceGuard,
      ],
    };
  }
}

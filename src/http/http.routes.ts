import { type ModuleMetadata, type Type } from '@nestjs/common';
import { RouterModule } from '@nestjs/core';
import { ApiTokenGuard } from './api-token.guard.js';
import { ApplicationGuards } from './application.guards.js';
import { ChannelsController } from './channels.controller.js';
import { ConnectionDrain } from './connection-drain.js';
import { DashboardController } from './dashboard/dashboard.controller.js';
import { DashboardFeed } from './dashboard/dashboard-feed.js';
import { DeadLettersController } from './dead-letters.controller.js';
import { DeliveriesController } from './deliveries.controller.js';
import { EarlyErrors } from './early-errors.js';
import { FastifyBodies } from './fastify-bodies.js';
import { HealthController } from './health.controller.js';
import { MailboxController } from './mailbox.controller.js';
import { MessagesController } from './messages.controller.js';
import { MetricsController } from './metrics.controller.js';
import { NotificationsController } from './notifications.controller.js';
import { LinkOriginGuard } from './link-origin.guard.js';
import { OriginGuard } from './origin.guard.js';
import { ProblemDetailsFilter } from './problem-details.filter.js';
import { PushController, PushDevicesController, PushWorkerController } from './push.controller.js';
import { RecipientsController } from './recipients.controller.js';
import { RequestBodyGuard } from './request-body.guard.js';
import { RequestPipe } from './request.pipe.js';
import { RootController } from './root.controller.js';
import { RoutesNotice } from './routes-notice.js';
import { RulesController } from './rules.controller.js';
import { StreamAccess } from './stream-access.js';
import { StreamController, StreamTicketsController } from './stream.controller.js';
import { StatisticsController } from './statistics.controller.js';
import { SuppressionsController } from './suppressions.controller.js';
import { UnmatchedRequests } from './unmatched-requests.js';
import { UnsubscribeController } from './unsubscribe/unsubscribe.controller.js';
import { WindowsController } from './windows.controller.js';

const NOTIFICATION_CONTROLLERS: readonly Type[] = [
  NotificationsController,
  DeliveriesController,
  WindowsController,
  MessagesController,
  RulesController,
  DeadLettersController,
  StatisticsController,
  ChannelsController,
  StreamController,
  StreamTicketsController,
  PushWorkerController,
  PushDevicesController,
  PushController,
  DashboardController,
  HealthController,
  MetricsController,
  MailboxController,
  SuppressionsController,
  RecipientsController,
  UnsubscribeController,
  RootController,
];

const HTTP_PROVIDERS: readonly Type[] = [
  ApiTokenGuard,
  ApplicationGuards,
  ConnectionDrain,
  DashboardFeed,
  EarlyErrors,
  FastifyBodies,
  LinkOriginGuard,
  OriginGuard,
  ProblemDetailsFilter,
  RequestBodyGuard,
  RequestPipe,
  RoutesNotice,
  StreamAccess,
  UnmatchedRequests,
];

/**
 * What a module needs to have the routes.
 *
 * @param prefix path that all routes stand under, e.g. `notifications`; it must be known before any provider exists
 * @param module the module that they become part of, with the services of the controllers
 */
export function routesOf(prefix: string, module: Type): Required<Pick<ModuleMetadata, 'imports' | 'controllers' | 'providers'>> {
  return {
    imports: [RouterModule.register([{ path: prefix, module }])],
    controllers: [...NOTIFICATION_CONTROLLERS],
    providers: [...HTTP_PROVIDERS],
  };
}

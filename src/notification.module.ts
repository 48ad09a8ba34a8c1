import { type DynamicModule, Module, type Provider } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { AddressLimit } from './aggregation/address-limit.js';
import { AggregationRules } from './aggregation/aggregation-rules.js';
import { BatchAggregationService } from './aggregation/batch-aggregation.service.js';
import { MessagesService } from './aggregation/messages.service.js';
import { MemoryPressure } from './aggregation/memory-pressure.js';
import { environment } from './config/environment.js';
import { DEFAULT_PREFIX } from './config/http-options.js';
import { NOTIFICATION_OPTIONS, type NotificationModuleOptions, type ResolvedOptions } from './config/options.js';
import { resolveOptions } from './config/resolve.js';
import { SlackMessageFormatterFactory } from './formatting/slack/slack-message-formatter.factory.js';
import { FormatterRegistry } from './formatting/formatter-registry.js';
import { MessageGroups } from './formatting/message-groups.js';
import { MessageReaders } from './formatting/message-readers.js';
import { MessageRenderer } from './formatting/message-renderer.js';
import { routesOf } from './http/http.routes.js';
import { JOB_PROVIDERS } from './jobs/job.providers.js';
import { MaintenanceService } from './jobs/maintenance.service.js';
import { Clock, SystemClock } from './model/clock.js';
import { Intake } from './model/intake.js';
import { NotificationEvents } from './model/notification-events.js';
import { Randomness, SystemRandomness } from './model/randomness.js';
import { BacklogClearing } from './module/backlog-clearing.js';
import { BuiltInChannels } from './module/built-in-channels.js';
import { ExplorerService } from './module/explorer.service.js';
import {
  HOST_OPTIONS,
  hostOptionsProviders,
  type NotificationModuleAsyncOptions,
  type NotificationModuleRootOptions,
} from './module/host-options.js';
import { DeadLetterLog } from './module/dead-letter-log.js';
import { FailureLog } from './module/failure-log.js';
import { LifeCycleService } from './module/life-cycle.service.js';
import { ListenerExplorer } from './module/listener.explorer.js';
import { SingleModule } from './module/single-module.js';
import { storeOf } from './module/store-choice.js';
import { StartReport } from './module/start-report.js';
import { TRANSPORT_PROVIDERS } from './module/transport.providers.js';
import { HealthService } from './monitoring/health.service.js';
import { MetricsService } from './monitoring/metrics.service.js';
import { StatisticsService } from './monitoring/statistics.service.js';
import { MONITORING_PROVIDERS } from './monitoring/monitoring.providers.js';
import { BatchFigures } from './processing/batch-figures.js';
import { BatchProcessorService } from './processing/batch-processor.service.js';
import { BatchSender } from './processing/batch-sender.js';
import { MessageAddresses } from './processing/message-addresses.js';
import { QueueService } from './queue/queue.service.js';
import { AcceptancePlanner } from './recipients/acceptance-planner.js';
import { ChannelAddresses } from './recipients/channel-addresses.js';
import { RecipientAddresses } from './recipients/recipient-addresses.js';
import { RecipientCache } from './recipients/recipient-cache.js';
import { RecipientRecords } from './recipients/recipient-records.js';
import { RecipientReads } from './recipients/recipient-reads.js';
import { RecipientService } from './recipients/recipient.service.js';
import { UnsubscribeService } from './recipients/unsubscribe.service.js';
import { Replanning } from './recipients/replanning.js';
import { CommandRunner } from './storage/command-runner.js';
import { Instance } from './storage/instance.js';
import { NotificationStore } from './storage/notification-store.js';
import { observed } from './storage/observed-store.js';
import { StoreSnapshots } from './storage/store-snapshots.js';
import { SuppressionService } from './suppression/suppression.service.js';
import { EmailTransport } from './transports/email/email.transport.js';
import { PushDevices } from './transports/push/push-devices.js';
import { PushTransport } from './transports/push/push.transport.js';
import { SlackTransport } from './transports/slack/slack.transport.js';
import { SseTransport } from './transports/sse/sse.transport.js';
import { TeamsTransport } from './transports/teams/teams.transport.js';
import { WebhookTransport } from './transports/webhook/webhook.transport.js';
import { TransportRegistry } from './transports/transport-registry.js';

const PROVIDERS: readonly Provider[] = [
  NotificationEvents,
  { provide: Clock, useClass: SystemClock },
  { provide: Randomness, useClass: SystemRandomness },
  {
    provide: NOTIFICATION_OPTIONS,
    inject: [HOST_OPTIONS],
    useFactory: (own: NotificationModuleOptions): ResolvedOptions => resolveOptions(own, environment()),
  },
  {
    provide: NotificationStore,
    inject: [NOTIFICATION_OPTIONS, NotificationEvents],
    useFactory: (options: ResolvedOptions, events: NotificationEvents): NotificationStore => observed(storeOf(options), events),
  },
  {
    provide: AggregationRules,
    inject: [NOTIFICATION_OPTIONS],
    useFactory: ({ aggregation, sse }: ResolvedOptions): AggregationRules => new AggregationRules(aggregation, sse),
  },
  ...TRANSPORT_PROVIDERS,
  BuiltInChannels,
  TransportRegistry,
  FormatterRegistry,
  MessageReaders,
  MessageGroups,
  MessageRenderer,
  CommandRunner,
  Instance,
  StoreSnapshots,
  AddressLimit,
  MemoryPressure,
  RecipientRecords,
  RecipientCache,
  Replanning,
  ChannelAddresses,
  AcceptancePlanner,
  RecipientReads,
  { provide: MessageAddresses, useClass: RecipientAddresses },
  RecipientService,
  UnsubscribeService,
  QueueService,
  { provide: Intake, useExisting: QueueService },
  BatchAggregationService,
  MessagesService,
  SuppressionService,
  BatchSender,
  BatchFigures,
  BatchProcessorService,
  SingleModule,
  ExplorerService,
  ListenerExplorer,
  FailureLog,
  DeadLetterLog,
  StartReport,
  BacklogClearing,
  LifeCycleService,
  ...MONITORING_PROVIDERS,
  ...JOB_PROVIDERS,
];

/** What a host can inject; `index.ts` exports each of these names. */
const EXPORTED = [
  NOTIFICATION_OPTIONS,
  NotificationEvents,
  Clock,
  QueueService,
  BatchAggregationService,
  BatchProcessorService,
  StatisticsService,
  HealthService,
  MaintenanceService,
  RecipientService,
  SuppressionService,
  MetricsService,
  EmailTransport,
  SlackTransport,
  SseTransport,
  WebhookTransport,
  PushTransport,
  PushDevices,
  TeamsTransport,
  SlackMessageFormatterFactory,
];

/** Notifications for a NestJS application: import it once, inject `QueueService` anywhere. */
@Module({})
export class NotificationModule {
  /** @param options win over the environment; none: everything from the environment */
  static forRoot({ isGlobal, ...options }: NotificationModuleRootOptions = {}): DynamicModule {
    return describe([{ provide: HOST_OPTIONS, useValue: options }], { http: options.http, isGlobal });
  }

  /**
   * The same with options that the host's own providers work out.
   *
   * @throws InvalidConfigurationError unless exactly one of `useFactory`, `useClass` and `useExisting` is given
   */
  static forRootAsync(options: NotificationModuleAsyncOptions): DynamicModule {
    return describe(hostOptionsProviders(options), options);
  }
}

function describe(
  hostOptions: readonly Provider[],
  { imports = [], http, isGlobal = true }: Pick<NotificationModuleAsyncOptions, 'imports' | 'http' | 'isGlobal'>,
): DynamicModule {
  const prefix = typeof http === 'object' ? (http.prefix ?? DEFAULT_PREFIX) : DEFAULT_PREFIX;
  const mounted = http !== undefined && http !== false;
  const routes = mounted ? routesOf(prefix, NotificationModule) : { imports: [], controllers: [], providers: [] };
  return {
    module: NotificationModule,
    global: isGlobal,
    imports: [...imports, DiscoveryModule, ...routes.imports],
    controllers: routes.controllers,
    providers: [...hostOptions, ...PROVIDERS, ...routes.providers],
    exports: [...EXPORTED],
  };
}

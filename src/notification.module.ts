import { type DynamicModule, Module, type ModuleMetadata, type Provider } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { AddressLimit } from './aggregation/address-limit.js';
import { AggregationRules } from './aggregation/aggregation-rules.js';
import { BatchAggregationService } from './aggregation/batch-aggregation.service.js';
import { MemoryPressure } from './aggregation/memory-pressure.js';
import { environment } from './config/environment.js';
import { DEFAULT_PREFIX } from './config/http-options.js';
import { NOTIFICATION_OPTIONS, type NotificationModuleOptions, type ResolvedOptions } from './config/options.js';
import { resolveOptions } from './config/resolve.js';
import { FormatterRegistry } from './formatting/formatter-registry.js';
import { NotificationHttpModule } from './http/http.module.js';
import { JOB_PROVIDERS } from './jobs/job.providers.js';
import { Clock, SystemClock } from './model/clock.js';
import { Intake } from './model/intake.js';
import { NotificationEvents } from './model/notification-events.js';
import { BuiltInChannels } from './module/built-in-channels.js';
import { ExplorerService } from './module/explorer.service.js';
import { LifeCycleService } from './module/life-cycle.service.js';
import { StartReport } from './module/start-report.js';
import { TRANSPORT_PROVIDERS } from './module/transport.providers.js';
import { MONITORING_PROVIDERS } from './monitoring/monitoring.providers.js';
import { BatchFigures } from './processing/batch-figures.js';
import { BatchProcessorService } from './processing/batch-processor.service.js';
import { BatchSender } from './processing/batch-sender.js';
import { QueueService } from './queue/queue.service.js';
import { CommandRunner } from './storage/command-runner.js';
import { NotificationStore } from './storage/notification-store.js';
import { observed } from './storage/observed-store.js';
import { SqliteStore } from './storage/sqlite/sqlite-store.js';
import { Mailbox } from './transports/mailbox/mailbox.js';
import { SseHub } from './transports/sse/sse-hub.js';
import { TransportRegistry } from './transports/transport-registry.js';

/** Options that are worked out by the host's own providers. */
export interface NotificationModuleAsyncOptions extends Pick<ModuleMetadata, 'imports'> {
  readonly inject?: readonly (string | symbol | (abstract new (...args: never[]) => unknown))[];
  readonly useFactory: (...args: never[]) => NotificationModuleOptions | Promise<NotificationModuleOptions>;
  /** Routes must be known before any provider is made, so they are said here; the factory's `http` adds the token. */
  readonly http?: NotificationModuleOptions['http'];
}

const OWN_OPTIONS = Symbol('nestjs-digest:own-options');

const ROOMS: readonly Provider[] = [
  NotificationEvents,
  { provide: Clock, useClass: SystemClock },
  {
    provide: NOTIFICATION_OPTIONS,
    inject: [OWN_OPTIONS],
    useFactory: (own: NotificationModuleOptions): ResolvedOptions => resolveOptions(own, environment()),
  },
  {
    provide: NotificationStore,
    inject: [NOTIFICATION_OPTIONS, NotificationEvents],
    useFactory: ({ store, queue }: ResolvedOptions, events: NotificationEvents): NotificationStore =>
      observed(
        new SqliteStore({
          path: store.path,
          maxPending: queue.maxPending,
          compression: { minBytes: store.compressMinBytes, level: store.compressLevel },
        }),
        events,
      ),
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
  CommandRunner,
  AddressLimit,
  MemoryPressure,
  QueueService,
  { provide: Intake, useExisting: QueueService },
  BatchAggregationService,
  BatchSender,
  BatchFigures,
  BatchProcessorService,
  ExplorerService,
  StartReport,
  LifeCycleService,
  ...MONITORING_PROVIDERS,
  ...JOB_PROVIDERS,
];

const EXPORTED = [
  NOTIFICATION_OPTIONS,
  NotificationEvents,
  Clock,
  NotificationStore,
  Mailbox,
  SseHub,
  TransportRegistry,
  FormatterRegistry,
  QueueService,
  BatchAggregationService,
  BatchProcessorService,
  ...MONITORING_PROVIDERS,
];

/** Notifications for a NestJS application: import it once, inject `QueueService` anywhere. */
@Module({})
export class NotificationModule {
  /** @param options win over the environment; none: everything from the environment */
  static forRoot(options: NotificationModuleOptions = {}): DynamicModule {
    return describe({ provide: OWN_OPTIONS, useValue: options }, [], options.http);
  }

  static forRootAsync({ imports = [], inject = [], useFactory, http }: NotificationModuleAsyncOptions): DynamicModule {
    const provider: Provider = {
      provide: OWN_OPTIONS,
      inject: [...inject] as never[],
      useFactory: async (...args: never[]): Promise<NotificationModuleOptions> => {
        const options = await useFactory(...args);
        return { ...options, http: http === undefined || http === false ? false : merged(http, options.http) };
      },
    };
    return describe(provider, imports, http);
  }
}

function describe(
  options: Provider,
  imports: NonNullable<ModuleMetadata['imports']>,
  http: NotificationModuleOptions['http'],
): DynamicModule {
  const prefix = typeof http === 'object' ? (http.prefix ?? DEFAULT_PREFIX) : DEFAULT_PREFIX;
  const routes = http === undefined || http === false ? [] : [NotificationHttpModule.register(prefix)];
  return {
    module: NotificationModule,
    global: true,
    imports: [...imports, DiscoveryModule, ...routes],
    providers: [options, ...ROOMS],
    exports: [...EXPORTED],
  };
}

function merged(
  http: NonNullable<NotificationModuleOptions['http']>,
  own: NotificationModuleOptions['http'],
): NonNullable<NotificationModuleOptions['http']> {
  const outer = typeof http === 'object' ? http : {};
  return { ...(typeof own === 'object' ? own : {}), ...outer };
}

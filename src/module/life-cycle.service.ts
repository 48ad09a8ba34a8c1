import {
  type BeforeApplicationShutdown,
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
  type OnModuleInit,
  Optional,
} from '@nestjs/common';
import { BatchAggregationService } from '../aggregation/batch-aggregation.service.js';
import { MemoryPressure } from '../aggregation/memory-pressure.js';
import { NOTIFICATION_OPTIONS, type ResolvedOptions } from '../config/options.js';
import { ConnectionDrain } from '../http/connection-drain.js';
import { JobsScheduler } from '../jobs/jobs.scheduler.js';
import { Clock } from '../model/clock.js';
import { PACKAGE_VERSION } from '../model/package-version.js';
import { EventLoopDelay } from '../monitoring/event-loop-delay.js';
import { HistoryRecorder } from '../monitoring/history-recorder.js';
import { BatchProcessorService } from '../processing/batch-processor.service.js';
import { QueueService } from '../queue/queue.service.js';
import { Replanning } from '../recipients/replanning.js';
import { CommandRunner } from '../storage/command-runner.js';
import { Instance } from '../storage/instance.js';
import { type InstanceDescription, NotificationStore } from '../storage/notification-store.js';
import { StoreSnapshots } from '../storage/store-snapshots.js';
import { SseHub } from '../transports/sse/sse-hub.js';
import { TransportRegistry } from '../transports/transport-registry.js';
import { BacklogClearing } from './backlog-clearing.js';
import { DeadLetterLog } from './dead-letter-log.js';
import { ExplorerService } from './explorer.service.js';
import { ListenerExplorer } from './listener.explorer.js';
import { SingleModule } from './single-module.js';
import { StartReport } from './start-report.js';

/** Starts and stops the modules, each after those it needs. The only place that knows the order. */
@Injectable()
export class LifeCycleService implements OnModuleInit, OnApplicationBootstrap, BeforeApplicationShutdown, OnApplicationShutdown {
  private readonly logger = new Logger('NotificationModule');
  private stopped: Promise<void> | undefined;
  private opened = false;

  constructor(
    private readonly single: SingleModule,
    private readonly explorer: ExplorerService,
    private readonly listeners: ListenerExplorer,
    private readonly report: StartReport,
    private readonly store: NotificationStore,
    private readonly transports: TransportRegistry,
    private readonly queue: QueueService,
    private readonly streams: SseHub,
    private readonly aggregation: BatchAggregationService,
    private readonly processor: BatchProcessorService,
    private readonly jobs: JobsScheduler,
    private readonly history: HistoryRecorder,
    private readonly pressure: MemoryPressure,
    private readonly clock: Clock,
    private readonly commands: CommandRunner,
    private readonly instance: Instance,
    private readonly snapshots: StoreSnapshots,
    private readonly delay: EventLoopDelay,
    private readonly backlog: BacklogClearing,
    private readonly replanning: Replanning,
    private readonly deadLetters: DeadLetterLog,
    @Optional() @Inject(ConnectionDrain) private readonly connections: ConnectionDrain | undefined,
    @Inject(NOTIFICATION_OPTIONS) private readonly options: ResolvedOptions,
  ) {}

  async onModuleInit(): Promise<void> {
    this.single.assertSingle();
    this.explorer.explore();
    this.listeners.explore();
    this.report.warn();
    await this.instance.prepare();
    this.report.storeOpened(await this.store.open(this.clock.now(), this.description()));
    this.opened = true;
    await this.instance.start();
    await this.snapshots.start();
    this.transports.alsoFiltersBy(() => this.snapshots.now().counts.map(({ channel }) => channel));
    await this.aggregation.restoreRules();
    await this.processor.restore();
    await this.backlog.run();
  }

  async onApplicationBootstrap(): Promise<void> {
    const { state } = this.store;
    await this.transports.openAll({
      get: (name) => state.get(name),
      set: (name, value) => state.set(name, value),
      setIfAbsent: async (name, value) => (await state.update(name, (present) => present ?? value)) ?? value,
      update: (name, change) => state.update(name, change),
    });
    await this.replanning.start();
    this.processor.start();
    this.pressure.start();
    this.history.start();
    this.delay.start();
    this.jobs.start();
    await this.report.log();
  }

  private description(): InstanceDescription {
    const channels = this.options.delivery.enabled ? this.transports.channels() : [];
    return { name: this.instance.name, version: PACKAGE_VERSION, channels };
  }

  /** Before the host's server closes: requests that still arrive are answered 503. */
  async beforeApplicationShutdown(): Promise<void> {
    this.queue.close();
    if (this.opened) await this.attempt('end what is in flight', () => this.endSending());
    await this.streams.close();
    await this.attempt('end the connections', async () => await this.connections?.end());
  }

  private async endSending(): Promise<void> {
    const { sent, left, openWindows } = await this.processor.shutdown();
    const found = `${sent} deliveries were sent, ${left} are left in the queue, ${openWindows} windows are open`;
    this.logger.log(`stopped: ${sent + left + openWindows === 0 ? 'nothing is left' : found}`);
  }

  /** After the last request was answered. */
  async onApplicationShutdown(): Promise<void> {
    this.stopped ??= this.stop();
    await this.stopped;
  }

  private async stop(): Promise<void> {
    await this.attempt('stop the jobs', () => this.jobs.stop());
    this.delay.stop();
    this.deadLetters.stop();
    await this.attempt('stop planning messages again', () => this.replanning.stop());
    await this.attempt('stop what was asked for', () => this.commands.stop());
    await this.attempt('stop watching memory', () => this.pressure.stop());
    await this.attempt('close the transports', () => this.transports.closeAll());
    if (!this.opened) return;
    await this.attempt('write the history', () => this.history.stop());
    await this.attempt('stop reading counts', () => this.snapshots.stop());
    await this.attempt('give up what this instance leads', () => this.instance.stop());
    await this.attempt('close the store', () => this.store.close());
  }

  /** Nest logs what a hook throws and leaves the hooks behind it out: each step is tried for itself. */
  private async attempt(what: string, step: () => Promise<void>): Promise<void> {
    try {
      await step();
    } catch (error) {
      this.logger.error(`could not ${what}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
}

import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { type MetricsRegistry } from '../config/metrics-options.js';
import { NOTIFICATION_OPTIONS, type ResolvedOptions } from '../config/options.js';
import { Clock } from '../model/clock.js';
import { DELIVERY_STATES } from '../model/delivery.js';
import { InvalidConfigurationError, NotFoundError } from '../model/errors.js';
import { type NotificationEventMap, NotificationEvents } from '../model/notification-events.js';
import { BatchProcessorService } from '../processing/batch-processor.service.js';
import { Instance } from '../storage/instance.js';
import { NotificationStore } from '../storage/notification-store.js';
import { TransportRegistry } from '../transports/transport-registry.js';
import { BATCH_SIZE_BOUNDS } from '../model/batch-sizes.js';
import { EventLoopDelay } from './event-loop-delay.js';
import { addProcessMetrics } from './process-metrics.js';
import { TypeLabels } from './type-labels.js';

const LATENCY_SECONDS = [0.005, 0.025, 0.1, 0.25, 1, 2.5, 10, 30, 60, 300, 1_800, 14_400];
const BUFFER_SECONDS = [0.1, 1, 10, 60, 300, 900, 1_800, 3_600, 14_400, 86_400];
const DURATION_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

/**
 * The figures for Prometheus, in a registry that is not shared (two applications in one process do not meet). Labels come from closed
 * sets: channels are registered, states, routes and reasons are lists of the model. Types are callers' words: those that rules name have a label,
 * the rest share one; addresses are no labels (https://prometheus.io/docs/practices/naming/#labels).
 */
@Injectable()
export class MetricsService implements OnApplicationShutdown {
  private readonly registry = new Registry();
  private readonly registers = [this.registry];
  /** The scrape of the host's registry that is being answered: its gauges share one snapshot. */
  private looking: Promise<void> | undefined;

  private readonly accepted = new Counter({
    name: 'nestjs_digest_accepted_total',
    help: 'Deliveries accepted',
    labelNames: ['channel', 'route'] as const,
    registers: this.registers,
  });
  private readonly refused = new Counter({
    name: 'nestjs_digest_refused_total',
    help: 'Notifications refused',
    registers: this.registers,
  });
  private readonly duplicates = new Counter({
    name: 'nestjs_digest_duplicates_total',
    help: 'Notifications that were repeated with their idempotency key',
    registers: this.registers,
  });
  private readonly attempts = new Counter({
    name: 'nestjs_digest_deliveries_total',
    help: 'Attempts to deliver, by outcome and reason',
    labelNames: ['channel', 'outcome', 'reason'] as const,
    registers: this.registers,
  });
  private readonly windowsClosed = new Counter({
    name: 'nestjs_digest_windows_closed_total',
    help: 'Windows closed, by reason',
    labelNames: ['channel', 'reason'] as const,
    registers: this.registers,
  });
  private readonly buffer = new Histogram({
    name: 'nestjs_digest_buffer_seconds',
    help: 'Time that a window gathered, from its first entry to its close',
    labelNames: ['channel', 'type'] as const,
    buckets: BUFFER_SECONDS,
    registers: this.registers,
  });
  private readonly batchSize = new Histogram({
    name: 'nestjs_digest_batch_size',
    help: 'Messages of a batch that were handed to its transport',
    labelNames: ['channel'] as const,
    buckets: [...BATCH_SIZE_BOUNDS],
    registers: this.registers,
  });
  private readonly batchDuration = new Histogram({
    name: 'nestjs_digest_batch_duration_seconds',
    help: 'Time of a batch in its transport',
    labelNames: ['channel'] as const,
    buckets: DURATION_SECONDS,
    registers: this.registers,
  });
  private readonly latency = new Histogram({
    name: 'nestjs_digest_latency_seconds',
    help: 'Time of a message from due to delivered',
    labelNames: ['channel'] as const,
    buckets: LATENCY_SECONDS,
    registers: this.registers,
  });
  private readonly deliveries = this.gauge('nestjs_digest_deliveries', 'Deliveries in the store, by state', ['state']);
  private readonly pending = this.gauge('nestjs_digest_pending', 'Deliveries that are not final');
  private readonly windowsOpen = this.gauge('nestjs_digest_windows_open', 'Open windows');
  private readonly oldestWindow = this.gauge('nestjs_digest_oldest_window_age_seconds', 'Age of the oldest open window');
  private readonly inFlight = this.gauge('nestjs_digest_batches_in_flight', 'Batches in their transport', ['channel']);
  private readonly paused = this.gauge('nestjs_digest_channel_paused', '1 while the channel is paused', ['channel']);
  private readonly breakerOpen = this.gauge('nestjs_digest_channel_breaker_open', '1 while the breaker is open or half open', [
    'channel',
  ]);
  private readonly pool = this.gauge('nestjs_digest_pool_connections', 'Connections of a channel, by state', [
    'channel',
    'state',
  ]);

  constructor(
    events: NotificationEvents,
    private readonly store: NotificationStore,
    private readonly processor: BatchProcessorService,
    private readonly transports: TransportRegistry,
    private readonly clock: Clock,
    private readonly instance: Instance,
    delay: EventLoopDelay,
    @Inject(NOTIFICATION_OPTIONS) private readonly options: Pick<ResolvedOptions, 'monitoring' | 'metrics' | 'aggregation'>,
  ) {
    if (!options.monitoring) return;
    addProcessMetrics(this.registers, delay);
    const types = new TypeLabels(options.aggregation.rules);
    // Prometheus puts its own label "instance" on what it scrapes.
    if (instance.shared) this.registry.setDefaultLabels({ digest_instance: instance.name });
    if (options.metrics.registry !== undefined) this.registerIn(options.metrics.registry);
    events.on('accepted', ({ rows, duplicates, refused }) => {
      for (const { channel, route, count } of rows) this.accepted.inc({ channel, route }, count);
      this.duplicates.inc(duplicates);
      this.refused.inc(refused);
    });
    events.on('batchFinished', (batch) => this.onBatch(batch));
    events.on('windowsClosed', ({ windows }) => {
      for (const { channel, reason, type, openMs } of windows) {
        this.windowsClosed.inc({ channel, reason });
        this.buffer.observe({ channel, type: types.of(type) }, openMs / 1000);
      }
    });
  }

  /** Of the text that `text` gives, for `Content-Type`. */
  get contentType(): string {
    return this.registry.contentType;
  }

  /** All of it, in the text format of Prometheus. @throws NotFoundError when the option `monitoring` is false */
  async scrape(): Promise<string> {
    if (!this.options.monitoring) throw new NotFoundError('the metrics', 'are not kept: the option monitoring is false');
    await this.look();
    return await this.registry.metrics();
  }

  /** Leaves the host's registry, so that the next application of the process can have it. */
  onApplicationShutdown(): void {
    const { registry } = this.options.metrics;
    for (const metric of this.registry.getMetricsAsArray()) {
      if (registry?.getSingleMetric(metric.name) === metric) registry.removeSingleMetric(metric.name);
    }
  }

  private registerIn(registry: MetricsRegistry): void {
    const metrics = this.registry.getMetricsAsArray();
    const taken = metrics.find(({ name }) => registry.getSingleMetric(name) !== undefined);
    if (taken !== undefined) {
      throw new InvalidConfigurationError([
        `metrics.registry: has a metric ${taken.name} already; two applications of one process need a registry each`,
      ]);
    }
    for (const metric of metrics) registry.registerMetric(metric as never);
  }

  /** Called for every gauge of a scrape. A store that fails leaves the host's other metrics readable: the gauges show what was last read. */
  private async collect(): Promise<void> {
    if (this.options.metrics.registry === undefined) return;
    this.looking ??= this.look().finally(() => (this.looking = undefined));
    await this.looking.catch(() => undefined);
  }

  private onBatch({ channel, size, durationMs, messages }: NotificationEventMap['batchFinished'][0]): void {
    this.batchSize.observe({ channel }, size);
    this.batchDuration.observe({ channel }, durationMs / 1000);
    let delivered = 0;
    for (const { outcome, reason = '', count, latencyMs } of messages) {
      if (outcome === 'delivered') {
        delivered += count;
        this.latency.observe({ channel }, latencyMs / 1000);
      } else this.attempts.inc({ channel, outcome, reason }, count);
    }
    if (delivered > 0) this.attempts.inc({ channel, outcome: 'delivered', reason: '' }, delivered);
  }

  private async look(): Promise<void> {
    await this.lookAtStore();
    for (const { name: channel, paused, inFlight, breaker } of this.processor.channels()) {
      this.breakerOpen.set({ channel }, breaker === 'closed' ? 0 : 1);
      this.inFlight.set({ channel }, inFlight);
      this.paused.set({ channel }, paused === false ? 0 : 1);
      const pool = this.transports.get(channel)?.pool?.();
      if (pool === undefined) continue;
      this.pool.set({ channel, state: 'in_use' }, pool.inUse);
      this.pool.set({ channel, state: 'idle' }, pool.idle);
      this.pool.set({ channel, state: 'waiting' }, pool.waiting);
    }
  }

  /** Of the instances that share a store one exports its figures, so that a sum over instances counts them once. */
  private async lookAtStore(): Promise<void> {
    if (!this.instance.tellsOfStore) {
      for (const state of DELIVERY_STATES) this.deliveries.remove({ state });
      for (const gauge of [this.pending, this.windowsOpen, this.oldestWindow]) gauge.remove();
      return;
    }
    const { counts, pending, windows } = await this.store.snapshot();
    for (const state of DELIVERY_STATES) {
      this.deliveries.set(
        { state },
        counts.reduce((sum, row) => sum + (row.state === state ? row.count : 0), 0),
      );
    }
    this.pending.set(pending);
    this.windowsOpen.set(windows.open);
    this.oldestWindow.set(windows.oldestAt === undefined ? 0 : Math.max(0, this.clock.now() - windows.oldestAt) / 1000);
  }

  private gauge<T extends string>(name: string, help: string, labelNames: readonly T[] = []): Gauge<T> {
    return new Gauge({ name, help, labelNames: [...labelNames], registers: this.registers, collect: () => this.collect() });
  }
}

import { Inject, Injectable } from '@nestjs/common';
import { AddressLimit } from '../aggregation/address-limit.js';
import { MemoryPressure } from '../aggregation/memory-pressure.js';
import { NOTIFICATION_OPTIONS, type ResolvedOptions } from '../config/options.js';
import { Clock } from '../model/clock.js';
import { isFinal } from '../model/delivery.js';
import { BatchProcessorService } from '../processing/batch-processor.service.js';
import { type CountRow, NotificationStore } from '../storage/notification-store.js';
import { StoreSnapshots } from '../storage/store-snapshots.js';
import { TransportRegistry } from '../transports/transport-registry.js';
import { Activity } from './activity.js';

/** Tries of the last minute from which an error rate says something. */
const LEAST_TRIES = 20;

export interface HealthEntry {
  /** A `warning` is to be looked at, and leaves the whole `ok`: nothing is gained by a restart. */
  readonly status: 'ok' | 'warning' | 'error';
  /** One line, free of secrets. */
  readonly detail: string;
}

/** What is not broken but on its way there, by the thresholds of the option `health`. */
@Injectable()
export class HealthIndicators {
  constructor(
    private readonly store: NotificationStore,
    private readonly snapshots: StoreSnapshots,
    private readonly processor: BatchProcessorService,
    private readonly transports: TransportRegistry,
    private readonly activity: Activity,
    private readonly limit: AddressLimit,
    private readonly pressure: MemoryPressure,
    private readonly clock: Clock,
    @Inject(NOTIFICATION_OPTIONS) private readonly options: Pick<ResolvedOptions, 'delivery' | 'health' | 'queue'>,
  ) {}

  /** Work that is due for longer than this and was not touched is stuck, ms. */
  get stuckAfterMs(): number {
    return this.options.health.stuckAfterMs;
  }

  /** Channels that have deliveries and no transport, as after a start without their credentials. */
  withoutTransport(): Readonly<Record<string, HealthEntry>> {
    const waiting = new Map<string, number>();
    for (const { channel, state, count } of this.counts()) {
      if (isFinal(state) || this.transports.get(channel) !== undefined) continue;
      waiting.set(channel, (waiting.get(channel) ?? 0) + count);
    }
    return Object.fromEntries(
      [...waiting].map(([channel, count]) => {
        const detail = `no transport is registered for the channel ${channel}; ${count} deliveries wait for one`;
        return [channel, { status: 'warning', detail } as const];
      }),
    );
  }

  /** None when the store does not answer, which has an entry of its own. */
  private counts(): readonly CountRow[] {
    try {
      return this.snapshots.now().counts;
    } catch {
      return [];
    }
  }

  /** Passes of the processor that fail: a warning at first, since the next one may succeed, and an error once work is stuck. */
  passes(): HealthEntry {
    const failing = this.processor.failing();
    if (failing === undefined) return { status: 'ok', detail: 'work is taken up' };
    const { since, detail } = failing;
    const status = this.clock.now() - since > this.stuckAfterMs ? 'error' : 'warning';
    return { status, detail: `nothing new is sent since ${new Date(since).toISOString()}, because passes fail: ${detail}` };
  }

  /** Batches that do not come back from their transport. */
  batches(): HealthEntry {
    if (!this.options.delivery.enabled) return { status: 'ok', detail: 'this instance sends nothing: DELIVERY_ENABLED is false' };
    const { stuckAfterMs } = this.options.health;
    const oldestMs = this.processor.oldestBatchMs();
    if (oldestMs <= stuckAfterMs) return { status: 'ok', detail: 'no batch is stuck' };
    return { status: 'warning', detail: `a batch has been in its transport for ${oldestMs} ms, more than ${stuckAfterMs}` };
  }

  /** The part of the last minute's tries that failed, by channel. */
  errors(): HealthEntry {
    const now = this.clock.now();
    const { errorRate } = this.options.health;
    const bad = [...this.activity.byChannel].flatMap(([channel, { tried, failed }]) => {
      const tries = tried.total(now);
      const rate = failed.total(now) / tries;
      return tries >= LEAST_TRIES && rate > errorRate ? [`${channel} ${Math.round(rate * 100)} % of ${tries}`] : [];
    });
    if (bad.length === 0) return { status: 'ok', detail: 'attempts of the last minute do not fail more often than usual' };
    return { status: 'warning', detail: `attempts of the last minute that failed: ${bad.join(', ')}` };
  }

  /** What is about to be refused or sent early. */
  async limits(): Promise<HealthEntry> {
    const { nearLimit } = this.options.health;
    const { pending } = await this.store.snapshot();
    const { maxPending } = this.options.queue;
    const usage = await this.limit.usage();
    const near = usage
      .filter(({ addresses, maxAddresses }) => addresses >= maxAddresses * nearLimit)
      .map(({ channel, addresses, maxAddresses }) => `${channel} gathers for ${addresses} of ${maxAddresses} addresses`);
    if (pending >= maxPending * nearLimit) near.unshift(`${pending} of QUEUE_MAX_PENDING=${maxPending} are pending`);
    return near.length === 0 ? { status: 'ok', detail: 'no limit is near' } : { status: 'warning', detail: near.join(', ') };
  }

  /** Undefined while the resident set is within `MEMORY_PRESSURE_MB`, or has no limit. */
  memory(): HealthEntry | undefined {
    if (this.pressure.level === 0) return undefined;
    const detail = `over MEMORY_PRESSURE_MB=${this.pressure.limitMb}: windows are sent early, intake waits`;
    return { status: 'warning', detail };
  }
}

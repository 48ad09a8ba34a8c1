import { Inject, Injectable } from '@nestjs/common';
import { AddressLimit } from '../aggregation/address-limit.js';
import { MemoryPressure } from '../aggregation/memory-pressure.js';
import { NOTIFICATION_OPTIONS, type ResolvedOptions } from '../config/options.js';
import { Clock } from '../model/clock.js';
import { isFinal } from '../model/delivery.js';
import { BatchProcessorService } from '../processing/batch-processor.service.js';
import { Instance } from '../storage/instance.js';
import { type CountRow, NotificationStore } from '../storage/notification-store.js';
import { HEARTBEAT_MS } from '../storage/store-upkeep.js';
import { StoreSnapshots } from '../storage/store-snapshots.js';
import { TransportRegistry } from '../transports/transport-registry.js';
import { Activity, type BatchActivity } from './activity.js';
import { EventLoopDelay } from './event-loop-delay.js';
import { HISTORY_STEP_MS } from './history.js';

/** Attempts of the last minute from which an error rate says something. */
const LEAST_TRIES = 20;
/** How an attempt ends, in the names of the history. */
const OUTCOMES: readonly string[] = ['delivered', 'retry', 'dead'];

interface Attempts {
  readonly tried: number;
  readonly failed: number;
}

/** The state of one part. */
export interface HealthEntry {
  /** It tells of a shared store, and so the same on every instance; absent: it tells of this instance. */
  readonly scope?: 'store';
  /** A `warning` is to be looked at, and leaves the whole `ok`: nothing is gained by a restart. */
  readonly status: 'ok' | 'warning' | 'error';
  /** One line, free of secrets. */
  readonly detail: string;
  /** Since when it is unhealthy, as far as this process knows; ISO 8601. Absent while it is healthy. */
  readonly since?: string;
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
    private readonly instance: Instance,
    private readonly delay: EventLoopDelay,
    private readonly clock: Clock,
    @Inject(NOTIFICATION_OPTIONS) private readonly options: Pick<ResolvedOptions, 'delivery' | 'health' | 'monitoring' | 'queue'>,
  ) {}

  /** Work that is due for longer than this and was not touched is stuck, ms. */
  get stuckAfterMs(): number {
    return this.options.health.stuckAfterMs;
  }

  /** Channels that have deliveries and that nobody sends on, as after a start without their credentials. */
  async unserved(): Promise<Readonly<Record<string, HealthEntry>>> {
    const { shared } = this.instance;
    const served = new Set(shared ? (await this.instance.all()).flatMap(({ channels }) => channels) : this.transports.channels());
    const waiting = new Map<string, number>();
    for (const { channel, state, count } of this.counts()) {
      if (isFinal(state) || served.has(channel)) continue;
      waiting.set(channel, (waiting.get(channel) ?? 0) + count);
    }
    return Object.fromEntries(
      [...waiting].map(([channel, count]) => {
        const missing = shared ? 'no instance sends on' : 'no transport is registered for';
        const detail = `${missing} the channel ${channel}; ${count} deliveries wait for one`;
        return [channel, this.ofStore({ status: 'warning', detail })];
      }),
    );
  }

  /** An entry about what all instances share. */
  ofStore(entry: HealthEntry): HealthEntry {
    return this.instance.shared ? { ...entry, scope: 'store' } : entry;
  }

  /** None when the store does not answer, which has its own entry. */
  private counts(): readonly CountRow[] {
    try {
      return this.snapshots.now().counts;
    } catch {
      return [];
    }
  }

  /** Whether looking for work fails: a warning at first, since the next attempt may succeed, and an error once work is stuck. */
  processing(): HealthEntry {
    const failing = this.processor.failing();
    if (failing === undefined) return { status: 'ok', detail: 'work is taken up' };
    const { since, detail } = failing;
    const status = this.clock.now() - since > this.stuckAfterMs ? 'error' : 'warning';
    return {
      status,
      detail: `nothing new has been sent since ${new Date(since).toISOString()}, because looking for work fails: ${detail}`,
    };
  }

  /** Batches that do not come back from their transport. */
  batches(): HealthEntry {
    if (!this.options.delivery.enabled) return { status: 'ok', detail: 'this instance sends nothing: DELIVERY_ENABLED is false' };
    const { stuckAfterMs } = this.options.health;
    const oldestMs = this.processor.oldestBatchMs();
    if (oldestMs <= stuckAfterMs) return { status: 'ok', detail: 'no batch is stuck' };
    return { status: 'warning', detail: `a batch has been in its transport for ${oldestMs} ms, more than ${stuckAfterMs}` };
  }

  /** The part of the last minute's attempts that failed, by channel; of all instances where the store is shared and the history is stored. */
  async errors(): Promise<HealthEntry> {
    const ofStore = this.instance.shared && this.options.monitoring;
    const attempts = ofStore ? await this.attemptsOfAll() : this.attemptsOfThis();
    const bad = [...attempts].flatMap(([channel, { tried, failed }]) => {
      const isBad = tried >= LEAST_TRIES && failed / tried > this.options.health.errorRate;
      return isBad ? [`${channel} ${Math.round((failed / tried) * 100)} % of ${tried}`] : [];
    });
    const entry: HealthEntry =
      bad.length === 0
        ? { status: 'ok', detail: 'attempts of the last minute do not fail more often than usual' }
        : { status: 'warning', detail: `attempts of the last minute that failed: ${bad.join(', ')}` };
    return ofStore ? this.ofStore(entry) : entry;
  }

  private attemptsOfThis(): ReadonlyMap<string, Attempts> {
    const now = this.clock.now();
    const counted = ({ tried, failed }: BatchActivity): Attempts => ({ tried: tried.total(now), failed: failed.total(now) });
    return new Map([...this.activity.byChannel].map(([channel, activity]) => [channel, counted(activity)]));
  }

  /** By the history, which is stored by the minute: of this minute and the one before. */
  private async attemptsOfAll(): Promise<ReadonlyMap<string, Attempts>> {
    const now = this.clock.now();
    const rows = await this.store.history(Math.floor(now / HISTORY_STEP_MS) * HISTORY_STEP_MS - HISTORY_STEP_MS, now + 1);
    const attempts = new Map<string, Attempts>();
    for (const { name, value } of rows) {
      const [outcome = '', channel = ''] = name.split('.', 2);
      if (!OUTCOMES.includes(outcome)) continue;
      const { tried, failed } = attempts.get(channel) ?? { tried: 0, failed: 0 };
      attempts.set(channel, { tried: tried + value, failed: failed + (outcome === 'delivered' ? 0 : value) });
    }
    return attempts;
  }

  /** Whether other work waited for something that held the event loop: the heartbeat, say, without which others take this instance for dead. */
  eventLoop(): HealthEntry & { readonly longestMs: number } {
    const { longestMs } = this.delay;
    if (longestMs <= HEARTBEAT_MS) return { status: 'ok', detail: 'the event loop turns', longestMs };
    return { status: 'warning', detail: `something held the event loop for ${longestMs} ms`, longestMs };
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
    return this.ofStore(
      near.length === 0 ? { status: 'ok', detail: 'no limit is near' } : { status: 'warning', detail: near.join(', ') },
    );
  }

  /** Undefined while the resident set is within `MEMORY_PRESSURE_MB`, or has no limit. */
  memory(): HealthEntry | undefined {
    if (this.pressure.level === 0) return undefined;
    const detail = `over MEMORY_PRESSURE_MB=${this.pressure.limitMb}: windows are sent early, intake waits`;
    return { status: 'warning', detail };
  }
}

import { setImmediate as nextTurn } from 'node:timers/promises';
import { Inject, Injectable } from '@nestjs/common';
import { BatchAggregationService } from '../aggregation/batch-aggregation.service.js';
import { NOTIFICATION_OPTIONS, type ResolvedOptions } from '../config/options.js';
import { Clock } from '../model/clock.js';
import { DELIVERY_STATES, type DeliveryState, isFinal, ROUTES } from '../model/delivery.js';
import { NotFoundError } from '../model/errors.js';
import { BatchProcessorService } from '../processing/batch-processor.service.js';
import { ANSWER_AFTER_MS } from '../storage/command-runner.js';
import { Instance } from '../storage/instance.js';
import { pageLimit } from '../storage/page.js';
import { type CountRow, NotificationStore } from '../storage/notification-store.js';
import { type PoolStatistics } from '../transports/transport.js';
import { TransportRegistry } from '../transports/transport-registry.js';
import { Activity, BatchActivity } from './activity.js';
import { BusiestAddresses, type BusyAddress } from './busiest-addresses.js';
import { EventLoopDelay } from './event-loop-delay.js';
import { BATCH_SIZE_CLASSES } from '../model/batch-sizes.js';
import { type AddressStatistics, type SentBatchStatistics, type ChannelStatistics, type Statistics } from './statistics.js';

const NO_POOL: PoolStatistics = { size: 0, inUse: 0, idle: 0, waiting: 0, created: 0, failed: 0 };

/** The busiest addresses of a channel. */
export interface BusiestAddressesView {
  /** The busiest first. */
  readonly items: readonly BusyAddress[];
  /** There are more addresses than could be looked at within 10 s. */
  readonly more?: boolean;
}

/** Puts together what the store counts and what was seen since the start. */
@Injectable()
export class StatisticsService {
  constructor(
    private readonly store: NotificationStore,
    private readonly aggregation: BatchAggregationService,
    private readonly processor: BatchProcessorService,
    private readonly transports: TransportRegistry,
    private readonly activity: Activity,
    private readonly clock: Clock,
    private readonly instance: Instance,
    private readonly delay: EventLoopDelay,
    @Inject(NOTIFICATION_OPTIONS) private readonly options: Pick<ResolvedOptions, 'health'>,
  ) {}

  /** Counts of the store, exact over all instances, and what this instance did since its start. */
  async statistics(): Promise<Statistics> {
    const snapshot = await this.store.snapshot();
    const aggregation = this.aggregation.statisticsOf({ ...snapshot, asOf: this.clock.now() });
    const now = this.clock.now();
    const { oldestAt } = snapshot.windows;
    const { duplicates, refused } = this.activity;
    return {
      counts: { ...counts(snapshot.counts), pending: snapshot.pending, duplicates, refused },
      messages: snapshot.messages,
      batches: batchStatistics(this.activity.all),
      pool: this.pools().reduce(addPools, NO_POOL),
      windows: {
        open: snapshot.windows.open,
        items: snapshot.windows.items,
        oldest: oldestAt === undefined ? null : new Date(oldestAt).toISOString(),
        oldestAgeMs: oldestAt === undefined ? 0 : Math.max(0, now - oldestAt),
      },
      aggregation,
      latency: this.activity.latency.summary(),
      rates: {
        acceptedPerSecond: this.activity.accepted.perSecond(now),
        deliveredPerSecond: this.activity.delivered.perSecond(now),
      },
      channels: this.channels(snapshot.counts, now),
      uptimeMs: Math.max(0, now - this.activity.startedAt),
      process: { cpuMs: cpuMs(), eventLoopDelay: this.delay.view() },
      instances: (await this.instance.all()).map(({ name, version, channels, startedAt, seenAt }) => ({
        name,
        self: name === this.instance.name,
        version,
        channels,
        startedAt: new Date(startedAt).toISOString(),
        heartbeatAt: new Date(seenAt).toISOString(),
      })),
    };
  }

  /**
   * The addresses of a channel with the most deliveries, over what the store still holds.
   *
   * @param limit 1..200; 50 by default
   * @throws InvalidRequestError for a channel that is not known
   */
  async addresses(channel: string, limit?: number): Promise<BusiestAddressesView> {
    this.transports.canonicalFilter({ channel }, ['channel']);
    const busiest = new BusiestAddresses(pageLimit(limit));
    const answerAt = this.clock.now() + ANSWER_AFTER_MS;
    let cursor: string | undefined;
    do {
      const page = await this.store.addresses(channel, cursor === undefined ? {} : { cursor });
      for (const load of page.items) busiest.add(load);
      cursor = page.next;
      await nextTurn();
    } while (cursor !== undefined && this.clock.now() < answerAt);
    return { items: busiest.view(), ...(cursor === undefined ? {} : { more: true }) };
  }

  /** @throws NotFoundError when nothing was ever accepted for the address, or all of it was pruned */
  async ofAddress(channel: string, givenAddress: string): Promise<AddressStatistics> {
    const isTaken = this.transports.addressProblem(channel, givenAddress) === undefined;
    const address = isTaken ? this.transports.canonicalAddress(channel, givenAddress) : givenAddress;
    const snapshot = await this.store.address(channel, address);
    if (snapshot === undefined)
      throw new NotFoundError(`address ${JSON.stringify(address)} of channel ${JSON.stringify(channel)}`);
    const byState = zeroes(DELIVERY_STATES);
    for (const state of DELIVERY_STATES) byState[state] = snapshot.counts[state] ?? 0;
    const pending = sum(DELIVERY_STATES.filter((state) => !isFinal(state)).map((state) => byState[state]));
    const { messagesMade, messagesSent, deliveriesSent, totalSendMs, lastActivityAt } = snapshot;
    return {
      channel,
      address,
      counts: { accepted: sum(Object.values(byState)), pending, byState },
      pending,
      messages: messagesSent,
      batches: {
        made: messagesMade,
        count: messagesSent,
        deliveries: deliveriesSent,
        averageSize: ratio(deliveriesSent, messagesSent),
        averageTimeMs: ratio(totalSendMs, messagesSent),
      },
      windows: { open: snapshot.openWindows },
      ...(lastActivityAt === undefined ? {} : { lastActivityAt: new Date(lastActivityAt).toISOString() }),
    };
  }

  private channels(counts: readonly CountRow[], now: number): Record<string, ChannelStatistics> {
    return Object.fromEntries(
      this.processor
        .channels()
        .map(({ name, paused, inFlight, breaker, openEndpoints, batchSize, batchSizeReason, maxInFlight }) => {
          const activity = this.activity.byChannel.get(name) ?? new BatchActivity();
          const pool = this.transports.get(name)?.pool?.();
          const { lastFailure } = activity;
          return [
            name,
            {
              state: stateOf(paused, activity.isFailing(now, this.options.health.errorRate)),
              byState: byState(counts.filter(({ channel }) => channel === name)),
              lastMinute: { attempts: activity.tried.total(now), failed: activity.failed.total(now) },
              ...(lastFailure === undefined
                ? {}
                : { lastFailure: { at: new Date(lastFailure.at).toISOString(), reason: lastFailure.reason } }),
              paused,
              breaker,
              openEndpoints,
              inFlight,
              batchSize,
              batchSizeReason,
              maxInFlight,
              batches: batchStatistics(activity),
              ...(pool === undefined ? {} : { pool }),
              outcomes: Object.fromEntries(activity.outcomes),
              reasons: Object.fromEntries(activity.reasons),
            },
          ];
        }),
    );
  }

  private pools(): readonly PoolStatistics[] {
    return this.transports
      .channels()
      .map((channel) => this.transports.get(channel)?.pool?.())
      .filter((pool) => pool !== undefined);
  }
}

function cpuMs(): Statistics['process']['cpuMs'] {
  const { user, system } = process.cpuUsage();
  return { user: Math.round(user / 1_000), system: Math.round(system / 1_000) };
}

function counts(
  rows: readonly CountRow[],
): Pick<Statistics['counts'], 'accepted' | 'byState' | 'byRoute' | 'byChannel' | 'byType'> {
  const byRoute = zeroes(ROUTES);
  // Names are the callers': a map, since an object would lose `__proto__`.
  const byChannel = new Map<string, number>();
  const byType = new Map<string, number>();
  for (const { channel, type, route, count } of rows) {
    byRoute[route] += count;
    byChannel.set(channel, (byChannel.get(channel) ?? 0) + count);
    byType.set(type, (byType.get(type) ?? 0) + count);
  }
  const states = byState(rows);
  return {
    accepted: sum(Object.values<number>(states)),
    byState: states,
    byRoute,
    byChannel: Object.fromEntries(byChannel),
    byType: Object.fromEntries(byType),
  };
}

function byState(rows: readonly CountRow[]): Record<DeliveryState, number> {
  const counts = zeroes(DELIVERY_STATES);
  for (const { state, count } of rows) counts[state] += count;
  return counts;
}

function stateOf(paused: ChannelStatistics['paused'], isFailing: boolean): ChannelStatistics['state'] {
  if (paused !== false) return paused.by === 'operator' ? 'paused_by_operator' : 'paused_by_failure';
  return isFailing ? 'degraded' : 'ok';
}

function batchStatistics(activity: BatchActivity): SentBatchStatistics {
  const { average: averageMs, p50, p95, p99 } = activity.duration.summary();
  return {
    count: activity.batches,
    messages: activity.messages,
    deliveries: activity.deliveries,
    averageSize: ratio(activity.messages, activity.batches),
    sizes: Object.fromEntries(BATCH_SIZE_CLASSES.map((name) => [name, activity.sizes.get(name) ?? 0])),
    time:
      averageMs === undefined || p50 === undefined || p95 === undefined || p99 === undefined ? {} : { averageMs, p50, p95, p99 },
  };
}

function addPools(a: PoolStatistics, b: PoolStatistics): PoolStatistics {
  return {
    size: a.size + b.size,
    inUse: a.inUse + b.inUse,
    idle: a.idle + b.idle,
    waiting: a.waiting + b.waiting,
    created: a.created + b.created,
    failed: a.failed + b.failed,
  };
}

function zeroes<K extends DeliveryState | (typeof ROUTES)[number]>(keys: readonly K[]): Record<K, number> {
  return Object.fromEntries(keys.map((key) => [key, 0])) as Record<K, number>;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

function ratio(part: number, whole: number): number {
  return whole === 0 ? 0 : Math.round((part / whole) * 100) / 100;
}

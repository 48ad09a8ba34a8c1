import { getHeapStatistics } from 'node:v8';
import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { Clock, type TimerHandle } from '../model/clock.js';
import { BatchProcessorService } from '../processing/batch-processor.service.js';
import { Instance } from '../storage/instance.js';
import { NotificationStore, type StoreHealth } from '../storage/notification-store.js';
import { TransportRegistry } from '../transports/transport-registry.js';
import { type HealthEntry, HealthIndicators } from './health-indicators.js';
import { UnhealthySince } from './unhealthy-since.js';

/** A part that has not answered by then is taken as broken. */
export const ANSWER_WITHIN_MS = 2_000;
/** For how long a check of the store that went well stands for the next ones. */
export const STORE_CHECK_MS = 1_000;
/** Part of the heap's limit above which the process is about to run out of memory. */
const HEAP_ALARM = 0.95;

/** `GET /notifications/health`. It is `ok` when no entry is `error`, and the process is not shutting down. */
export interface HealthReport {
  /** `error` when an entry is, or while the process stops: the status 503. */
  readonly status: 'ok' | 'error';
  /** The name of the instance that answers. */
  readonly instance: string;
  /** Whether the process stops. */
  readonly shuttingDown: boolean;
  /** Whether the store can be read and written. */
  readonly store: HealthEntry;
  /** By name. */
  readonly channels: Readonly<Record<string, HealthEntry>>;
  /** Whether what is due is taken up; `overdueMs`: for how long it has not been. */
  readonly windows: HealthEntry & { readonly overdueMs: number };
  /** Whether what is due and ready is taken up. */
  readonly processor: HealthEntry;
  /** Batches that do not come back. */
  readonly batches: HealthEntry;
  /** How often attempts fail. */
  readonly errors: HealthEntry;
  /** How near the limits are. */
  readonly limits: HealthEntry;
  /** Whether something held the event loop; `longestMs` since the last look. */
  readonly eventLoop: HealthEntry & { readonly longestMs: number };
  /** The heap, and the resident set where `MEMORY_PRESSURE_MB` is set. */
  readonly memory: HealthEntry & { readonly rssBytes: number; readonly heapUsedBytes: number; readonly heapLimitBytes: number };
}

/** `GET /notifications/health/ready`. */
export type ReadinessReport = Pick<HealthReport, 'status' | 'shuttingDown' | 'store'>;

/** Looks at the parts that must work. It never sends or connects: transports tell what they already know. */
@Injectable()
export class HealthService implements OnModuleDestroy {
  private readonly since = new UnhealthySince();
  private shuttingDown = false;
  private lastCheck: { readonly at: number; readonly entry: Promise<HealthEntry> } | undefined;

  constructor(
    private readonly store: NotificationStore,
    private readonly processor: BatchProcessorService,
    private readonly transports: TransportRegistry,
    private readonly indicators: HealthIndicators,
    private readonly instance: Instance,
    private readonly clock: Clock,
  ) {}

  /** Says so from the beginning of a stop. */
  onModuleDestroy(): void {
    this.shuttingDown = true;
  }

  /** Whether new work may be sent to this process: much less than `report`. */
  async readiness(): Promise<ReadinessReport> {
    const store = await this.storeEntry();
    const ok = !this.shuttingDown && store.status !== 'error';
    return { status: ok ? 'ok' : 'error', shuttingDown: this.shuttingDown, store };
  }

  /** Looks at every part, within two seconds; it never connects to anything but the store. */
  async report(): Promise<HealthReport> {
    const [store, windows, channels, limits, errors] = await Promise.all([
      this.storeEntry(),
      this.windows(),
      this.channels(),
      this.inTime(() => this.indicators.limits()),
      this.inTime(() => this.indicators.errors()),
    ]);
    const memory = { ...memoryEntry(), ...this.indicators.memory() };
    const warnings = {
      processor: this.indicators.processing(),
      batches: this.indicators.batches(),
      errors,
      limits,
      eventLoop: this.indicators.eventLoop(),
    };
    const entries = [store, windows, memory, ...Object.values(channels), ...Object.values(warnings)];
    const ok = !this.shuttingDown && entries.every(({ status }) => status !== 'error');
    const { name: instance } = this.instance;
    return this.withSince({
      status: ok ? 'ok' : 'error',
      instance,
      shuttingDown: this.shuttingDown,
      store,
      channels,
      windows,
      ...warnings,
      memory,
    });
  }

  private withSince({ channels, ...report }: HealthReport): HealthReport {
    const now = this.clock.now();
    const stamp = <Entry extends HealthEntry>(part: string, entry: Entry): Entry => this.since.stamp(part, entry, now);
    const ofChannels = Object.entries(channels).map(([name, entry]) => [name, stamp(`channel ${name}`, entry)] as const);
    this.since.keepOnly(new Set([...Object.keys(report), ...Object.keys(channels).map((name) => `channel ${name}`)]));
    return {
      ...report,
      store: stamp('store', report.store),
      channels: Object.fromEntries(ofChannels),
      windows: stamp('windows', report.windows),
      processor: stamp('processor', report.processor),
      batches: stamp('batches', report.batches),
      errors: stamp('errors', report.errors),
      limits: stamp('limits', report.limits),
      eventLoop: stamp('eventLoop', report.eventLoop),
      memory: stamp('memory', report.memory),
    };
  }

  /**
   * Asks the store, at most once in `STORE_CHECK_MS` while it is healthy: a check may write, and anybody may ask for the health. One that
   * failed is not kept, so that a store that has recovered is seen at once; callers that ask meanwhile share one check.
   */
  private storeEntry(): Promise<HealthEntry> {
    const now = this.clock.now();
    if (this.lastCheck !== undefined && now - this.lastCheck.at < STORE_CHECK_MS) return this.lastCheck.entry;
    const check = { at: now, entry: this.inTime(async () => storeEntry(await this.store.check())) };
    this.lastCheck = check;
    void check.entry.then(({ status }) => {
      if (status === 'error' && this.lastCheck === check) this.lastCheck = undefined;
    });
    return check.entry;
  }

  private async windows(): Promise<HealthReport['windows']> {
    let overdueMs = 0;
    const answer = await this.inTime(async () => {
      const nextDueAt = await this.store.nextDueAt();
      overdueMs = nextDueAt === undefined ? 0 : Math.max(0, this.clock.now() - nextDueAt);
      const ok = overdueMs <= this.indicators.stuckAfterMs;
      if (ok) return this.indicators.ofStore(entry({ ok, detail: 'nothing is stuck' }));
      const detail = `work has been due for ${overdueMs} ms, and no worker has claimed it`;
      // With a shared store every instance sees it, and restarting all of them would help nobody; the one that fails to look for work says so itself.
      return this.indicators.ofStore({ status: this.instance.shared ? 'warning' : 'error', detail });
    });
    return { ...answer, overdueMs };
  }

  private async channels(): Promise<Record<string, HealthEntry>> {
    const entries = this.processor.channels().map(async ({ name, paused }): Promise<readonly [string, HealthEntry]> => {
      if (paused !== false) {
        // Pausing by hand is a wish, not a fault.
        const { by, detail, since } = paused;
        if (by === 'operator') return [name, { status: 'ok', detail: `paused since ${since}: ${detail}` }];
        return [name, { status: 'error', detail: `paused since ${since}: ${detail}`, since }];
      }
      const transport = this.transports.get(name);
      if (transport?.health === undefined) return [name, entry({ ok: true, detail: 'in use' })];
      const health = transport.health.bind(transport);
      return [name, await this.inTime(async () => entry(await health()))];
    });
    const unserved = await this.indicators.unserved().catch(() => ({}));
    return { ...Object.fromEntries(await Promise.all(entries)), ...unserved };
  }

  /** A part that hangs or throws is an entry as well; its error may hold anything, and is not shown. */
  private async inTime(ask: () => Promise<HealthEntry>): Promise<HealthEntry> {
    let timer: TimerHandle | undefined;
    const late = new Promise<HealthEntry>((resolve) => {
      timer = this.clock.setTimer(ANSWER_WITHIN_MS, () =>
        resolve(entry({ ok: false, detail: `no answer within ${ANSWER_WITHIN_MS} ms` })),
      );
    });
    try {
      return await Promise.race([ask(), late]);
    } catch (error) {
      return entry({ ok: false, detail: `the check failed (${error instanceof Error ? error.name : 'unknown error'})` });
    } finally {
      timer?.cancel();
    }
  }
}

function storeEntry({ ok, detail, lowSpace, unreadable = 0, slowed, unsafe }: StoreHealth): HealthEntry {
  const warnings = [
    ...(lowSpace === undefined ? [] : [`${lowSpace}; finished deliveries are deleted early`]),
    ...(unreadable === 0
      ? []
      : [
          `${unreadable} deliveries ended as dead since the start, because their stored content cannot be read: the stored data is damaged`,
        ]),
    ...(slowed === undefined ? [] : [slowed]),
    ...(unsafe === undefined ? [] : [unsafe]),
  ];
  if (!ok || warnings.length === 0) return entry({ ok, detail });
  return { status: 'warning', detail: warnings.join('; ') };
}

function entry({ ok, detail }: { readonly ok: boolean; readonly detail: string }): HealthEntry {
  return { status: ok ? 'ok' : 'error', detail };
}

function memoryEntry(): HealthReport['memory'] {
  const { rss: rssBytes } = process.memoryUsage();
  const { used_heap_size: heapUsedBytes, heap_size_limit: heapLimitBytes } = getHeapStatistics();
  const ok = heapUsedBytes <= heapLimitBytes * HEAP_ALARM;
  const percent = Math.round((heapUsedBytes / heapLimitBytes) * 100);
  return { ...entry({ ok, detail: `${percent} % of the heap limit is in use` }), rssBytes, heapUsedBytes, heapLimitBytes };
}

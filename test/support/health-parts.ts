import { ManualClock } from '../../src/testing/manual-clock.js';
import { type AddressLimit } from '../../src/aggregation/address-limit.js';
import { type MemoryPressure } from '../../src/aggregation/memory-pressure.js';
import { NotificationEvents } from '../../src/model/notification-events.js';
import { type BatchProcessorService } from '../../src/processing/batch-processor.service.js';
import { type ProcessingFailure } from '../../src/processing/processing-failure.js';
import { type Instance } from '../../src/storage/instance.js';
import { type HistoryRow, type NotificationStore, type StoreHealth } from '../../src/storage/notification-store.js';
import { type StoreSnapshots } from '../../src/storage/store-snapshots.js';
import { type TransportRegistry } from '../../src/transports/transport-registry.js';
import { type Transport } from '../../src/transports/transport.js';
import { Activity } from '../../src/monitoring/activity.js';
import { type EventLoopDelay } from '../../src/monitoring/event-loop-delay.js';
import { HealthIndicators } from '../../src/monitoring/health-indicators.js';
import { HealthService } from '../../src/monitoring/health.service.js';

/** What a `HealthService` under test is told by the parts that it looks at. */
export interface HealthParts {
  readonly check?: () => Promise<StoreHealth>;
  readonly dueIn?: number;
  readonly health?: NonNullable<Transport['health']>;
  readonly paused?: false | { readonly by: string; readonly detail: string; readonly since: string };
  readonly counts?: readonly object[];
  readonly pending?: number;
  readonly addresses?: number;
  readonly batchMs?: number;
  readonly pressure?: number;
  readonly failing?: ProcessingFailure;
  /** Those that share the store; absent: it is not shared. */
  readonly instances?: readonly { readonly channels: readonly string[] }[];
  readonly history?: readonly HistoryRow[];
  readonly longestMs?: number;
}

export const STUCK_AFTER_MS = 1_000;

/** A `HealthService` over parts that say what a test wants. */
export function healthOver({ check, dueIn, health, paused = false, ...parts }: HealthParts = {}) {
  const clock = new ManualClock();
  const events = new NotificationEvents();
  const { pending = 0, addresses = 0, batchMs = 0, pressure = 0, failing } = parts;
  const store = {
    check: check ?? (() => Promise.resolve({ ok: true, detail: 'fine' })),
    snapshot: () => Promise.resolve({ pending }),
    history: () => Promise.resolve(parts.history ?? []),
    nextDueAt: () => Promise.resolve(dueIn === undefined ? undefined : clock.now() + dueIn),
  };
  const instance = { shared: parts.instances !== undefined, name: 'a', all: () => Promise.resolve(parts.instances ?? []) };
  const { longestMs = 0 } = parts;
  const processor = {
    channels: () => [{ name: 'email', paused, inFlight: 0 }],
    oldestBatchMs: () => batchMs,
    failing: () => failing,
  };
  const transports = {
    channels: () => ['email'],
    get: (name: string) => (name === 'slack' ? undefined : { ...(health === undefined ? {} : { health }) }),
  };
  const indicators = new HealthIndicators(
    store as unknown as NotificationStore,
    { now: () => ({ counts: parts.counts ?? [] }) } as unknown as StoreSnapshots,
    processor as unknown as BatchProcessorService,
    transports as unknown as TransportRegistry,
    new Activity(events, clock),
    { usage: () => Promise.resolve([{ channel: 'slack', addresses, maxAddresses: 100 }]) } as unknown as AddressLimit,
    { level: pressure, limitMb: 512 } as unknown as MemoryPressure,
    instance as unknown as Instance,
    { longestMs } as unknown as EventLoopDelay,
    clock,
    {
      monitoring: true,
      health: { intervalMs: 30_000, stuckAfterMs: STUCK_AFTER_MS, errorRate: 0.5, nearLimit: 0.9 },
      delivery: { enabled: true },
      queue: { maxPending: 1_000 },
    },
  );
  const service = new HealthService(
    store as unknown as NotificationStore,
    processor as unknown as BatchProcessorService,
    transports as unknown as TransportRegistry,
    indicators,
    instance as unknown as Instance,
    clock,
  );
  return { clock, service, events };
}

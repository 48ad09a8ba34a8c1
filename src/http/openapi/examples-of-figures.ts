import { EXAMPLE_AT, EXAMPLE_LATER } from './examples.js';

const BY_STATE = { gathering: 2, queued: 0, sending: 0, delivered: 37, dead: 1, cancelled: 0, expired: 0, replaced: 0 };
const POOL = { size: 10, inUse: 1, idle: 2, waiting: 0, created: 3, failed: 0 };
const SIZES = { '1': 4, '2': 0, '3-5': 2, '6-10': 0, '11-20': 0, '21-50': 0, '51-100': 0, '101+': 0 };
const TIMES = { averageMs: 26, p50: 25.8, p95: 31.6, p99: 40.1 };
const BATCHES = { count: 6, messages: 11, deliveries: 38, averageSize: 1.8, sizes: SIZES, time: TIMES };
const QUANTILES = { count: 37, average: 33, p50: 32.8, p95: 44.2, p99: 51.3 };

const CHANNEL = {
  state: 'ok',
  byState: BY_STATE,
  lastMinute: { attempts: 12, failed: 0 },
  paused: false,
  breaker: 'closed',
  openEndpoints: [],
  inFlight: 1,
  batchSize: 100,
  batchSizeReason: 'the size is BATCH_MAX_SIZE, because nothing has changed it yet',
  maxInFlight: 9,
  batches: BATCHES,
  pool: POOL,
  outcomes: { delivered: 37, dead: 1 },
  reasons: { address_rejected: 1 },
};

/** The figures of an instance that sends mail. */
export const STATISTICS_EXAMPLE = {
  counts: {
    accepted: 40,
    pending: 2,
    byState: BY_STATE,
    byRoute: { immediate: 4, aggregate: 36, batch: 0, individual: 0 },
    byChannel: { email: 40 },
    byType: { comment: 36, alert: 4 },
    duplicates: 0,
    refused: 0,
  },
  messages: { queued: 0, sending: 1 },
  batches: BATCHES,
  pool: POOL,
  windows: { open: 1, items: 2, oldest: EXAMPLE_AT, oldestAgeMs: 70_000 },
  aggregation: {
    asOf: 1_795_510_870_000,
    open: 1,
    items: 2,
    oldestAgeMs: 70_000,
    closed: { time: 6, count: 1 },
    deliveries: 34,
    messages: 7,
    reduction: 0.794,
    bursts: { messages: 0, deliveries: 0 },
    timeInBufferMs: { average: 240_100, max: 300_000 },
  },
  latency: QUANTILES,
  rates: { acceptedPerSecond: 0.7, deliveredPerSecond: 0.6 },
  channels: { email: CHANNEL },
  uptimeMs: 3_600_000,
  process: { cpuMs: { user: 2_084, system: 506 }, eventLoopDelay: { meanMs: 1, p99Ms: 23, maxMs: 44 } },
  instances: [
    {
      name: 'web-1',
      self: true,
      version: '1.0.0',
      channels: ['email'],
      startedAt: EXAMPLE_AT,
      heartbeatAt: EXAMPLE_LATER,
    },
  ],
};

/** A minute of the past. */
export const HISTORY_STEP_EXAMPLE = {
  at: EXAMPLE_AT,
  accepted: 40,
  delivered: 37,
  retried: 0,
  dead: 1,
  messages: 11,
  batches: 6,
  expired: 0,
  replayed: 0,
  windowsClosed: 7,
  averagePending: 12.5,
  averageOpenWindows: 2.2,
  averageOldestWindowMs: 61_000,
  reduction: 0.794,
  poolUtilisation: 0.1,
  latency: QUANTILES,
  batchTime: QUANTILES,
  batchSizes: SIZES,
  averageBatchSize: 1.83,
  averageBatchMs: 26,
  averageLatencyMs: 33,
  byChannel: {
    email: { accepted: 40, delivered: 37, retried: 0, dead: 1, messages: 11, batches: 6, reasons: { address_rejected: 1 } },
  },
  byType: { comment: 36, alert: 4 },
  byRoute: { aggregate: 36, immediate: 4 },
  byReason: { address_rejected: 1 },
};

/** The state of a healthy instance. */
export const HEALTH_EXAMPLE = {
  status: 'ok',
  instance: 'web-1',
  shuttingDown: false,
  store: { status: 'ok', detail: 'writable' },
  channels: { email: { status: 'ok', detail: 'in use' } },
  windows: { status: 'ok', detail: 'nothing is stuck', overdueMs: 0 },
  processor: { status: 'ok', detail: 'work is taken up' },
  batches: { status: 'ok', detail: 'no batch is stuck' },
  errors: { status: 'ok', detail: 'attempts of the last minute do not fail more often than usual' },
  limits: { status: 'ok', detail: 'no limit is near' },
  eventLoop: { status: 'ok', detail: 'the event loop turns', longestMs: 45 },
  memory: {
    status: 'ok',
    detail: '1 % of the heap limit is in use',
    rssBytes: 201_224_192,
    heapUsedBytes: 42_839_224,
    heapLimitBytes: 4_496_293_888,
  },
};

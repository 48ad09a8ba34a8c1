import { type AggregationStatistics } from '../../aggregation/aggregation-results.js';
import { BATCH_SIZE_CLASSES } from '../../model/batch-sizes.js';
import { DELIVERY_STATES, ROUTES } from '../../model/delivery.js';
import { type BusyAddress } from '../../monitoring/busiest-addresses.js';
import { type EventLoopDelayView } from '../../monitoring/event-loop-delay.js';
import { type Quantiles } from '../../monitoring/histogram.js';
import { type BusiestAddressesView } from '../../monitoring/statistics.service.js';
import {
  type AddressStatistics,
  type SentBatchStatistics,
  type ChannelStatistics,
  type InstanceView,
  type Statistics,
  type TimeStatistics,
} from '../../monitoring/statistics.js';
import { type ChannelPause } from '../../processing/channel-state.js';
import { type PoolStatistics } from '../../transports/transport.js';
import {
  COUNT,
  countsOf,
  described,
  FLAG,
  listOf,
  mapOf,
  NUMBER,
  objectOf,
  oneOf,
  optional,
  REASON,
  ref,
  type Schema,
  TEXT,
  TIME,
  viewOf,
} from './schema.js';

const BY_STATE = countsOf(DELIVERY_STATES);
const BY_NAME = mapOf(COUNT);

const POOL = viewOf<PoolStatistics>(
  { size: COUNT, inUse: COUNT, idle: COUNT, waiting: COUNT, created: COUNT, failed: COUNT },
  'Connections: the most there may be, those of now, and those made and broken since the start.',
);

const QUANTILES = viewOf<Quantiles>(
  { count: COUNT, average: optional(NUMBER), p50: optional(NUMBER), p95: optional(NUMBER), p99: optional(NUMBER) },
  'Milliseconds; absent while there is nothing to tell.',
);

const TIMES = viewOf<TimeStatistics>({
  averageMs: optional(NUMBER),
  p50: optional(NUMBER),
  p95: optional(NUMBER),
  p99: optional(NUMBER),
});

const BATCHES = viewOf<SentBatchStatistics>({
  count: described(COUNT, 'Batches that came back from a transport.'),
  messages: COUNT,
  deliveries: COUNT,
  averageSize: NUMBER,
  sizes: described(countsOf(BATCH_SIZE_CLASSES), 'Batches by size class.'),
  time: described(TIMES, 'Time in the transport.'),
});

const PAUSED: Schema = {
  oneOf: [
    { type: 'boolean', enum: [false] },
    viewOf<ChannelPause>({ by: oneOf('operator', 'failure'), detail: TEXT, since: TIME }),
  ],
  description: '`false`, or who paused it, why, and since when.',
};

const CHANNEL = viewOf<ChannelStatistics>({
  state: oneOf('ok', 'degraded', 'paused_by_operator', 'paused_by_failure'),
  byState: BY_STATE,
  lastMinute: described(objectOf({ attempts: COUNT, failed: COUNT }), 'Deliveries whose attempt ended in the last 60 s.'),
  lastFailure: optional(objectOf({ at: TIME, reason: REASON })),
  paused: PAUSED,
  breaker: oneOf('closed', 'open', 'half-open'),
  openEndpoints: described(listOf(objectOf({ endpoint: TEXT, detail: TEXT })), 'Receivers that are given a rest.'),
  inFlight: described(COUNT, 'Batches being sent.'),
  batchSize: described(COUNT, 'Messages that the next batch may hold.'),
  batchSizeReason: TEXT,
  maxInFlight: COUNT,
  batches: BATCHES,
  pool: optional(POOL),
  outcomes: described(BY_NAME, 'Deliveries by how their attempts ended.'),
  reasons: described(BY_NAME, 'Deliveries by why their attempts failed.'),
});

const AGGREGATION = viewOf<AggregationStatistics>({
  asOf: described(COUNT, 'Epoch milliseconds.'),
  open: COUNT,
  items: COUNT,
  oldestAgeMs: optional(COUNT),
  closed: described(BY_NAME, 'Windows by why they closed.'),
  deliveries: COUNT,
  messages: COUNT,
  reduction: described(NUMBER, 'By how much the messages are fewer than the deliveries, 0..1.'),
  bursts: objectOf({ messages: COUNT, deliveries: COUNT }),
  timeInBufferMs: objectOf({ average: NUMBER, max: NUMBER }),
});

const INSTANCE = viewOf<InstanceView>({
  name: TEXT,
  self: described(FLAG, 'It is the one that answers.'),
  version: TEXT,
  channels: listOf(TEXT),
  startedAt: TIME,
  heartbeatAt: TIME,
});

const DELAY = viewOf<EventLoopDelayView>({ meanMs: NUMBER, p99Ms: NUMBER, maxMs: NUMBER });

const STATISTICS = viewOf<Statistics>({
  counts: objectOf({
    accepted: described(COUNT, 'The sum over byState.'),
    pending: described(COUNT, 'Those that are not final.'),
    byState: BY_STATE,
    byRoute: countsOf(ROUTES),
    byChannel: BY_NAME,
    byType: BY_NAME,
    duplicates: COUNT,
    refused: COUNT,
  }),
  messages: objectOf({ queued: COUNT, sending: COUNT }),
  batches: BATCHES,
  pool: POOL,
  windows: objectOf({ open: COUNT, items: COUNT, oldest: { ...TIME, nullable: true }, oldestAgeMs: COUNT }),
  aggregation: AGGREGATION,
  latency: ref('NotificationQuantiles'),
  rates: described(objectOf({ acceptedPerSecond: NUMBER, deliveredPerSecond: NUMBER }), 'Averages over the last 60 s.'),
  channels: mapOf(ref('NotificationChannel')),
  uptimeMs: COUNT,
  process: objectOf({ cpuMs: objectOf({ user: NUMBER, system: NUMBER }), eventLoopDelay: DELAY }),
  instances: listOf(INSTANCE),
});

const ADDRESS = viewOf<AddressStatistics>({
  channel: TEXT,
  address: TEXT,
  counts: objectOf({ accepted: COUNT, pending: COUNT, byState: BY_STATE }),
  pending: COUNT,
  messages: described(COUNT, 'Messages sent to it.'),
  batches: objectOf({ made: COUNT, count: COUNT, deliveries: COUNT, averageSize: NUMBER, averageTimeMs: NUMBER }),
  windows: objectOf({ open: COUNT }),
  lastActivityAt: optional(TIME),
});

const BUSY = viewOf<BusyAddress>({ address: TEXT, deliveries: COUNT, messages: COUNT, pending: COUNT, lastActivityAt: TIME });

/** Figures of now. */
export const STATISTICS_SCHEMAS: Readonly<Record<string, Schema>> = {
  NotificationStatistics: STATISTICS,
  NotificationChannel: CHANNEL,
  NotificationQuantiles: QUANTILES,
  NotificationAddressStatistics: ADDRESS,
  NotificationBusiestAddresses: viewOf<BusiestAddressesView>({
    items: listOf(BUSY),
    more: optional(described(FLAG, 'There are more addresses than could be looked at within 10 s.')),
  }),
};

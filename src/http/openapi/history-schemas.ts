import { BATCH_SIZE_CLASSES } from '../../model/batch-sizes.js';
import { type HistoryStep, type HistoryView, type OneChannelHistory } from '../../monitoring/history.js';
import {
  COUNT,
  countsOf,
  described,
  listOf,
  mapOf,
  NUMBER,
  optional,
  type PropertiesOf,
  ref,
  type Schema,
  TIME,
  viewOf,
} from './schema.js';

const BY_NAME = mapOf(COUNT);

const CHANNEL: PropertiesOf<OneChannelHistory> = {
  accepted: COUNT,
  delivered: COUNT,
  retried: COUNT,
  dead: COUNT,
  messages: COUNT,
  batches: COUNT,
  reasons: described(BY_NAME, 'Attempts that failed.'),
};
const { reasons: _reasons, ...COUNTS } = CHANNEL;

const STEP = viewOf<HistoryStep>({
  at: described(TIME, 'Start of the step.'),
  ...COUNTS,
  expired: COUNT,
  replayed: COUNT,
  windowsClosed: COUNT,
  averagePending: optional(described(NUMBER, 'Absent where nothing ran.')),
  averageOpenWindows: optional(NUMBER),
  averageOldestWindowMs: optional(NUMBER),
  reduction: optional(described(NUMBER, 'By how much the messages are fewer than the deliveries, 0..1.')),
  poolUtilisation: optional(described(NUMBER, 'Part of the connections that were in use, 0..1.')),
  latency: ref('NotificationQuantiles'),
  batchTime: ref('NotificationQuantiles'),
  batchSizes: countsOf(BATCH_SIZE_CLASSES),
  averageBatchSize: optional(NUMBER),
  averageBatchMs: optional(NUMBER),
  averageLatencyMs: optional(NUMBER),
  byChannel: mapOf(viewOf<OneChannelHistory>(CHANNEL)),
  byType: BY_NAME,
  byRoute: BY_NAME,
  byReason: described(BY_NAME, 'Attempts that failed.'),
});

/** The past. */
export const HISTORY_SCHEMAS: Readonly<Record<string, Schema>> = {
  NotificationHistory: viewOf<HistoryView>({ from: TIME, to: TIME, stepMs: COUNT, items: listOf(STEP) }),
};

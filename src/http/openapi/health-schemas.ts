import { type HealthEntry } from '../../monitoring/health-indicators.js';
import { type HealthReport, type ReadinessReport } from '../../monitoring/health.service.js';
import {
  COUNT,
  described,
  FLAG,
  mapOf,
  NUMBER,
  oneOf,
  optional,
  type PropertiesOf,
  type Schema,
  TEXT,
  TIME,
  viewOf,
} from './schema.js';

const ENTRY: PropertiesOf<HealthEntry> = {
  scope: optional(described(oneOf('store'), 'It tells of a shared store, and so the same on every instance.')),
  status: oneOf('ok', 'warning', 'error'),
  detail: described(TEXT, 'One line, free of secrets.'),
  since: optional(described(TIME, 'Since when it is unhealthy.')),
};
const ONE = viewOf<HealthEntry>(ENTRY);
const STATUS = described(oneOf('ok', 'error'), '`ok` when no part is `error`; a `warning` leaves it `ok`.');

/** The state of the parts. */
export const HEALTH_SCHEMAS: Readonly<Record<string, Schema>> = {
  NotificationHealth: viewOf<HealthReport>({
    status: STATUS,
    instance: described(TEXT, 'The name of the instance that answers.'),
    shuttingDown: FLAG,
    store: ONE,
    channels: mapOf(ONE),
    windows: viewOf<HealthReport['windows']>({ ...ENTRY, overdueMs: COUNT }),
    processor: described(ONE, 'Whether what is due is taken up.'),
    batches: described(ONE, 'Batches that do not come back.'),
    errors: described(ONE, 'How often attempts fail.'),
    limits: described(ONE, 'How near the limits are.'),
    eventLoop: viewOf<HealthReport['eventLoop']>({ ...ENTRY, longestMs: NUMBER }),
    memory: viewOf<HealthReport['memory']>({ ...ENTRY, rssBytes: COUNT, heapUsedBytes: COUNT, heapLimitBytes: COUNT }),
  }),
  NotificationReadiness: viewOf<ReadinessReport>({ status: STATUS, shuttingDown: FLAG, store: ONE }),
};

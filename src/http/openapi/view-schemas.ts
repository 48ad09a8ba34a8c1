import { type AcceptedDelivery, DELIVERY_STATES, type DeliveryError, type DeliveryView } from '../../model/delivery.js';
import { FAILURE_REASONS } from '../../model/failure.js';
import { PRIORITIES } from '../../model/notification.js';
import { type RecipientPlan } from '../../model/window.js';
import { type ReplayProgress } from '../../storage/admin-records.js';
import { type WindowView } from '../../storage/store-records.js';
import { type Problem } from '../problem.js';

/** A schema of OpenAPI 3, as far as it is used here. */
export type Schema = Readonly<Record<string, unknown>>;

export const TEXT: Schema = { type: 'string' };
export const COUNT: Schema = { type: 'integer', minimum: 0 };
export const FLAG: Schema = { type: 'boolean' };
export const TIME: Schema = { type: 'string', format: 'date-time' };
export const REASON: Schema = { type: 'string', enum: [...FAILURE_REASONS] };
export const STATE: Schema = { type: 'string', enum: [...DELIVERY_STATES] };
const PRIORITY: Schema = { type: 'string', enum: [...PRIORITIES] };
const ROUTE: Schema = { type: 'string' };

type PropertiesOf<View> = { readonly [K in keyof View]-?: Schema };

/** @param optional properties that may be absent */
export function objectOf(properties: Readonly<Record<string, Schema>>, optional: readonly string[] = []): Schema {
  return { type: 'object', properties, required: Object.keys(properties).filter((name) => !optional.includes(name)) };
}

export function listOf(items: Schema): Schema {
  return { type: 'array', items };
}

export function ref(name: string): Schema {
  return { $ref: `#/components/schemas/${name}` };
}

const ERROR: PropertiesOf<DeliveryError> = { reason: REASON, message: TEXT, at: TIME };
const PLAN: PropertiesOf<RecipientPlan> = { frequency: {}, from: TEXT, heldBy: TEXT, together: FLAG, unplanned: FLAG };
const OPTIONAL_PLAN = ['heldBy', 'together', 'unplanned'];
const DELIVERY: PropertiesOf<DeliveryView> = {
  id: TEXT,
  notificationId: TEXT,
  type: TEXT,
  channel: TEXT,
  to: TEXT,
  title: TEXT,
  priority: PRIORITY,
  state: STATE,
  route: ROUTE,
  messageId: TEXT,
  attempts: COUNT,
  createdAt: TIME,
  updatedAt: TIME,
  deliveredAt: TIME,
  lastError: objectOf(ERROR),
  errors: listOf(objectOf(ERROR)),
  reason: REASON,
  plan: {
    ...objectOf({ ...PLAN, dueAt: TIME }, OPTIONAL_PLAN),
    description: "Of a recipient's delivery: how their preferences plan it.",
  },
};
const ACCEPTED: PropertiesOf<AcceptedDelivery> = {
  id: TEXT,
  to: TEXT,
  channel: TEXT,
  route: ROUTE,
  messageId: TEXT,
  duplicate: FLAG,
};
const WINDOW: PropertiesOf<WindowView> = {
  messageId: TEXT,
  channel: TEXT,
  address: TEXT,
  type: TEXT,
  groupKey: TEXT,
  count: COUNT,
  maxCount: COUNT,
  burst: FLAG,
  priority: PRIORITY,
  openedAt: TIME,
  lastActivityAt: TIME,
  dueAt: TIME,
  plan: { ...objectOf(PLAN, OPTIONAL_PLAN), description: "Of a recipient's window: how their preferences plan it." },
  items: { ...listOf(objectOf({ id: TEXT, title: TEXT })), description: 'The newest 100.' },
};
const REPLAY: PropertiesOf<ReplayProgress> = {
  id: TEXT,
  at: TIME,
  deliveries: COUNT,
  delivered: COUNT,
  dead: COUNT,
  pending: COUNT,
};
const PROBLEM: PropertiesOf<Problem> = {
  type: { type: 'string', enum: ['about:blank'] },
  title: TEXT,
  status: { type: 'integer' },
  detail: TEXT,
  code: TEXT,
  errors: listOf(objectOf({ path: TEXT, message: TEXT })),
};
const RULE: Schema = {
  ...objectOf({ type: TEXT, channel: TEXT, windowMs: COUNT, maxCount: { type: 'integer', minimum: 1 } }, ['type', 'channel']),
  description: 'See docs/windows.md for the other fields.',
};

/** The schemas that descriptions of routes refer to, under names that a host hardly has. */
export const VIEW_SCHEMAS: Readonly<Record<string, Schema>> = {
  NotificationDelivery: objectOf(DELIVERY, ['deliveredAt', 'lastError', 'errors', 'reason', 'plan']),
  NotificationAccepted: objectOf(ACCEPTED),
  NotificationWindow: objectOf(WINDOW, ['groupKey']),
  NotificationReplay: objectOf(REPLAY),
  NotificationProblem: { ...objectOf(PROBLEM, ['errors']), description: 'RFC 9457; `code` is stable.' },
  NotificationRule: RULE,
};

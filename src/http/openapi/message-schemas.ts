import { type WindowPreview } from '../../aggregation/aggregation-results.js';
import { type MessageAttempt, type MessageView } from '../../aggregation/messages.service.js';
import { type AcceptedDelivery, type DeliveryError, type DeliveryView, ROUTES } from '../../model/delivery.js';
import { type Failure } from '../../model/failure.js';
import { GROUPINGS, RENDER_KEEPS, type Schedule, type WindowPolicy } from '../../model/window.js';
import { type DeadGroup } from '../../monitoring/dead-groups.js';
import { type DeadGroupsView } from '../../monitoring/dead-letters.service.js';
import { type ReplayProgress } from '../../storage/admin-records.js';
import { type WindowView } from '../../storage/store-records.js';
import { DELIVERY_PLAN_SCHEMA, WINDOW_PLAN } from './plan-schemas.js';
import {
  ANYTHING,
  COUNT,
  described,
  FLAG,
  listOf,
  NUMBER,
  objectOf,
  oneOf,
  optional,
  PRIORITY,
  REASON,
  ref,
  type Schema,
  STATE,
  TEXT,
  TIME,
  viewOf,
} from './schema.js';

const CLOSED_BY = oneOf('count', 'time', 'flush', 'pressure', 'shutdown', 'rules_changed', 'preferences_changed');
const ROUTE = described(oneOf(...ROUTES), 'How it was sent on its way.');

const ERROR = viewOf<DeliveryError>({
  reason: REASON,
  message: described(TEXT, 'One line, free of secrets.'),
  at: TIME,
});

const DELIVERY = viewOf<DeliveryView>({
  id: TEXT,
  notificationId: described(TEXT, 'Of the notification that it was accepted with; its deliveries share it.'),
  type: TEXT,
  channel: TEXT,
  to: TEXT,
  recipient: optional(described(TEXT, 'Whom `to` was looked up for, as user:ID; absent where `to` says it.')),
  title: TEXT,
  priority: PRIORITY,
  state: STATE,
  route: ROUTE,
  messageId: described(TEXT, 'The message that it is in.'),
  attempts: described(COUNT, 'Attempts so far.'),
  createdAt: TIME,
  updatedAt: TIME,
  deliveredAt: optional(TIME),
  lastError: optional(described(ERROR, 'Of its last attempt that failed.')),
  errors: optional(described(listOf(ERROR), 'The last 20 attempts that failed, oldest first.')),
  reason: optional(described(REASON, 'Why it ended otherwise than delivered.')),
  plan: optional(DELIVERY_PLAN_SCHEMA),
});

const ACCEPTED = viewOf<AcceptedDelivery>({
  id: TEXT,
  to: TEXT,
  channel: TEXT,
  route: ROUTE,
  messageId: TEXT,
  duplicate: described(FLAG, 'An earlier notification with this idempotencyKey gave this answer.'),
});

const WINDOW = viewOf<WindowView>({
  messageId: TEXT,
  channel: TEXT,
  address: TEXT,
  type: TEXT,
  groupKey: optional(TEXT),
  count: described(COUNT, 'Deliveries in it.'),
  maxCount: described(COUNT, 'It closes at once when it holds this many.'),
  burst: described(FLAG, 'It gathers what is beyond a burst limit.'),
  priority: PRIORITY,
  openedAt: TIME,
  lastActivityAt: TIME,
  dueAt: described(TIME, 'When it closes unless something else closes it first.'),
  plan: optional(WINDOW_PLAN),
  items: described(listOf(objectOf({ id: TEXT, title: TEXT })), 'The newest 100.'),
});

const FORMS: Schema = listOf({
  ...objectOf({ count: COUNT, content: ANYTHING, failure: viewOf<Failure>({ reason: REASON, message: TEXT }) }, [
    'content',
    'failure',
  ]),
  description: 'Either the content, as the transport of the channel takes it, or why there is none.',
});

const PREVIEW = viewOf<WindowPreview>({
  messageId: TEXT,
  channel: TEXT,
  address: TEXT,
  count: COUNT,
  shape: described(oneOf('digest', 'individual'), 'One digest, or each delivery on its own.'),
  messages: FORMS,
});

const SCHEDULE = viewOf<Schedule>({ cron: TEXT, timeZone: TEXT });
const POLICY = viewOf<WindowPolicy>({
  mode: oneOf('fixed', 'sliding'),
  windowMs: COUNT,
  maxCount: COUNT,
  maxWaitMs: COUNT,
  leadingCount: COUNT,
  burst: optional(FLAG),
  ordered: optional(FLAG),
  minCount: COUNT,
  groupBy: oneOf(...GROUPINGS),
  similarity: optional(NUMBER),
  schedule: optional(SCHEDULE),
  afterMs: optional(COUNT),
  render: objectOf({ limit: COUNT, keep: oneOf(...RENDER_KEEPS) }),
  plan: optional(WINDOW_PLAN),
});

const ATTEMPT = viewOf<MessageAttempt>({
  at: TIME,
  outcome: oneOf('delivered', 'failed'),
  reason: optional(REASON),
  answer: optional(described(TEXT, 'What the receiver answered, or why it could not be asked.')),
});

const MESSAGE = viewOf<MessageView>({
  messageId: TEXT,
  channel: TEXT,
  address: TEXT,
  type: TEXT,
  state: STATE,
  count: described(COUNT, 'Deliveries in it.'),
  rule: optional(described(POLICY, 'What its window was opened by; absent for a direct message.')),
  openedAt: TIME,
  dueAt: optional(described(TIME, 'When it closes; only while it gathers.')),
  closedAt: optional(TIME),
  closedBy: optional(CLOSED_BY),
  deliveries: described(listOf(ref('NotificationDelivery')), 'The newest 500, in the order of acceptance.'),
  attemptCount: COUNT,
  attempts: described(listOf(ATTEMPT), 'The last 20 that failed, and the one that succeeded.'),
  messages: described(FORMS, 'What it looks like in each of its forms.'),
});

const DEAD_GROUP = viewOf<DeadGroup>({
  channel: TEXT,
  reason: REASON,
  message: described(TEXT, 'What the receivers said, without what differs.'),
  count: described(COUNT, 'Deliveries.'),
  addresses: described(COUNT, 'Distinct addresses.'),
  firstAt: TIME,
  lastAt: TIME,
  sampleId: described(TEXT, 'The id of one of them.'),
});

const DEAD_GROUPS = viewOf<DeadGroupsView>({
  items: listOf(DEAD_GROUP),
  dismissed: described(COUNT, 'Deliveries that were dismissed, and are in none of the groups.'),
  more: optional(described(FLAG, 'There are more than could be looked at within 10 s.')),
});

const REPLAY = viewOf<ReplayProgress>({
  id: TEXT,
  at: TIME,
  deliveries: COUNT,
  delivered: COUNT,
  dead: described(COUNT, 'Dead again.'),
  pending: described(COUNT, 'Still to come.'),
});

/** Deliveries, and the messages that carry them. */
export const MESSAGE_SCHEMAS: Readonly<Record<string, Schema>> = {
  NotificationDelivery: DELIVERY,
  NotificationAccepted: ACCEPTED,
  NotificationWindow: WINDOW,
  NotificationPreview: PREVIEW,
  NotificationMessage: MESSAGE,
  NotificationDeadGroups: DEAD_GROUPS,
  NotificationReplay: REPLAY,
};

import { type DeliveryPlan } from '../../model/delivery.js';
import { type RecipientPlan } from '../../model/window.js';
import {
  COUNT,
  described,
  FLAG,
  objectOf,
  oneOf,
  optional,
  type PropertiesOf,
  type Schema,
  TEXT,
  TIME,
  viewOf,
} from './schema.js';

const FREQUENCIES = ['immediate', 'default', 'off', 'hourly', 'daily', 'weekly'];

/** How often a person wants messages. */
export const FREQUENCY: Schema = {
  oneOf: [oneOf(...FREQUENCIES), objectOf({ windowMs: COUNT }), objectOf({ cron: TEXT })],
  description: 'At which times messages come: as named, so long after the first entry, or by a cron expression.',
};
/** Who decided it. */
export const FROM: Schema = oneOf('required', 'tenant', 'person', 'default');
/** What a message waits for. */
export const HELD_BY: Schema = oneOf('hours', 'mute', 'frequency');

const PLAN: PropertiesOf<RecipientPlan> = {
  frequency: FREQUENCY,
  from: FROM,
  heldBy: optional(described(HELD_BY, 'Absent: it does not wait.')),
  together: optional(described(FLAG, 'It gathers with all types that the choice covers.')),
  unplanned: optional(described(FLAG, 'The directory did not answer: the rules of the application apply until it does.')),
};
const DELIVERY_PLAN: PropertiesOf<DeliveryPlan> = {
  ...PLAN,
  dueAt: described(TIME, 'When it is due, or was.'),
  afterMs: optional(described(COUNT, 'It waits so long at least for being read elsewhere.')),
};

export const WINDOW_PLAN = viewOf<RecipientPlan>(PLAN, "Of a recipient's window: how their preferences plan it.");
export const DELIVERY_PLAN_SCHEMA = viewOf<DeliveryPlan>(
  DELIVERY_PLAN,
  "Of a recipient's delivery: how their preferences plan it.",
);

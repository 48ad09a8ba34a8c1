import { type Problem } from '../problem.js';
import { NOTIFICATION_SCHEMA } from '../notification-schema.js';
import { HEALTH_SCHEMAS } from './health-schemas.js';
import { HISTORY_SCHEMAS } from './history-schemas.js';
import { MESSAGE_SCHEMAS } from './message-schemas.js';
import { PROBLEM_EXAMPLES } from './problem-examples.js';
import { RECIPIENT_SCHEMAS } from './recipient-schemas.js';
import { RULE } from './rule-schema.js';
import { described, listOf, objectOf, oneOf, optional, type Schema, TEXT, viewOf } from './schema.js';
import { STATISTICS_SCHEMAS } from './statistics-schemas.js';
import { STREAM_SCHEMAS } from './stream-routes.js';
import { SUPPRESSION_SCHEMAS } from './suppression-routes.js';

const PROBLEM = viewOf<Problem>(
  {
    type: oneOf('about:blank'),
    title: described(TEXT, 'What the status means.'),
    status: { type: 'integer', minimum: 400, maximum: 599 },
    detail: described(TEXT, 'What happened, for a person.'),
    code: described(oneOf(...Object.keys(PROBLEM_EXAMPLES)), 'Stable: for programs.'),
    errors: optional(described(listOf(objectOf({ path: TEXT, message: TEXT })), 'Every bad field.')),
  },
  'RFC 9457.',
);

/** The schemas that descriptions of routes refer to, under names that a host hardly has. */
export const VIEW_SCHEMAS: Readonly<Record<string, Schema>> = {
  Notification: NOTIFICATION_SCHEMA,
  ...MESSAGE_SCHEMAS,
  ...STATISTICS_SCHEMAS,
  ...HISTORY_SCHEMAS,
  ...HEALTH_SCHEMAS,
  ...RECIPIENT_SCHEMAS,
  ...SUPPRESSION_SCHEMAS,
  ...STREAM_SCHEMAS,
  NotificationRule: RULE,
  NotificationProblem: PROBLEM,
};

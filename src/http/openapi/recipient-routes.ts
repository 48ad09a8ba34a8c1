import { type RouteDescription } from './route-description.js';
import { COUNT, listOf, objectOf, type Schema, TEXT, TIME } from './view-schemas.js';

const FREQUENCY: Schema = {
  oneOf: [
    { type: 'string', enum: ['immediate', 'default', 'off', 'hourly', 'daily', 'weekly'] },
    objectOf({ windowMs: COUNT }),
    objectOf({ cron: TEXT }),
  ],
};
const PREFERENCES: Schema = {
  type: 'object',
  properties: {
    choices: listOf(
      objectOf({ type: TEXT, channel: TEXT, frequency: FREQUENCY, together: { type: 'boolean' } }, [
        'type',
        'channel',
        'together',
      ]),
    ),
    hours: listOf(objectOf({ days: listOf({ type: 'integer', minimum: 1, maximum: 7 }), from: TEXT, to: TEXT }, ['days'])),
    mutedUntil: TIME,
    mutedKeys: listOf(TEXT),
    digestAt: TEXT,
    digestOn: { type: 'integer', minimum: 1, maximum: 7 },
  },
};
const PROFILE = {
  addresses: { type: 'object', additionalProperties: TEXT },
  timeZone: TEXT,
  locale: TEXT,
  name: TEXT,
  tenant: TEXT,
};
const EFFECTIVE = objectOf({ type: TEXT, channel: TEXT, frequency: FREQUENCY, from: TEXT, nextAt: TIME }, ['nextAt']);
const RECIPIENT = objectOf({ id: TEXT, ...PROFILE, preferences: PREFERENCES, effective: listOf(EFFECTIVE) }, [
  'locale',
  'name',
  'tenant',
]);
const CHANGE = objectOf({
  preferences: PREFERENCES,
  replanned: objectOf({ sent: COUNT, moved: COUNT, cancelled: COUNT, unchanged: COUNT }),
});
const WAITING = objectOf(
  { messageId: TEXT, channel: TEXT, type: TEXT, count: COUNT, dueAt: TIME, frequency: FREQUENCY, from: TEXT, heldBy: TEXT },
  ['heldBy'],
);

/** The routes of people. */
export const RECIPIENT_ROUTES: readonly RouteDescription[] = [
  {
    route: 'get /recipients/{id}',
    status: 200,
    answer: RECIPIENT,
    what: 'A person with the preferences in effect; addresses are masked. `If-Match` takes its `ETag`.',
  },
  {
    route: 'put /recipients/{id}',
    body: objectOf(PROFILE, ['timeZone', 'locale', 'name', 'tenant']),
    status: 200,
    answer: RECIPIENT,
    what: 'Stores a person in the built-in directory (201 when there was none); 405 where the application has its own.',
  },
  {
    route: 'patch /recipients/{id}/preferences',
    body: PREFERENCES,
    status: 200,
    answer: CHANGE,
    what: 'Changes what a person wants, also for what waits: choices are merged by type and channel, and null removes.',
  },
  {
    route: 'post /recipients/{id}/mute',
    body: objectOf({ until: TIME, groupKey: TEXT }, ['until', 'groupKey']),
    status: 200,
    answer: CHANGE,
    what: 'Holds everything but what is critical until a time, or stops a groupKey.',
  },
  { route: 'delete /recipients/{id}/mute', query: { groupKey: TEXT }, status: 200, answer: CHANGE, what: 'Ends a mute.' },
  {
    route: 'get /recipients/{id}/waiting',
    status: 200,
    answer: objectOf({ items: listOf(WAITING) }),
    what: 'What waits for a person, when it comes, and what it waits for.',
  },
  {
    route: 'post /recipients/{id}/flush',
    status: 202,
    answer: objectOf({ flushed: COUNT }),
    what: 'Sends what waits for a person now, also outside of their hours.',
  },
  {
    route: 'delete /recipients/{id}',
    status: 202,
    answer: objectOf({ cancelled: COUNT, erased: COUNT, sending: COUNT }),
    what: 'Erases a person: what waits is cancelled, what was sent is deleted.',
  },
];

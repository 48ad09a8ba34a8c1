import { NOTIFICATION_LIMITS } from '../../model/notification.js';
import { page, PAGE, type RouteDescription } from './route-description.js';
import { RECIPIENT_ROUTES } from './recipient-routes.js';
import { SUPPRESSION_ROUTES } from './suppression-routes.js';
import { COUNT, FLAG, listOf, objectOf, REASON, ref, type Schema, STATE, TEXT, TIME } from './view-schemas.js';

const AT: Schema = { type: 'string', description: 'A date, a date and time with its offset, or epoch milliseconds.' };
const FILTER = { channel: TEXT, type: TEXT, address: TEXT };
const KEY: Schema = { type: 'string', minLength: 1, maxLength: NOTIFICATION_LIMITS.keyCharacters };
const NAMED: Schema = { type: 'object', additionalProperties: true };
const CHOICE = { type: 'object', additionalProperties: false, properties: { ...FILTER, ids: listOf(TEXT), reason: REASON } };
const RULES = objectOf({ rules: listOf(ref('NotificationRule')) });
const DELIVERY = ref('NotificationDelivery');
const PAUSE = objectOf({ channel: TEXT, paused: FLAG });

const DEVICE: Schema = {
  oneOf: [
    objectOf({ kind: { const: 'web' }, endpoint: TEXT, keys: objectOf({ p256dh: TEXT, auth: TEXT }) }, ['kind']),
    objectOf({ kind: { const: 'fcm' }, token: TEXT }),
  ],
};

function counted(name: string): Schema {
  return objectOf({ [name]: COUNT, more: FLAG }, ['more']);
}

const HTML = { answer: TEXT, answerType: 'text/html', status: 200 };
const EVENTS = { answer: TEXT, answerType: 'text/event-stream', status: 200 };

/** Every route of the module. */
export const ROUTE_DESCRIPTIONS: readonly RouteDescription[] = [
  { route: 'get ', answer: TEXT, answerType: 'text/plain', status: 303, what: 'Leads to the dashboard.' },
  {
    route: 'post ',
    body: ref('Notification'),
    status: 202,
    answer: objectOf({ notificationId: TEXT, deliveries: listOf(ref('NotificationAccepted')) }),
    what: 'Accepts a notification; answers once it is durable.',
  },
  {
    route: 'post /bulk',
    body: ref('Notification'),
    bodyType: 'application/x-ndjson',
    status: 200,
    answer: objectOf({
      accepted: COUNT,
      duplicates: COUNT,
      rejected: COUNT,
      errors: listOf(objectOf({ line: COUNT, message: TEXT })),
    }),
    what: 'Accepts one notification per line, as they come.',
  },
  {
    route: 'post /cancel',
    body: {
      type: 'object',
      additionalProperties: false,
      properties: { idempotencyKey: KEY, groupKey: KEY, dedupeKey: KEY, ...FILTER },
    },
    status: 200,
    answer: objectOf({ cancelled: COUNT, kept: COUNT, more: FLAG }, ['more']),
    what: 'Cancels what exactly one of the keys names and was not sent yet.',
  },
  {
    route: 'get /deliveries',
    query: { state: STATE, ...FILTER, reason: REASON, from: AT, to: AT, ...PAGE },
    status: 200,
    answer: page(DELIVERY),
    what: 'Deliveries, newest first.',
  },
  { route: 'get /deliveries/{id}', status: 200, answer: DELIVERY, what: 'One delivery.' },
  { route: 'delete /deliveries/{id}', status: 200, answer: DELIVERY, what: 'Cancels a delivery that is not being sent.' },
  { route: 'post /deliveries/{id}/read', status: 200, answer: DELIVERY, what: 'Says that the recipient has seen it elsewhere.' },
  {
    route: 'get /messages/{messageId}',
    status: 200,
    answer: NAMED,
    what: 'A message: its rule, its deliveries, its attempts and its forms.',
  },
  {
    route: 'get /windows',
    query: { ...FILTER, q: { type: 'string', description: 'Part of a title.' }, ...PAGE },
    status: 200,
    answer: page(ref('NotificationWindow')),
    what: 'Open windows, oldest first.',
  },
  { route: 'get /windows/{messageId}/preview', status: 200, answer: NAMED, what: 'What the window would send now.' },
  { route: 'post /windows/{messageId}/flush', status: 202, answer: counted('flushed'), what: 'Sends a window now.' },
  {
    route: 'post /windows/apply-rules',
    status: 200,
    answer: objectOf({ closed: COUNT, changed: COUNT, unchanged: COUNT, more: FLAG }, ['more']),
    what: 'Applies the rules of now to open windows.',
  },
  {
    route: 'post /flush',
    body: { type: 'object', additionalProperties: false, properties: FILTER },
    status: 202,
    answer: counted('flushed'),
    what: 'Sends all windows that match.',
  },
  { route: 'get /rules', status: 200, answer: RULES, what: 'The aggregation rules.' },
  { route: 'put /rules', body: RULES, status: 200, answer: RULES, what: 'Replaces the rules.' },
  { route: 'delete /rules', status: 200, answer: RULES, what: 'Returns to the configured rules.' },
  {
    route: 'get /dead',
    query: { ...FILTER, reason: REASON, dismissed: FLAG, ...PAGE },
    status: 200,
    answer: page(DELIVERY, { dismissed: COUNT }),
    what: 'Dead deliveries, newest first.',
  },
  {
    route: 'get /dead/groups',
    query: { ...FILTER, reason: REASON },
    status: 200,
    answer: NAMED,
    what: 'Dead deliveries by channel, reason and message.',
  },
  {
    route: 'get /dead/replays',
    status: 200,
    answer: objectOf({ items: listOf(ref('NotificationReplay')) }),
    what: 'Progress of the last replays.',
  },
  { route: 'post /dead/replay', body: CHOICE, status: 202, answer: counted('replayed'), what: 'Queues dead deliveries again.' },
  { route: 'post /dead/dismiss', body: CHOICE, status: 202, answer: counted('dismissed'), what: 'Hides what was dealt with.' },
  { route: 'get /stats', status: 200, answer: NAMED, what: 'Counts, batches, windows, pools and times of now.' },
  {
    route: 'get /stats/addresses',
    query: { channel: TEXT, limit: COUNT },
    required: ['channel'],
    status: 200,
    answer: NAMED,
    what: 'The busiest addresses of a channel.',
  },
  { route: 'get /stats/channels/{channel}/{address}', status: 200, answer: NAMED, what: 'The statistics of one address.' },
  {
    route: 'get /stats/history',
    query: { from: AT, to: AT, stepMs: { type: 'integer', minimum: 60_000 } },
    status: 200,
    answer: NAMED,
    what: 'The past, in steps.',
  },
  { route: 'post /channels/{channel}/pause', status: 200, answer: PAUSE, what: 'Pauses a channel, durably.' },
  { route: 'post /channels/{channel}/resume', status: 200, answer: PAUSE, what: 'Resumes a channel.' },
  { route: 'get /health', status: 200, answer: NAMED, what: 'The state of every part; 503 when one has an error.' },
  { route: 'get /health/live', status: 200, answer: objectOf({ status: TEXT }), what: 'Whether the process answers.' },
  { route: 'get /health/ready', status: 200, answer: NAMED, what: 'Whether new work may be sent here; 503 when not.' },
  {
    route: 'get /metrics',
    status: 200,
    answer: TEXT,
    answerType: 'text/plain',
    what: 'The metrics, in the format of Prometheus.',
  },
  {
    route: 'get /stream',
    query: { user: TEXT, topic: listOf(TEXT), batch: FLAG, lastEventId: TEXT, ticket: TEXT },
    ...EVENTS,
    what: 'Events for a user, for topics, and for everybody.',
  },
  {
    route: 'post /stream/tickets',
    body: {
      ...objectOf({ user: TEXT, topics: listOf(TEXT), ttlMs: COUNT }, ['user', 'topics', 'ttlMs']),
      additionalProperties: false,
    },
    status: 201,
    answer: objectOf({ ticket: TEXT, expiresAt: TIME }),
    what: 'A ticket that opens the stream of a user and of topics.',
  },
  { route: 'get /dashboard', ...HTML, what: "The operator's page." },
  { route: 'get /dashboard/live', ...EVENTS, what: 'Statistics and health for the page, every two seconds.' },
  { route: 'get /dashboard/{file}', status: 200, answer: TEXT, answerType: 'text/plain', what: 'A file of the page.' },
  {
    route: 'get /dashboard/directives/{file}',
    status: 200,
    answer: TEXT,
    answerType: 'text/plain',
    what: "A file of the page's view library.",
  },
  { route: 'get /dashboard/forms/{messageId}/{index}', ...HTML, what: 'The HTML of a message, for a frame of the page.' },
  {
    route: 'get /mailbox',
    query: { ...PAGE, q: { type: 'string', description: 'Part of a subject, an address or the text.' } },
    ...HTML,
    what: 'Mail that was kept instead of being sent.',
  },
  {
    route: 'get /push/key',
    query: { user: TEXT, ticket: TEXT },
    status: 200,
    answer: objectOf({ publicKey: TEXT }),
    what: 'The key with which a browser subscribes to Web Push.',
  },
  {
    route: 'get /push/worker.js',
    status: 200,
    answer: TEXT,
    answerType: 'text/javascript',
    what: 'The service worker of Web Push.',
  },
  {
    route: 'post /push/devices',
    body: objectOf({ user: TEXT, device: DEVICE, ticket: TEXT }, ['ticket']),
    status: 201,
    answer: objectOf({ key: TEXT }),
    what: 'Registers a device of a person; 200 when the person has it already.',
  },
  {
    route: 'delete /push/devices',
    body: objectOf({ user: TEXT, key: TEXT, ticket: TEXT }, ['ticket']),
    status: 204,
    answer: TEXT,
    what: 'Removes a device of a person.',
  },
  {
    route: 'get /push/devices',
    query: { user: TEXT },
    required: ['user'],
    status: 200,
    answer: objectOf({ items: listOf(objectOf({ key: TEXT, kind: TEXT, host: TEXT, registeredAt: TIME }, ['host'])) }),
    what: 'The devices of a person, without what would let others send to them.',
  },
  ...SUPPRESSION_ROUTES,
  ...RECIPIENT_ROUTES,
];

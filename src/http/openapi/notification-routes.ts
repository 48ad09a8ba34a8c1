import { NOTIFICATION_LIMITS } from '../../model/notification.js';
import { DELIVERED, EXAMPLE_AT } from './examples.js';
import { FILTER, page, PAGE, type RouteGroup } from './route-description.js';
import { COUNT, described, listOf, objectOf, REASON, ref, type Schema, STATE, TEXT } from './schema.js';

/** A time of a query. */
export const AT: Schema = { type: 'string', description: 'A date, a date and time with its offset, or epoch milliseconds.' };

const KEY: Schema = { type: 'string', minLength: 1, maxLength: NOTIFICATION_LIMITS.keyCharacters };
const DELIVERY = ref('NotificationDelivery');
const LINE = { type: 'comment', channel: 'email', to: 'ann@example.com', title: 'Bob commented on the plan' };

export const NOTIFICATION_ROUTES: RouteGroup = {
  tag: 'Notifications: accept and cancel',
  description: 'What an application sends, and what became of it.',
  routes: [
    {
      route: 'post ',
      id: 'acceptNotification',
      what: 'Accepts a notification; answers once it is durable.',
      more: 'With an `idempotencyKey` it may be repeated: the same content gets the first answer, and nothing is sent twice.',
      body: ref('Notification'),
      bodies: {
        'gathers into a digest': { ...LINE, groupKey: 'plan-7' },
        'goes out at once': {
          type: 'alert',
          channel: 'email',
          to: ['ann@example.com', 'bob@example.com'],
          title: 'Disk full on db-1',
          body: 'Four hours are left.',
          priority: 'critical',
          idempotencyKey: 'alert-db-1-disk',
        },
      },
      status: 202,
      answer: objectOf({ notificationId: TEXT, deliveries: listOf(ref('NotificationAccepted')) }),
      example: {
        notificationId: 'n-k3v9-1',
        deliveries: [
          {
            id: 'd-k3v9-1',
            to: 'ann@example.com',
            channel: 'email',
            route: 'aggregate',
            messageId: 'm-k3v9-1',
            duplicate: false,
          },
        ],
      },
      refusals: ['invalid_notification', 'idempotency_conflict', 'queue_full', 'directory_unavailable'],
    },
    {
      route: 'post /bulk',
      id: 'acceptNotifications',
      what: 'Accepts one notification per line, as they come.',
      more: 'A line that is refused harms no other. The answer lists the first 100 that were refused.',
      body: described({ ...TEXT, format: 'binary' }, 'One notification per line, as JSON; see the schema `Notification`.'),
      bodyType: 'application/x-ndjson',
      bodies: { 'two lines': `${JSON.stringify(LINE)}\n${JSON.stringify({ ...LINE, title: 'Eve commented on the plan' })}\n` },
      status: 200,
      answer: objectOf({
        accepted: COUNT,
        duplicates: COUNT,
        rejected: COUNT,
        errors: listOf(objectOf({ line: described(COUNT, 'From 1.'), message: TEXT })),
      }),
      example: { accepted: 2, duplicates: 0, rejected: 1, errors: [{ line: 3, message: 'the line is not JSON' }] },
    },
    {
      route: 'post /cancel',
      id: 'cancelNotifications',
      what: 'Cancels what exactly one of the keys names and was not sent yet.',
      body: {
        type: 'object',
        additionalProperties: false,
        properties: { idempotencyKey: KEY, groupKey: KEY, dedupeKey: KEY, ...FILTER },
      },
      bodies: { 'a group on one channel': { groupKey: 'plan-7', channel: 'email' } },
      status: 200,
      answer: objectOf(
        {
          cancelled: COUNT,
          kept: described(COUNT, 'Deliveries that match and can no longer be cancelled.'),
          more: { type: 'boolean', description: 'The rest is done in the background.' },
        },
        ['more'],
      ),
      example: { cancelled: 2, kept: 0 },
      refusals: ['not_found', 'conflict'],
    },
    {
      route: 'get /deliveries',
      id: 'listDeliveries',
      what: 'Lists deliveries, newest first.',
      more: 'A page of a narrow filter may be empty while `next` is there.',
      query: {
        state: described(STATE, 'In this state.'),
        ...FILTER,
        reason: described(REASON, 'Ended for this reason.'),
        from: { ...AT, description: 'Accepted then or later: a date, a date and time with its offset, or epoch milliseconds.' },
        to: { ...AT, description: 'Accepted before.' },
        ...PAGE,
      },
      status: 200,
      answer: page(DELIVERY),
      example: { items: [DELIVERED], next: '1.k3v9' },
    },
    {
      route: 'get /deliveries/{id}',
      id: 'findDelivery',
      what: 'Shows one delivery.',
      status: 200,
      answer: DELIVERY,
      example: DELIVERED,
      refusals: ['not_found'],
    },
    {
      route: 'delete /deliveries/{id}',
      id: 'cancelDelivery',
      what: 'Cancels a delivery that is not being sent.',
      status: 200,
      answer: DELIVERY,
      example: { ...DELIVERED, state: 'cancelled', reason: 'cancelled', attempts: 0, updatedAt: EXAMPLE_AT },
      refusals: ['not_found', 'conflict'],
    },
    {
      route: 'post /deliveries/{id}/read',
      id: 'markDeliveryRead',
      what: 'Says that the recipient has seen it elsewhere: what was not sent yet is cancelled.',
      status: 200,
      answer: DELIVERY,
      example: { ...DELIVERED, state: 'cancelled', reason: 'read', attempts: 0, updatedAt: EXAMPLE_AT },
      refusals: ['not_found', 'conflict'],
    },
  ],
};

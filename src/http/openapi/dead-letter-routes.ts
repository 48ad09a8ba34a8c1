import { DELIVERED, EXAMPLE_AT, EXAMPLE_LATER } from './examples.js';
import { counted, FILTER, page, PAGE, type RouteGroup } from './route-description.js';
import { COUNT, described, FLAG, listOf, objectOf, REASON, ref, TEXT } from './schema.js';

const OF_REASON = { reason: described(REASON, 'Of the last attempt.') };
const CHOICE = {
  type: 'object',
  additionalProperties: false,
  properties: { ...FILTER, ids: { ...listOf(TEXT), minItems: 1, maxItems: 10_000 }, ...OF_REASON },
  description: 'All of them when empty.',
};
const ERROR = { reason: 'address_rejected', message: '550 5.1.1 no such user', at: EXAMPLE_LATER };
const { deliveredAt: _deliveredAt, ...UNDELIVERED } = DELIVERED;
const DEAD = { ...UNDELIVERED, state: 'dead', reason: ERROR.reason, lastError: ERROR, errors: [ERROR] };

export const DEAD_LETTER_ROUTES: RouteGroup = {
  tag: 'Notifications: dead letters',
  description: 'What could not be delivered: found by group, sent again, or dismissed.',
  routes: [
    {
      route: 'get /dead',
      id: 'listDeadLetters',
      what: 'Lists dead deliveries, newest first.',
      query: { ...FILTER, ...OF_REASON, dismissed: described(FLAG, 'Those too that were dismissed.'), ...PAGE },
      status: 200,
      answer: page(ref('NotificationDelivery'), { dismissed: described(COUNT, 'Deliveries that were dismissed.') }),
      example: { items: [DEAD], dismissed: 0 },
    },
    {
      route: 'get /dead/groups',
      id: 'groupDeadLetters',
      what: 'Groups dead deliveries by channel, reason and what the receivers said.',
      query: { ...FILTER, ...OF_REASON },
      status: 200,
      answer: ref('NotificationDeadGroups'),
      example: {
        items: [
          {
            channel: 'email',
            reason: 'address_rejected',
            message: '550 5.1.1 no such user',
            count: 30,
            addresses: 28,
            firstAt: EXAMPLE_AT,
            lastAt: EXAMPLE_LATER,
            sampleId: DEAD.id,
          },
        ],
        dismissed: 0,
      },
    },
    {
      route: 'get /dead/replays',
      id: 'listReplays',
      what: 'Shows how far the last replays are.',
      status: 200,
      answer: objectOf({ items: listOf(ref('NotificationReplay')) }),
      example: { items: [{ id: '1', at: EXAMPLE_AT, deliveries: 30, delivered: 28, dead: 1, pending: 1 }] },
    },
    {
      route: 'post /dead/replay',
      id: 'replayDeadLetters',
      what: 'Puts dead deliveries back into the queue.',
      more: 'After 10 s it answers with `more` and goes on in the background; `GET dead/replays` tells how far it is.',
      body: CHOICE,
      bodies: { 'what a receiver refused for a while': { channel: 'email', reason: 'temporarily_refused' } },
      status: 202,
      answer: counted('replayed'),
      example: { replayed: 30 },
    },
    {
      route: 'post /dead/dismiss',
      id: 'dismissDeadLetters',
      what: 'Hides what was dealt with; its state stays.',
      body: CHOICE,
      bodies: { 'addresses that are gone': { channel: 'email', reason: 'address_rejected' } },
      status: 202,
      answer: counted('dismissed'),
      example: { dismissed: 30 },
    },
  ],
};

import { DELIVERED, RULE_EXAMPLE, WINDOW_EXAMPLE } from './examples.js';
import { counted, FILTER, page, PAGE, type RouteGroup } from './route-description.js';
import { COUNT, listOf, objectOf, ref } from './schema.js';

const RULES = objectOf({ rules: listOf(ref('NotificationRule')) });
const { messageId, channel, address, type, count } = WINDOW_EXAMPLE;
const FORM = { subject: '2 comments: Bob commented on the plan', text: '…', html: '<!doctype html>…' };

export const WINDOW_ROUTES: RouteGroup = {
  tag: 'Notifications: windows and messages',
  description: 'What gathers, by which rules, and what it looks like.',
  routes: [
    {
      route: 'get /windows',
      id: 'listWindows',
      what: 'Lists open windows, oldest first.',
      query: { ...FILTER, q: { type: 'string', minLength: 1, maxLength: 200, description: 'Part of a title.' }, ...PAGE },
      status: 200,
      answer: page(ref('NotificationWindow')),
      example: { items: [WINDOW_EXAMPLE] },
    },
    {
      route: 'get /windows/{messageId}/preview',
      id: 'previewWindow',
      what: 'Shows what the window would send now.',
      status: 200,
      answer: ref('NotificationPreview'),
      example: { messageId, channel, address, count, shape: 'digest', messages: [{ count, content: FORM }] },
      refusals: ['not_found', 'conflict'],
    },
    {
      route: 'post /windows/{messageId}/flush',
      id: 'flushWindow',
      what: 'Sends a window now.',
      status: 202,
      answer: objectOf({ flushed: COUNT }),
      example: { flushed: 1 },
      refusals: ['not_found', 'conflict'],
    },
    {
      route: 'post /flush',
      id: 'flushWindows',
      what: 'Sends all windows that match.',
      more: 'After 10 s it answers with `more` and goes on in the background.',
      body: { type: 'object', additionalProperties: false, properties: FILTER },
      bodies: { 'one channel': { channel: 'email' } },
      status: 202,
      answer: counted('flushed'),
      example: { flushed: 12 },
    },
    {
      route: 'get /messages/{messageId}',
      id: 'findMessage',
      what: 'Shows a message: its rule, its deliveries, its attempts and its forms.',
      status: 200,
      answer: ref('NotificationMessage'),
      example: {
        messageId,
        channel,
        address,
        type,
        state: 'delivered',
        count: 1,
        openedAt: DELIVERED.createdAt,
        deliveries: [DELIVERED],
        attemptCount: 1,
        attempts: [{ at: DELIVERED.deliveredAt, outcome: 'delivered', answer: '250 2.0.0 Ok' }],
        messages: [{ count: 1, content: FORM }],
      },
      refusals: ['not_found'],
    },
    {
      route: 'get /rules',
      id: 'getRules',
      what: 'Shows the aggregation rules of the application.',
      status: 200,
      answer: RULES,
      example: { rules: [RULE_EXAMPLE] },
    },
    {
      route: 'put /rules',
      id: 'replaceRules',
      what: 'Replaces the rules, durably.',
      more: 'Open windows keep theirs until `POST windows/apply-rules`.',
      body: RULES,
      bodies: { 'comments by five minutes': { rules: [RULE_EXAMPLE] } },
      status: 200,
      answer: RULES,
      example: { rules: [RULE_EXAMPLE] },
    },
    {
      route: 'delete /rules',
      id: 'resetRules',
      what: 'Returns to the configured rules.',
      status: 200,
      answer: RULES,
      example: { rules: [] },
    },
    {
      route: 'post /windows/apply-rules',
      id: 'applyRules',
      what: 'Applies the rules of now to the windows that are open.',
      status: 200,
      answer: objectOf(
        {
          closed: COUNT,
          changed: COUNT,
          unchanged: COUNT,
          more: { type: 'boolean', description: 'The rest is done in the background.' },
        },
        ['more'],
      ),
      example: { closed: 0, changed: 3, unchanged: 9 },
    },
  ],
};

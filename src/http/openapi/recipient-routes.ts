import { EXAMPLE_LATER, WINDOW_EXAMPLE } from './examples.js';
import { PROFILE } from './recipient-schemas.js';
import { type RouteGroup } from './route-description.js';
import { COUNT, described, listOf, objectOf, ref, TEXT, TIME, viewOf } from './schema.js';

const RECIPIENT = ref('NotificationRecipient');
const CHANGE = ref('NotificationPreferencesChange');
const PREFERENCES = { choices: [{ type: 'comment', channel: 'email', frequency: 'daily' }], digestAt: '08:00' };
const PROFILE_EXAMPLE = { addresses: { email: 'ann@example.com' }, timeZone: 'Europe/Vienna', name: 'Ann' };
const RECIPIENT_EXAMPLE = {
  ...PROFILE_EXAMPLE,
  id: '42',
  addresses: { email: 'a…@example.com' },
  preferences: PREFERENCES,
  effective: [{ type: 'comment', channel: 'email', frequency: 'daily', from: 'person', nextAt: EXAMPLE_LATER }],
};
const CHANGE_EXAMPLE = { preferences: PREFERENCES, replanned: { sent: 0, moved: 1, cancelled: 0, unchanged: 2 } };
const { address: _address, burst: _burst, maxCount: _maxCount, ...WAITING } = WINDOW_EXAMPLE;

export const RECIPIENT_ROUTES: RouteGroup = {
  tag: 'Notifications: recipients',
  description: 'People: what they want, what waits for them, and why. There are none unless the option `recipients` is set.',
  routes: [
    {
      route: 'get /recipients/{id}',
      id: 'findRecipient',
      what: 'Shows a person with the preferences in effect; addresses are masked.',
      more: '`If-Match` of a change takes its `ETag`.',
      status: 200,
      answer: RECIPIENT,
      example: RECIPIENT_EXAMPLE,
      refusals: ['not_found', 'directory_unavailable'],
    },
    {
      route: 'put /recipients/{id}',
      id: 'putRecipient',
      what: 'Stores a person in the built-in directory; 405 where the application has its own.',
      body: viewOf(PROFILE),
      bodies: { 'a person with an address': PROFILE_EXAMPLE },
      status: 200,
      also: { 201: 'There was no such person.' },
      answer: RECIPIENT,
      example: RECIPIENT_EXAMPLE,
      refusals: ['not_found', 'method_not_allowed', 'conflict'],
    },
    {
      route: 'patch /recipients/{id}/preferences',
      id: 'changePreferences',
      what: 'Changes what a person wants, also for what waits.',
      more: 'A JSON merge patch, also as `application/merge-patch+json`: choices are merged by type and channel, and null removes.',
      headers: { 'If-Match': described(TEXT, 'The `ETag` of what was read: changes nothing when it was changed since.') },
      body: ref('NotificationPreferencesPatch'),
      bodies: { 'comments once a day': PREFERENCES },
      status: 200,
      answer: CHANGE,
      example: CHANGE_EXAMPLE,
      refusals: ['not_found', 'conflict', 'precondition_failed', 'directory_unavailable'],
    },
    {
      route: 'post /recipients/{id}/mute',
      id: 'muteRecipient',
      what: 'Holds everything but what is critical until a time, or stops a groupKey.',
      body: {
        type: 'object',
        additionalProperties: false,
        properties: { until: described(TIME, 'Without an end when absent.'), groupKey: described(TEXT, 'Nothing of it comes.') },
      },
      bodies: { 'one group': { groupKey: 'plan-7' } },
      status: 200,
      answer: CHANGE,
      example: { ...CHANGE_EXAMPLE, preferences: { ...PREFERENCES, mutedKeys: ['plan-7'] } },
      refusals: ['not_found', 'conflict', 'directory_unavailable'],
    },
    {
      route: 'delete /recipients/{id}/mute',
      id: 'unmuteRecipient',
      what: 'Ends a mute.',
      query: { groupKey: described(TEXT, 'Of this group; of everything when absent.') },
      status: 200,
      answer: CHANGE,
      example: CHANGE_EXAMPLE,
      refusals: ['not_found', 'conflict', 'directory_unavailable'],
    },
    {
      route: 'get /recipients/{id}/waiting',
      id: 'listWaiting',
      what: 'Lists what waits for a person, when it comes, and what it waits for.',
      status: 200,
      answer: objectOf({ items: listOf(ref('NotificationWaiting')) }),
      example: { items: [{ ...WAITING, dueAt: EXAMPLE_LATER, frequency: 'daily', from: 'person', heldBy: 'frequency' }] },
      refusals: ['not_found', 'directory_unavailable'],
    },
    {
      route: 'post /recipients/{id}/flush',
      id: 'flushRecipient',
      what: 'Sends what waits for a person now, also outside of their hours.',
      status: 202,
      answer: objectOf({ flushed: COUNT }),
      example: { flushed: 1 },
      refusals: ['not_found'],
    },
    {
      route: 'post /recipients/{id}/read',
      id: 'markRecipientRead',
      what: 'A person has read something: it leaves every channel on which it still waits, and ends there with the reason `read`.',
      more: 'Without a field: everything so far.',
      body: {
        type: 'object',
        additionalProperties: false,
        properties: {
          ids: described(listOf(TEXT), 'Of deliveries: with each, all of its notification.'),
          groupKey: described(TEXT, 'What has it.'),
          before: described(TIME, 'What was accepted before.'),
        },
      },
      bodies: { 'all of a group': { groupKey: 'plan-7' } },
      status: 200,
      answer: objectOf({ read: described(COUNT, 'Deliveries that no longer come.') }),
      example: { read: 2 },
      refusals: ['not_found'],
    },
    {
      route: 'delete /recipients/{id}',
      id: 'forgetRecipient',
      what: 'Erases a person: what waits is cancelled, and the contents of what was sent are deleted.',
      status: 202,
      answer: objectOf({
        cancelled: described(COUNT, 'They waited, and ended.'),
        erased: described(COUNT, 'Their contents are gone.'),
        sending: described(COUNT, 'They are being sent, and were left alone.'),
      }),
      example: { cancelled: 2, erased: 40, sending: 0 },
      refusals: ['not_found'],
    },
  ],
};

import { SUPPRESSION_NOTE_CHARACTERS, SUPPRESSION_REASONS } from '../../model/suppression.js';
import { type SuppressionResult } from '../../suppression/suppression.service.js';
import { type SuppressionView } from '../../suppression/suppression-view.js';
import { EXAMPLE_AT } from './examples.js';
import { FILTER, page, PAGE, type RouteGroup } from './route-description.js';
import {
  COUNT,
  described,
  FLAG,
  objectOf,
  oneOf,
  optional,
  type PropertiesOf,
  ref,
  type Schema,
  TEXT,
  TIME,
  viewOf,
} from './schema.js';

const REASON = oneOf(...SUPPRESSION_REASONS);
const NOTE: Schema = { type: 'string', minLength: 1, maxLength: SUPPRESSION_NOTE_CHARACTERS, description: 'For operators.' };
const { channel: CHANNEL = TEXT, address: ADDRESS = TEXT } = FILTER;

const SUPPRESSION: PropertiesOf<SuppressionView> = {
  channel: TEXT,
  address: described(TEXT, 'Empty once it was erased; the address stays suppressed.'),
  reason: REASON,
  at: TIME,
  until: optional(described(TIME, 'When it ends by itself; absent: it holds until it is removed.')),
  note: optional(TEXT),
  removedAt: optional(TIME),
  removedNote: optional(TEXT),
};
const EXAMPLE = {
  channel: 'email',
  address: 'gone@example.com',
  reason: 'complaint',
  at: EXAMPLE_AT,
  note: 'reported by the provider',
};

/** Suppressed addresses. */
export const SUPPRESSION_SCHEMAS: Readonly<Record<string, Schema>> = {
  NotificationSuppression: viewOf<SuppressionView>(SUPPRESSION),
  NotificationSuppressed: viewOf<SuppressionResult>({
    ...SUPPRESSION,
    cancelled: described(COUNT, 'Deliveries that waited for the address.'),
    more: optional(described(FLAG, 'Cancelling goes on in the background.')),
  }),
};

function bodyOf(properties: Readonly<Record<string, Schema>>, required: readonly string[]): Schema {
  return { type: 'object', additionalProperties: false, properties, required };
}

export const SUPPRESSION_ROUTES: RouteGroup = {
  tag: 'Notifications: suppressed addresses',
  description: 'Addresses that nothing is sent to.',
  routes: [
    {
      route: 'get /suppressions',
      id: 'listSuppressions',
      what: 'Lists addresses that nothing is sent to, newest first.',
      query: {
        channel: CHANNEL,
        address: ADDRESS,
        reason: REASON,
        ended: described(FLAG, 'Those too that may be written to again.'),
        ...PAGE,
      },
      status: 200,
      answer: page(ref('NotificationSuppression')),
      example: { items: [EXAMPLE] },
    },
    {
      route: 'post /suppressions',
      id: 'suppressAddress',
      what: 'Suppresses an address and cancels what waits for it: for what a provider reports.',
      body: bodyOf({ channel: CHANNEL, address: ADDRESS, reason: REASON, note: NOTE }, ['channel', 'address', 'reason']),
      bodies: {
        'a complaint': {
          channel: 'email',
          address: 'gone@example.com',
          reason: 'complaint',
          note: 'reported by the provider',
        },
      },
      status: 200,
      answer: ref('NotificationSuppressed'),
      example: { ...EXAMPLE, cancelled: 2 },
      refusals: ['not_found'],
    },
    {
      route: 'delete /suppressions',
      id: 'unsuppressAddress',
      what: 'Lets an address be written to again; the note says why.',
      body: bodyOf(
        { channel: CHANNEL, address: ADDRESS, reason: described(REASON, 'Absent: whatever it was suppressed for.'), note: NOTE },
        ['channel', 'address', 'note'],
      ),
      bodies: { 'after a complaint': { channel: 'email', address: 'gone@example.com', note: 'asked to be written to' } },
      status: 200,
      answer: objectOf({ removed: COUNT }),
      example: { removed: 1 },
      refusals: ['not_found'],
    },
  ],
};

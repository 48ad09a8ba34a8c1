import { SUPPRESSION_NOTE_CHARACTERS, SUPPRESSION_REASONS } from '../../model/suppression.js';
import { page, PAGE, type RouteDescription } from './route-description.js';
import { COUNT, FLAG, objectOf, type Schema, TEXT, TIME } from './view-schemas.js';

const WHY_SUPPRESSED: Schema = { type: 'string', enum: [...SUPPRESSION_REASONS] };
const NOTE: Schema = { type: 'string', minLength: 1, maxLength: SUPPRESSION_NOTE_CHARACTERS };
const SUPPRESSION = { channel: TEXT, address: TEXT, reason: WHY_SUPPRESSED, at: TIME, until: TIME, note: TEXT };

function suppressionOf(required: readonly string[]): Schema {
  const properties = { channel: TEXT, address: TEXT, reason: WHY_SUPPRESSED, note: NOTE };
  return { type: 'object', additionalProperties: false, properties, required };
}

const PAGE_OF_LINK = { query: { t: TEXT }, required: ['t'], answer: TEXT, answerType: 'text/html', status: 200 };

/** The routes of suppressed addresses and of links to unsubscribe. */
export const SUPPRESSION_ROUTES: readonly RouteDescription[] = [
  {
    route: 'get /suppressions',
    query: { channel: TEXT, address: TEXT, reason: WHY_SUPPRESSED, ended: FLAG, ...PAGE },
    status: 200,
    answer: page(objectOf({ ...SUPPRESSION, removedAt: TIME, removedNote: TEXT }, ['until', 'note', 'removedAt', 'removedNote'])),
    what: 'Addresses that nothing is sent to, newest first; `ended`: those too that may be written to again.',
  },
  {
    route: 'post /suppressions',
    body: suppressionOf(['channel', 'address', 'reason']),
    status: 200,
    answer: objectOf({ ...SUPPRESSION, cancelled: COUNT, more: FLAG }, ['until', 'note', 'more']),
    what: 'Suppresses an address and cancels what waits for it: for what a provider reports.',
  },
  {
    route: 'delete /suppressions',
    body: suppressionOf(['channel', 'address', 'note']),
    status: 200,
    answer: objectOf({ removed: COUNT }),
    what: 'Lets an address be written to again; the note says why.',
  },
  {
    route: 'get /unsubscribe',
    ...PAGE_OF_LINK,
    what: 'The page of a link in a mail: what its reader gets. It changes nothing.',
  },
  {
    route: 'post /unsubscribe',
    ...PAGE_OF_LINK,
    body: objectOf({ 'List-Unsubscribe': { const: 'One-Click' } }),
    bodyType: 'application/x-www-form-urlencoded',
    what: 'Unsubscribes with one click (RFC 8058), or does what a form of the page asks for.',
  },
];

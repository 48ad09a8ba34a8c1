import { type Phrases } from '../../../model/phrases.js';

/** English. */
export const en: Phrases = {
  types: {
    system_update: { name: 'system update', one: '{count} system update', other: '{count} system updates' },
    approval_request: { name: 'approval request', one: '{count} approval request', other: '{count} approval requests' },
    alert: { name: 'alert', one: '{count} alert', other: '{count} alerts' },
    reminder: { name: 'reminder', one: '{count} reminder', other: '{count} reminders' },
    announcement: { name: 'announcement', one: '{count} announcement', other: '{count} announcements' },
  },
  notifications: { one: '{count} notification', other: '{count} notifications' },
  ofType: { one: '{count} {type} notification', other: '{count} {type} notifications' },
  more: '{count} more',
  andMore: 'and {count} more',
  others: '{count} others',
  from: 'From {names}',
  times: '{count} times',
  critical: 'critical',
  high: 'high',
  open: 'Open',
  readMore: 'Read more',
  review: 'Review',
  lookInto: 'Investigate',
  unsubscribe: 'Unsubscribe',
  reason: 'You receive this because {brand} sends notifications to {address}.',
  reasonShared: 'You receive this because {brand} sends you notifications.',
};

import { type Phrases } from '../../../model/phrases.js';

/** Swedish. */
export const sv: Phrases = {
  types: {
    system_update: { name: 'systemuppdatering', one: '{count} systemuppdatering', other: '{count} systemuppdateringar' },
    approval_request: {
      name: 'begäran om godkännande',
      one: '{count} begäran om godkännande',
      other: '{count} begäranden om godkännande',
    },
    alert: { name: 'varning', one: '{count} varning', other: '{count} varningar' },
    reminder: { name: 'påminnelse', one: '{count} påminnelse', other: '{count} påminnelser' },
    announcement: { name: 'tillkännagivande', one: '{count} tillkännagivande', other: '{count} tillkännagivanden' },
  },
  notifications: { one: '{count} avisering', other: '{count} aviseringar' },
  ofType: { one: '{count} avisering ”{type}”', other: '{count} aviseringar ”{type}”' },
  more: '{count} till',
  andMore: 'och {count} till',
  others: { one: '{count} annan', other: '{count} andra' },
  from: 'Från {names}',
  times: { one: '{count} gång', other: '{count} gånger' },
  critical: 'kritisk',
  high: 'brådskande',
  open: 'Öppna',
  readMore: 'Läs mer',
  review: 'Granska',
  lookInto: 'Undersök',
  unsubscribe: 'Avsluta prenumerationen',
  reason: 'Du får det här eftersom {brand} skickar aviseringar till {address}.',
  reasonShared: 'Du får det här eftersom {brand} skickar aviseringar till dig.',
};

import { type Phrases } from '../../../model/phrases.js';

/** German. */
export const de: Phrases = {
  types: {
    system_update: { name: 'Systemaktualisierung', one: '{count} Systemaktualisierung', other: '{count} Systemaktualisierungen' },
    approval_request: { name: 'Genehmigungsanfrage', one: '{count} Genehmigungsanfrage', other: '{count} Genehmigungsanfragen' },
    alert: { name: 'Warnung', one: '{count} Warnung', other: '{count} Warnungen' },
    reminder: { name: 'Erinnerung', one: '{count} Erinnerung', other: '{count} Erinnerungen' },
    announcement: { name: 'Ankündigung', one: '{count} Ankündigung', other: '{count} Ankündigungen' },
  },
  notifications: { one: '{count} Benachrichtigung', other: '{count} Benachrichtigungen' },
  ofType: { one: '{count} Benachrichtigung „{type}“', other: '{count} Benachrichtigungen „{type}“' },
  more: '{count} weitere',
  andMore: 'und {count} weitere',
  others: '{count} weitere',
  from: 'Von {names}',
  times: '{count}-mal',
  critical: 'kritisch',
  high: 'dringend',
  open: 'Öffnen',
  readMore: 'Mehr lesen',
  review: 'Prüfen',
  lookInto: 'Ansehen',
  unsubscribe: 'Abbestellen',
  reason: 'Sie erhalten diese Nachricht, weil {brand} Benachrichtigungen an {address} sendet.',
  reasonShared: 'Sie erhalten diese Nachricht, weil {brand} Ihnen Benachrichtigungen sendet.',
};

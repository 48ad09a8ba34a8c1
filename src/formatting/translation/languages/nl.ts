import { type Phrases } from '../../../model/phrases.js';

/** Dutch. */
export const nl: Phrases = {
  types: {
    system_update: { name: 'systeemupdate', one: '{count} systeemupdate', other: '{count} systeemupdates' },
    approval_request: { name: 'goedkeuringsverzoek', one: '{count} goedkeuringsverzoek', other: '{count} goedkeuringsverzoeken' },
    alert: { name: 'waarschuwing', one: '{count} waarschuwing', other: '{count} waarschuwingen' },
    reminder: { name: 'herinnering', one: '{count} herinnering', other: '{count} herinneringen' },
    announcement: { name: 'aankondiging', one: '{count} aankondiging', other: '{count} aankondigingen' },
  },
  notifications: { one: '{count} melding', other: '{count} meldingen' },
  ofType: { one: '{count} melding ‘{type}’', other: '{count} meldingen ‘{type}’' },
  more: 'nog {count}',
  andMore: 'en nog {count}',
  others: '{count} anderen',
  from: 'Van {names}',
  times: '{count} keer',
  critical: 'kritiek',
  high: 'dringend',
  open: 'Openen',
  readMore: 'Meer lezen',
  review: 'Beoordelen',
  lookInto: 'Bekijken',
  unsubscribe: 'Afmelden',
  reason: 'Je ontvangt dit bericht omdat {brand} meldingen naar {address} stuurt.',
  reasonShared: 'Je ontvangt dit bericht omdat {brand} je meldingen stuurt.',
};

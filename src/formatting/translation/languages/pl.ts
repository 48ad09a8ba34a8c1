import { type Phrases } from '../../../model/phrases.js';

/** Polish. */
export const pl: Phrases = {
  types: {
    system_update: {
      name: 'aktualizacja systemu',
      one: '{count} aktualizacja systemu',
      few: '{count} aktualizacje systemu',
      many: '{count} aktualizacji systemu',
      other: '{count} aktualizacji systemu',
    },
    approval_request: {
      name: 'prośba o zatwierdzenie',
      one: '{count} prośba o zatwierdzenie',
      few: '{count} prośby o zatwierdzenie',
      many: '{count} próśb o zatwierdzenie',
      other: '{count} próśb o zatwierdzenie',
    },
    alert: { name: 'alert', one: '{count} alert', few: '{count} alerty', many: '{count} alertów', other: '{count} alertów' },
    reminder: {
      name: 'przypomnienie',
      one: '{count} przypomnienie',
      few: '{count} przypomnienia',
      many: '{count} przypomnień',
      other: '{count} przypomnień',
    },
    announcement: {
      name: 'ogłoszenie',
      one: '{count} ogłoszenie',
      few: '{count} ogłoszenia',
      many: '{count} ogłoszeń',
      other: '{count} ogłoszeń',
    },
  },
  notifications: {
    one: '{count} powiadomienie',
    few: '{count} powiadomienia',
    many: '{count} powiadomień',
    other: '{count} powiadomień',
  },
  ofType: {
    one: '{count} powiadomienie „{type}”',
    few: '{count} powiadomienia „{type}”',
    many: '{count} powiadomień „{type}”',
    other: '{count} powiadomień „{type}”',
  },
  more: 'jeszcze {count}',
  andMore: 'i jeszcze {count}',
  others: { one: '{count} inna osoba', few: '{count} inne osoby', many: '{count} innych osób', other: '{count} innych osób' },
  from: 'Od: {names}',
  times: { one: '{count} raz', few: '{count} razy', many: '{count} razy', other: '{count} razy' },
  critical: 'krytyczne',
  high: 'pilne',
  open: 'Otwórz',
  readMore: 'Czytaj dalej',
  review: 'Sprawdź',
  lookInto: 'Zbadaj',
  unsubscribe: 'Zrezygnuj z subskrypcji',
  reason: 'Otrzymujesz tę wiadomość, ponieważ {brand} wysyła powiadomienia na adres {address}.',
  reasonShared: 'Otrzymujesz tę wiadomość, ponieważ {brand} wysyła Ci powiadomienia.',
};

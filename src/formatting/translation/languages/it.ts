import { type Phrases } from '../../../model/phrases.js';

/** Italian. */
export const it: Phrases = {
  types: {
    system_update: {
      name: 'aggiornamento di sistema',
      one: '{count} aggiornamento di sistema',
      other: '{count} aggiornamenti di sistema',
    },
    approval_request: {
      name: 'richiesta di approvazione',
      one: '{count} richiesta di approvazione',
      other: '{count} richieste di approvazione',
    },
    alert: { name: 'avviso', one: '{count} avviso', other: '{count} avvisi' },
    reminder: { name: 'promemoria', one: '{count} promemoria', other: '{count} promemoria' },
    announcement: { name: 'annuncio', one: '{count} annuncio', other: '{count} annunci' },
  },
  notifications: { one: '{count} notifica', other: '{count} notifiche' },
  ofType: { one: '{count} notifica «{type}»', other: '{count} notifiche «{type}»' },
  more: 'altri {count}',
  andMore: 'e altri {count}',
  others: 'altri {count}',
  from: 'Da {names}',
  times: '{count} volte',
  critical: 'critico',
  high: 'urgente',
  open: 'Apri',
  readMore: 'Leggi tutto',
  review: 'Esamina',
  lookInto: 'Vedi',
  unsubscribe: 'Annulla l’iscrizione',
  reason: 'Ricevi questo messaggio perché {brand} invia notifiche a {address}.',
  reasonShared: 'Ricevi questo messaggio perché {brand} ti invia notifiche.',
};

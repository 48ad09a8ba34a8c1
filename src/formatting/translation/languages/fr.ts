import { type Phrases } from '../../../model/phrases.js';

/** French. */
export const fr: Phrases = {
  types: {
    system_update: {
      name: 'mise à jour du système',
      one: '{count} mise à jour du système',
      other: '{count} mises à jour du système',
    },
    approval_request: {
      name: 'demande d’approbation',
      one: '{count} demande d’approbation',
      other: '{count} demandes d’approbation',
    },
    alert: { name: 'alerte', one: '{count} alerte', other: '{count} alertes' },
    reminder: { name: 'rappel', one: '{count} rappel', other: '{count} rappels' },
    announcement: { name: 'annonce', one: '{count} annonce', other: '{count} annonces' },
  },
  notifications: { one: '{count} notification', other: '{count} notifications' },
  ofType: { one: '{count} notification « {type} »', other: '{count} notifications « {type} »' },
  more: '{count} de plus',
  andMore: 'et {count} de plus',
  others: '{count} autres',
  from: 'De {names}',
  times: '{count} fois',
  critical: 'critique',
  high: 'urgent',
  open: 'Ouvrir',
  readMore: 'Lire la suite',
  review: 'Examiner',
  lookInto: 'Voir',
  unsubscribe: 'Se désabonner',
  reason: 'Vous recevez ce message car {brand} envoie des notifications à {address}.',
  reasonShared: 'Vous recevez ce message car {brand} vous envoie des notifications.',
};

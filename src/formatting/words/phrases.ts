import { type BuiltInType } from '../../model/notification.js';

/** One and many; `#` stands for the number or the name. */
export type Counted = readonly [one: string, many: string];

/** What the built-in looks say in one language. `#` stands for a number or for names, `%` for a type of the host's own. */
export interface Phrases {
  readonly types: Readonly<Record<BuiltInType, Counted>>;
  readonly notifications: Counted;
  /** So many notifications of a type of the host's own. */
  readonly ofType: Counted;
  /** Types that a summary counts together. */
  readonly more: string;
  /** Deliveries that a digest does not show. */
  readonly andMore: string;
  /** Actors that a summary counts together. */
  readonly others: string;
  readonly from: string;
  readonly by: string;
  readonly times: string;
  readonly critical: string;
  readonly high: string;
  readonly open: string;
  readonly readMore: string;
  readonly review: string;
  readonly lookInto: string;
  readonly unsubscribe: string;
}

/** By language subtag (RFC 5646 §2.2.1). Readers of others get English. */
export const PHRASES = {
  en: {
    types: {
      system_update: ['# system update', '# system updates'],
      approval_request: ['# approval request', '# approval requests'],
      alert: ['# alert', '# alerts'],
      reminder: ['# reminder', '# reminders'],
      announcement: ['# announcement', '# announcements'],
    },
    notifications: ['# notification', '# notifications'],
    ofType: ['# % notification', '# % notifications'],
    more: '# more',
    andMore: 'and # more',
    others: '# others',
    from: 'From #',
    by: 'by #',
    times: '# times',
    critical: 'critical',
    high: 'high',
    open: 'Open',
    readMore: 'Read more',
    review: 'Review',
    lookInto: 'Investigate',
    unsubscribe: 'Unsubscribe',
  },
  de: {
    types: {
      system_update: ['# Systemaktualisierung', '# Systemaktualisierungen'],
      approval_request: ['# Genehmigungsanfrage', '# Genehmigungsanfragen'],
      alert: ['# Warnung', '# Warnungen'],
      reminder: ['# Erinnerung', '# Erinnerungen'],
      announcement: ['# Ankündigung', '# Ankündigungen'],
    },
    notifications: ['# Benachrichtigung', '# Benachrichtigungen'],
    ofType: ['# Benachrichtigung „%“', '# Benachrichtigungen „%“'],
    more: '# weitere',
    andMore: 'und # weitere',
    others: '# weitere',
    from: 'Von #',
    by: 'von #',
    times: '#-mal',
    critical: 'kritisch',
    high: 'dringend',
    open: 'Öffnen',
    readMore: 'Mehr lesen',
    review: 'Prüfen',
    lookInto: 'Ansehen',
    unsubscribe: 'Abbestellen',
  },
  fr: {
    types: {
      system_update: ['# mise à jour du système', '# mises à jour du système'],
      approval_request: ['# demande d’approbation', '# demandes d’approbation'],
      alert: ['# alerte', '# alertes'],
      reminder: ['# rappel', '# rappels'],
      announcement: ['# annonce', '# annonces'],
    },
    notifications: ['# notification', '# notifications'],
    ofType: ['# notification « % »', '# notifications « % »'],
    more: '# de plus',
    andMore: 'et # de plus',
    others: '# autres',
    from: 'De #',
    by: 'par #',
    times: '# fois',
    critical: 'critique',
    high: 'urgent',
    open: 'Ouvrir',
    readMore: 'Lire la suite',
    review: 'Examiner',
    lookInto: 'Voir',
    unsubscribe: 'Se désabonner',
  },
  es: {
    types: {
      system_update: ['# actualización del sistema', '# actualizaciones del sistema'],
      approval_request: ['# solicitud de aprobación', '# solicitudes de aprobación'],
      alert: ['# alerta', '# alertas'],
      reminder: ['# recordatorio', '# recordatorios'],
      announcement: ['# anuncio', '# anuncios'],
    },
    notifications: ['# notificación', '# notificaciones'],
    ofType: ['# notificación «%»', '# notificaciones «%»'],
    more: '# más',
    andMore: 'y # más',
    others: '# más',
    from: 'De #',
    by: 'por #',
    times: '# veces',
    critical: 'crítico',
    high: 'urgente',
    open: 'Abrir',
    readMore: 'Leer más',
    review: 'Revisar',
    lookInto: 'Ver',
    unsubscribe: 'Cancelar la suscripción',
  },
  it: {
    types: {
      system_update: ['# aggiornamento di sistema', '# aggiornamenti di sistema'],
      approval_request: ['# richiesta di approvazione', '# richieste di approvazione'],
      alert: ['# avviso', '# avvisi'],
      reminder: ['# promemoria', '# promemoria'],
      announcement: ['# annuncio', '# annunci'],
    },
    notifications: ['# notifica', '# notifiche'],
    ofType: ['# notifica «%»', '# notifiche «%»'],
    more: 'altri #',
    andMore: 'e altri #',
    others: 'altri #',
    from: 'Da #',
    by: 'di #',
    times: '# volte',
    critical: 'critico',
    high: 'urgente',
    open: 'Apri',
    readMore: 'Leggi tutto',
    review: 'Esamina',
    lookInto: 'Vedi',
    unsubscribe: 'Annulla l’iscrizione',
  },
  nl: {
    types: {
      system_update: ['# systeemupdate', '# systeemupdates'],
      approval_request: ['# goedkeuringsverzoek', '# goedkeuringsverzoeken'],
      alert: ['# waarschuwing', '# waarschuwingen'],
      reminder: ['# herinnering', '# herinneringen'],
      announcement: ['# aankondiging', '# aankondigingen'],
    },
    notifications: ['# melding', '# meldingen'],
    ofType: ['# melding ‘%’', '# meldingen ‘%’'],
    more: 'nog #',
    andMore: 'en nog #',
    others: '# anderen',
    from: 'Van #',
    by: 'door #',
    times: '# keer',
    critical: 'kritiek',
    high: 'dringend',
    open: 'Openen',
    readMore: 'Meer lezen',
    review: 'Beoordelen',
    lookInto: 'Bekijken',
    unsubscribe: 'Afmelden',
  },
  pt: {
    types: {
      system_update: ['# atualização do sistema', '# atualizações do sistema'],
      approval_request: ['# pedido de aprovação', '# pedidos de aprovação'],
      alert: ['# alerta', '# alertas'],
      reminder: ['# lembrete', '# lembretes'],
      announcement: ['# anúncio', '# anúncios'],
    },
    notifications: ['# notificação', '# notificações'],
    ofType: ['# notificação «%»', '# notificações «%»'],
    more: 'mais #',
    andMore: 'e mais #',
    others: 'outros #',
    from: 'De #',
    by: 'por #',
    times: '# vezes',
    critical: 'crítico',
    high: 'urgente',
    open: 'Abrir',
    readMore: 'Ler mais',
    review: 'Rever',
    lookInto: 'Ver',
    unsubscribe: 'Cancelar inscrição',
  },
} as const satisfies Readonly<Record<string, Phrases>>;

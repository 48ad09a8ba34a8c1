import { type Phrases } from '../../../model/phrases.js';

/** Spanish. */
export const es: Phrases = {
  types: {
    system_update: {
      name: 'actualización del sistema',
      one: '{count} actualización del sistema',
      other: '{count} actualizaciones del sistema',
    },
    approval_request: {
      name: 'solicitud de aprobación',
      one: '{count} solicitud de aprobación',
      other: '{count} solicitudes de aprobación',
    },
    alert: { name: 'alerta', one: '{count} alerta', other: '{count} alertas' },
    reminder: { name: 'recordatorio', one: '{count} recordatorio', other: '{count} recordatorios' },
    announcement: { name: 'anuncio', one: '{count} anuncio', other: '{count} anuncios' },
  },
  notifications: { one: '{count} notificación', other: '{count} notificaciones' },
  ofType: { one: '{count} notificación «{type}»', other: '{count} notificaciones «{type}»' },
  more: '{count} más',
  andMore: 'y {count} más',
  others: '{count} más',
  from: 'De {names}',
  times: '{count} veces',
  critical: 'crítico',
  high: 'urgente',
  open: 'Abrir',
  readMore: 'Leer más',
  review: 'Revisar',
  lookInto: 'Ver',
  unsubscribe: 'Cancelar la suscripción',
  reason: 'Recibe este mensaje porque {brand} envía notificaciones a {address}.',
  reasonShared: 'Recibe este mensaje porque {brand} le envía notificaciones.',
};

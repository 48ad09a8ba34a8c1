import { type Phrases } from '../../../model/phrases.js';

/** Turkish. */
export const tr: Phrases = {
  types: {
    system_update: { name: 'sistem güncellemesi', other: '{count} sistem güncellemesi' },
    approval_request: { name: 'onay isteği', other: '{count} onay isteği' },
    alert: { name: 'uyarı', other: '{count} uyarı' },
    reminder: { name: 'hatırlatma', other: '{count} hatırlatma' },
    announcement: { name: 'duyuru', other: '{count} duyuru' },
  },
  notifications: '{count} bildirim',
  ofType: '{count} “{type}” bildirimi',
  more: '{count} tane daha',
  andMore: 've {count} tane daha',
  others: '{count} kişi daha',
  from: 'Gönderen: {names}',
  times: '{count} kez',
  critical: 'kritik',
  high: 'acil',
  open: 'Aç',
  readMore: 'Devamını oku',
  review: 'İncele',
  lookInto: 'Araştır',
  unsubscribe: 'Abonelikten çık',
  reason: 'Bu e-postayı, {brand} {address} adresine bildirim gönderdiği için alıyorsunuz.',
  reasonShared: 'Bu e-postayı, {brand} size bildirim gönderdiği için alıyorsunuz.',
};

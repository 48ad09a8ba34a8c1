import { type Phrases } from '../../../model/phrases.js';

/** Hebrew. */
export const he: Phrases = {
  types: {
    system_update: { name: 'עדכון מערכת', one: 'עדכון מערכת אחד', two: 'שני עדכוני מערכת', other: '{count} עדכוני מערכת' },
    approval_request: { name: 'בקשת אישור', one: 'בקשת אישור אחת', two: 'שתי בקשות אישור', other: '{count} בקשות אישור' },
    alert: { name: 'התרעה', one: 'התרעה אחת', two: 'שתי התרעות', other: '{count} התרעות' },
    reminder: { name: 'תזכורת', one: 'תזכורת אחת', two: 'שתי תזכורות', other: '{count} תזכורות' },
    announcement: { name: 'הכרזה', one: 'הכרזה אחת', two: 'שתי הכרזות', other: '{count} הכרזות' },
  },
  notifications: { one: 'התראה אחת', two: 'שתי התראות', other: '{count} התראות' },
  ofType: { one: 'התראה אחת מסוג "{type}"', two: 'שתי התראות מסוג "{type}"', other: '{count} התראות מסוג "{type}"' },
  more: { one: 'עוד אחת', two: 'עוד שתיים', other: 'עוד {count}' },
  andMore: { one: 'ועוד אחת', two: 'ועוד שתיים', other: 'ועוד {count}' },
  others: { one: 'עוד אדם אחד', two: 'עוד שני אנשים', other: 'עוד {count}' },
  from: 'מאת {names}',
  times: { one: 'פעם אחת', two: 'פעמיים', other: '{count} פעמים' },
  critical: 'קריטי',
  high: 'דחוף',
  open: 'פתיחה',
  readMore: 'קריאת ההמשך',
  review: 'לבדיקה',
  lookInto: 'בירור',
  unsubscribe: 'ביטול הרישום',
  reason: 'קיבלת הודעה זו כי {brand} שולח התראות אל {address}.',
  reasonShared: 'קיבלת הודעה זו כי {brand} שולח לך התראות.',
};

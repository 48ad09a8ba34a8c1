import { type Phrases } from '../../../model/phrases.js';

/** Japanese. */
export const ja: Phrases = {
  types: {
    system_update: { name: 'システム更新', other: 'システム更新{count}件' },
    approval_request: { name: '承認依頼', other: '承認依頼{count}件' },
    alert: { name: 'アラート', other: 'アラート{count}件' },
    reminder: { name: 'リマインダー', other: 'リマインダー{count}件' },
    announcement: { name: 'お知らせ', other: 'お知らせ{count}件' },
  },
  notifications: '通知{count}件',
  ofType: '「{type}」の通知{count}件',
  more: '他{count}件',
  andMore: '他{count}件',
  others: '他{count}名',
  from: '{names}から',
  times: '{count}回',
  critical: '緊急',
  high: '重要',
  open: '開く',
  readMore: '続きを読む',
  review: '確認する',
  lookInto: '調査する',
  unsubscribe: '配信停止',
  reason: 'このメールは、{brand}から{address}への通知として送信されています。',
  reasonShared: 'このメールは、{brand}からの通知として送信されています。',
};

import { type Phrases } from '../../../model/phrases.js';

/** Chinese in traditional characters. */
export const zhHant: Phrases = {
  types: {
    system_update: { name: '系統更新', other: '{count} 則系統更新' },
    approval_request: { name: '核准請求', other: '{count} 個核准請求' },
    alert: { name: '警示', other: '{count} 則警示' },
    reminder: { name: '提醒', other: '{count} 則提醒' },
    announcement: { name: '公告', other: '{count} 則公告' },
  },
  notifications: '{count} 則通知',
  ofType: '{count} 則「{type}」通知',
  more: '另外 {count} 則',
  andMore: '還有 {count} 則',
  others: '另外 {count} 人',
  from: '來自 {names}',
  times: '{count} 次',
  critical: '緊急',
  high: '重要',
  open: '開啟',
  readMore: '閱讀全文',
  review: '審核',
  lookInto: '查看詳情',
  unsubscribe: '取消訂閱',
  reason: '您收到此郵件，是因為 {brand} 會傳送通知到 {address}。',
  reasonShared: '您收到此郵件，是因為 {brand} 會傳送通知給您。',
};

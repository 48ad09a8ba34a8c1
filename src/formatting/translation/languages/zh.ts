import { type Phrases } from '../../../model/phrases.js';

/** Chinese in simplified characters. */
export const zh: Phrases = {
  types: {
    system_update: { name: '系统更新', other: '{count} 条系统更新' },
    approval_request: { name: '审批请求', other: '{count} 个审批请求' },
    alert: { name: '警报', other: '{count} 条警报' },
    reminder: { name: '提醒', other: '{count} 条提醒' },
    announcement: { name: '公告', other: '{count} 条公告' },
  },
  notifications: '{count} 条通知',
  ofType: '{count} 条“{type}”通知',
  more: '另外 {count} 条',
  andMore: '还有 {count} 条',
  others: '另外 {count} 人',
  from: '来自 {names}',
  times: '{count} 次',
  critical: '紧急',
  high: '重要',
  open: '打开',
  readMore: '阅读全文',
  review: '审核',
  lookInto: '查看详情',
  unsubscribe: '退订',
  reason: '您收到此邮件，是因为 {brand} 会向 {address} 发送通知。',
  reasonShared: '您收到此邮件，是因为 {brand} 会向您发送通知。',
};

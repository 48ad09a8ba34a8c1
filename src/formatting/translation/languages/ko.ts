import { type Phrases } from '../../../model/phrases.js';

/** Korean. */
export const ko: Phrases = {
  types: {
    system_update: { name: '시스템 업데이트', other: '시스템 업데이트 {count}건' },
    approval_request: { name: '승인 요청', other: '승인 요청 {count}건' },
    alert: { name: '경보', other: '경보 {count}건' },
    reminder: { name: '리마인더', other: '리마인더 {count}건' },
    announcement: { name: '공지', other: '공지 {count}건' },
  },
  notifications: '알림 {count}건',
  ofType: '“{type}” 알림 {count}건',
  more: '그 외 {count}건',
  andMore: '그 외 {count}건',
  others: '다른 {count}명',
  from: '보낸 사람: {names}',
  times: '{count}회',
  critical: '긴급',
  high: '중요',
  open: '열기',
  readMore: '더 읽기',
  review: '검토',
  lookInto: '확인',
  unsubscribe: '수신 거부',
  reason: '{brand}에서 {address}(으)로 알림을 보내기 때문에 이 메일을 받으셨습니다.',
  reasonShared: '{brand}에서 알림을 보내기 때문에 이 메일을 받으셨습니다.',
};

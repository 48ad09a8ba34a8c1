import { type ClaimedMessage } from '../../model/message.js';

/**
 * The headers of every mail that carries notifications: its type (`mixed` when there are several), the deliveries that it
 * stands for, and that no person wrote it, so that no vacation notice answers (RFC 3834 §5).
 */
export function notificationHeaders(message: ClaimedMessage): Readonly<Record<string, string>> {
  const [first] = message.entries;
  return {
    'X-Notification-Type': message.entries.every(({ content }) => content.type === first?.content.type) ? message.type : 'mixed',
    'X-Notification-Count': String(message.entries.length),
    'Auto-Submitted': 'auto-generated',
  };
}

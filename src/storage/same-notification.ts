import { type NotificationContent } from '../model/notification.js';

/** What makes two notifications the same: everything that was said, whatever the order of its fields. */
export function sameNotificationText(content: NotificationContent, addresses: readonly string[]): string {
  return JSON.stringify([content, addresses], (_, value: unknown) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value,
  );
}

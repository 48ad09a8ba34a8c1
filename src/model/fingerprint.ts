import { type NotificationContent } from './notification.js';

/**
 * What makes two notifications the same: everything that was said, whatever the order of its fields and of its addresses.
 *
 * @param said the content as the caller gave it, with its defaults, before any rule changed it
 */
export function fingerprintText(said: NotificationContent, addresses: readonly string[]): string {
  return JSON.stringify([said, addresses.toSorted()], (_, value: unknown) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value,
  );
}

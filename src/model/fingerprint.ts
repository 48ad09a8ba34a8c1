import { type NotificationContent } from './notification.js';

/** Says as much as its absence does. */
const isDefault = (name: string, value: unknown): boolean =>
  (name === 'body' && value === '') ||
  (name === 'data' && typeof value === 'object' && value !== null && Object.keys(value).length === 0);

/**
 * What makes two notifications the same: everything that was said, whatever the order of its fields and of its addresses, and
 * whether a default was said or not.
 *
 * @param said the content as the caller gave it, with its defaults, before any rule changed it
 */
export function fingerprintText(said: NotificationContent, addresses: readonly string[]): string {
  const meant = Object.fromEntries(Object.entries(said).filter(([name, value]) => !isDefault(name, value)));
  return JSON.stringify([meant, addresses.toSorted()], (_, value: unknown) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value,
  );
}

/** Of a notification on several channels: the order in which they were named makes no difference. */
export function fingerprintOfParts(
  parts: readonly {
    readonly said?: NotificationContent;
    readonly content: NotificationContent;
    readonly addresses: readonly string[];
  }[],
): string {
  return parts
    .map(({ content, said = content, addresses }) => fingerprintText(said, addresses))
    .sort()
    .join('\n');
}

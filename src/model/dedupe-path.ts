import { NOTIFICATION_LIMITS, type NotificationContent } from './notification.js';

/** Fields whose values may stand in for a `dedupeKey`; below `data` and `actor` any path. */
const PATH = /^(?:type|title|body|groupKey|(?:data|actor)(?:\.[^.\s]{1,64}){1,8})$/;

/** Whether a text is a path that `dedupeKeyAt` reads, e.g. `data.server`. */
export function isDedupePath(value: unknown): value is string {
  return typeof value === 'string' && PATH.test(value);
}

/**
 * The value at a path as a `dedupeKey`; undefined where there is none, and for what is no text, number or boolean, or longer than a key may
 * be.
 */
export function dedupeKeyAt(path: string, content: NotificationContent): string | undefined {
  let value: unknown = content;
  for (const name of path.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
    value = (value as Readonly<Record<string, unknown>>)[name];
  }
  if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean') return undefined;
  const key = String(value);
  return key.length > 0 && key.length <= NOTIFICATION_LIMITS.keyCharacters ? key : undefined;
}

import { type LikenessGroups } from '../model/content-similarity.js';
import { type NotificationContent } from '../model/notification.js';
import { type WindowPolicy } from '../model/window.js';

/**
 * The name of the group that a delivery gathers with: two deliveries share a window exactly when their keys are equal.
 *
 * @param notBefore the content's `sendAt` when it is still to come: such deliveries gather apart, until that moment
 */
export function windowKey(content: NotificationContent, address: string, policy: WindowPolicy, notBefore?: number): string {
  return [
    content.channel,
    address,
    policy.brake === true ? 'brake' : '',
    grouping(content, policy),
    content.groupKey ?? '',
    notBefore ?? '',
  ]
    .map((part) => `${String(part).length}:${part}`)
    .join('');
}

/**
 * The same where content decides: the group of like contents that is open, or the name of a new one.
 *
 * @param fresh tells a new group from all others
 */
export function likeWindowKey(
  base: string,
  content: NotificationContent,
  { similarity }: WindowPolicy,
  groups: LikenessGroups,
  fresh: number,
): string {
  if (similarity === undefined) return base;
  return groups.find(base, content, similarity) ?? `${base}${LIKE}${fresh}`;
}

/** Remembers the first content of a window that gathers what is like it. */
export function rememberLike(
  key: string,
  content: NotificationContent,
  { similarity }: WindowPolicy,
  groups: LikenessGroups,
): void {
  const base = LIKE_KEY.exec(key)?.[1];
  // One that was opened before its policy looked at content gathers as it was opened.
  if (similarity !== undefined && base !== undefined) groups.add(key, base, content, similarity);
}

const LIKE = '~';
const LIKE_KEY = new RegExp(`^(.*)${LIKE}\\d+$`, 's');

function grouping(content: NotificationContent, policy: WindowPolicy): string {
  switch (policy.groupBy) {
    case 'type':
      return `type ${content.type}`;
    case 'actor':
      return `actor ${content.actor?.id ?? ''}`;
    case 'groupKey':
    case 'none':
      return policy.groupBy;
  }
}

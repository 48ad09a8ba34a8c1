import { type SimilarityGroups } from '../content-similarity.js';
import { mailScope } from '../email-fields.js';
import { type NotificationContent } from '../notification.js';
import { type WindowPolicy } from '../window.js';

/**
 * The name of the group that a delivery gathers with: two deliveries share a window exactly when their keys are equal.
 *
 * @param notBefore the content's `sendAt` when it is still to come: such deliveries gather apart, until that time
 * @param alone a name that nothing else has, for what waits alone
 */
export function windowKey(
  content: NotificationContent,
  address: string,
  policy: WindowPolicy,
  notBefore?: number,
  alone?: string,
): string {
  const burst = policy.burst === true ? 'burst' : '';
  const grouped = grouping(content, policy);
  const until = notBefore === undefined ? '' : String(notBefore);
  const scope = mailScope(content);
  const key = `${named(content.channel)}${named(address)}${named(burst)}${named(grouped)}${named(content.groupKey ?? '')}${named(until)}`;
  const scoped = scope === '' ? key : `${key}${named(scope)}`;
  return alone === undefined ? scoped : `${scoped}alone${named(alone)}`;
}

/** A part of a key, so that no other parts make the same key. */
function named(part: string): string {
  return `${part.length}:${part}`;
}

/** What an allowance is counted by: the address for a burst limit, else the group. */
export function allowanceKey(key: string, channel: string, address: string, { burst }: WindowPolicy): string {
  return burst === true ? `burst ${channel} ${address}` : key;
}

/**
 * The same where content decides: the group that has its `dedupeKey`, else the one of like contents, else the name of a new one.
 *
 * @param fresh tells a new group from all others
 */
export function likeWindowKey(
  base: string,
  content: NotificationContent,
  { similarity }: WindowPolicy,
  groups: SimilarityGroups,
  fresh: number,
): string {
  if (similarity === undefined) return base;
  const { dedupeKey } = content;
  const keyed = dedupeKey === undefined ? undefined : groups.findKeyed(base, dedupeKey);
  return keyed ?? groups.find(base, content, similarity) ?? `${base}${LIKE}${fresh}`;
}

/**
 * Remembers the first content of a group that gathers what is like it.
 *
 * @param id of the window or the allowance that it is of
 */
export function rememberLike(
  id: string,
  key: string,
  content: NotificationContent,
  { similarity }: WindowPolicy,
  groups: SimilarityGroups,
): void {
  const base = likeBase(key);
  // One that was opened before its policy looked at content gathers as it was opened.
  if (similarity !== undefined && base !== undefined) groups.add(id, key, base, content, similarity);
}

/** The key without what tells its group of like contents from others; undefined when content does not decide. */
export function likeBase(key: string): string | undefined {
  return LIKE_KEY.exec(key)?.[1];
}

const LIKE = '~';
const LIKE_KEY = new RegExp(`^(.*)${LIKE}\\d+$`, 's');

function grouping(content: NotificationContent, policy: WindowPolicy): string {
  if (policy.plan?.together === true) return `together ${policy.plan.from}`;
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

import { isOwnMail, mailScope } from '../email-fields.js';
import { type NotificationContent } from '../notification.js';

/** What the decision looks at of a queued message. */
export interface QueuedFacts {
  readonly channel: string;
  readonly address: string;
  /** Of all its entries, see `collapseScope`: different ones never share a message. Undefined: it joins nothing. */
  readonly scope: string | undefined;
  /** Rank of its priority; 0 is `critical`. */
  readonly rank: number;
  readonly attempts: number;
}

/**
 * Which messages of a backlog become one digest: those of one address and scope, two or more. What is critical stays as it is,
 * and so does what was attempted, because its content is frozen.
 */
export function collapseGroups<T extends QueuedFacts>(messages: readonly T[]): readonly (readonly T[])[] {
  const groups = Map.groupBy(
    messages.filter(({ rank, attempts, scope }) => rank > 0 && attempts === 0 && scope !== undefined),
    ({ channel, address, scope }) => JSON.stringify([channel, address, scope]),
  );
  return [...groups.values()].filter(({ length }) => length > 1);
}

/** What keeps the digests of one address apart: the `groupKey`, and what mails have of their own. Undefined for a mail that no other one can join. */
export function collapseScope(content: NotificationContent): string | undefined {
  return isOwnMail(content) ? undefined : JSON.stringify([content.groupKey, mailScope(content)]);
}

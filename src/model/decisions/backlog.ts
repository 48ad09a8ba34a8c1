/** What the decision looks at of a queued message. */
export interface QueuedFacts {
  readonly channel: string;
  readonly address: string;
  /** Of all its entries: different keys never share a message. */
  readonly groupKey: string | undefined;
  /** Rank of its priority; 0 is `critical`. */
  readonly rank: number;
  readonly attempts: number;
}

/**
 * Which messages of a backlog become one digest: those of one address and `groupKey`, two or more. What is critical stays as it is,
 * and so does what was attempted, because its content is frozen.
 */
export function collapseGroups<T extends QueuedFacts>(messages: readonly T[]): readonly (readonly T[])[] {
  const groups = Map.groupBy(
    messages.filter(({ rank, attempts }) => rank > 0 && attempts === 0),
    ({ channel, address, groupKey }) => JSON.stringify([channel, address, groupKey]),
  );
  return [...groups.values()].filter(({ length }) => length > 1);
}

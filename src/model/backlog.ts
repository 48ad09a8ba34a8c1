/**
 * What is done at the start with what fell due too long ago: `send` it as it is, `collapse` it to one digest an address and `groupKey`, or
 * `expire` it.
 */
export const BACKLOG_POLICIES = ['send', 'collapse', 'expire'] as const;
export type BacklogPolicy = (typeof BACKLOG_POLICIES)[number];

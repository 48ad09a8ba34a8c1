/**
 * What is done at the start with what fell due too long ago: `send` it as it is, `collapse` it to one digest an address and `groupKey`, or
 * `expire` it.
 */
export const BACKLOG_POLICIES = ['send', 'collapse', 'expire'] as const;
/** What becomes of what fell due long ago: it is sent, is sent as one digest for each address, or expires. */
export type BacklogPolicy = (typeof BACKLOG_POLICIES)[number];

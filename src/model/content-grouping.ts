import { type NotificationContent } from './notification.js';

/**
 * Says which contents of a digest belong together. The default groups what is worded alike (see `docs/windows.md`); a host brings its own with the option
 * `digest.grouping`: a rule, or vectors of an embedding service.
 */
export interface ContentGrouping {
  /**
   * One name for each content, in the same order; contents of one name stand together in the digest. It is asked once for each attempt at a message of two
   * or more deliveries, and should answer the same each time. When it throws, rejects, takes longer than `formatting.timeoutMs` or does not answer one name
   * for each, the default decides.
   *
   * @param contents of one message, in the order of acceptance
   */
  group(contents: readonly NotificationContent[]): readonly string[] | PromiseLike<readonly string[]>;
}

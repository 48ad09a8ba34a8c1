import { type NotificationPriority } from './notification.js';

/** Part of `QUEUE_MAX_PENDING` that is kept above it for `critical`. */
const RESERVE = 0.01;
/** The reserve is never smaller than this. */
const LEAST_RESERVE = 100;

/**
 * Most deliveries that may be pending after one of this priority was accepted: `critical` has a reserve above `QUEUE_MAX_PENDING`, so that a
 * queue full of other work does not refuse it. The module's own alerts are critical too.
 *
 * @param maxPending `QUEUE_MAX_PENDING`
 */
export function pendingLimit(maxPending: number, priority: NotificationPriority): number {
  return priority === 'critical' ? maxPending + Math.max(LEAST_RESERVE, Math.ceil(maxPending * RESERVE)) : maxPending;
}

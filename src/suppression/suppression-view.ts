import { iso } from '../storage/stored-views.js';
import { type SuppressionReason } from '../model/suppression.js';
import { type SuppressionRecord } from '../storage/notification-store.js';

/** A suppressed address as `GET /notifications/suppressions` shows it. Times are ISO 8601. */
export interface SuppressionView {
  /** The channel on which nothing is sent to the address. */
  readonly channel: string;
  /** Empty once it was erased; the address stays suppressed. */
  readonly address: string;
  /** Why. */
  readonly reason: SuppressionReason;
  /** Since when, ISO 8601. */
  readonly at: string;
  /** When it ends by itself; absent: it holds until it is removed. */
  readonly until?: string;
  /** The note that was given with it. */
  readonly note?: string;
  /** When it was lifted, ISO 8601; absent: it holds. */
  readonly removedAt?: string;
  /** The note that was given when it was lifted. */
  readonly removedNote?: string;
}

export function viewOfSuppression({ at, until, removedAt, ...rest }: SuppressionRecord): SuppressionView {
  return {
    ...rest,
    at: iso(at),
    ...(until === undefined ? {} : { until: iso(until) }),
    ...(removedAt === undefined ? {} : { removedAt: iso(removedAt) }),
  };
}

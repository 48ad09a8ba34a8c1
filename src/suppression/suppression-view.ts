import { type SuppressionReason } from '../model/suppression.js';
import { type SuppressionRecord } from '../storage/notification-store.js';

/** A suppressed address as `GET /notifications/suppressions` shows it. Times are ISO 8601. */
export interface SuppressionView {
  readonly channel: string;
  /** Empty once it was erased; the address stays suppressed. */
  readonly address: string;
  readonly reason: SuppressionReason;
  readonly at: string;
  /** When it ends by itself; absent: it holds until it is removed. */
  readonly until?: string;
  readonly note?: string;
  readonly removedAt?: string;
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

function iso(at: number): string {
  return new Date(at).toISOString();
}

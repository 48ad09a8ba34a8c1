import { type PlannedArrival } from '../../model/decisions/arrival-plan.js';
import { type FailureReason } from '../../model/failure.js';
import { type NotificationContent } from '../../model/notification.js';
import { PRIORITY_NUMBER } from '../persisted.js';
import { type Delivery } from './rows.js';
import { type Work } from './work.js';

/** One delivery on its way in. */
export interface Arrival extends PlannedArrival {
  readonly content: NotificationContent;
  readonly address: string;
  readonly id: number;
  readonly json: string;
  /** Row of `content` that has the JSON; null: its own. */
  readonly contentId: number | null;
  /** The first delivery of its notification; null: itself. */
  readonly notification: number | null;
  /** Whom the address was looked up for. */
  readonly recipient: string | undefined;
  readonly now: number;
  /** Its `sendAt`, when that is still to come. */
  readonly notBefore: number | undefined;
  /** `windowKey`; undefined when it is not gathered. */
  readonly baseKey: string | undefined;
}

export function addDelivery(
  work: Work,
  { content, id, json, contentId, notification, recipient, now }: Arrival,
  message: number,
  state: number,
  reason: FailureReason | null = null,
): Delivery {
  const delivery: Delivery = {
    id,
    message,
    at: now,
    endedAt: state === 0 ? null : now,
    expiresAt: content.expiresAt ?? null,
    content: contentId,
    notification,
    recipient: recipient ?? null,
    state,
    reason,
    rank: PRIORITY_NUMBER[content.priority],
    dedupe: content.dedupeKey ?? null,
    groupKey: content.groupKey ?? null,
    json,
  };
  work.deliveries.add(delivery);
  return delivery;
}

import { type DeliveryError, type DeliveryState, type DeliveryView, type Route } from '../model/delivery.js';
import { type FailureReason } from '../model/failure.js';
import { type NotificationContent, type NotificationPriority } from '../model/notification.js';
import { type RecipientPlan, type WindowPolicy } from '../model/window.js';
import { type WindowView } from './store-records.js';

/** A delivery as a store finds it: what every store's view is made of. Times are epoch ms. */
export interface StoredDelivery {
  readonly id: string;
  readonly notificationId: string;
  readonly messageId: string;
  readonly content: Pick<NotificationContent, 'type' | 'title' | 'priority'>;
  readonly channel: string;
  readonly address: string;
  /** Whom an address was looked up for. */
  readonly recipient?: string;
  readonly state: DeliveryState;
  readonly route: Route;
  readonly attempts: number;
  readonly acceptedAt: number;
  /** When it ended on its own; undefined while it follows its message. */
  readonly endedAt?: number;
  /** Why it ended on its own, where its state does not say it. */
  readonly endReason?: FailureReason;
  /** When its message changed last. */
  readonly messageUpdatedAt: number;
  /** Of its message. */
  readonly lastError?: DeliveryError;
  readonly errors?: readonly DeliveryError[];
  /** Of its message or window. */
  readonly policy?: WindowPolicy | undefined;
  /** When its message is due, or was. */
  readonly dueAt?: number | undefined;
}

/** An open window as a store finds it. Times are epoch ms. */
interface StoredWindow {
  readonly messageId: string;
  readonly channel: string;
  readonly address: string;
  readonly type: string;
  readonly groupKey?: string;
  readonly count: number;
  readonly maxCount: number;
  readonly burst: boolean;
  readonly priority: NotificationPriority;
  readonly openedAt: number;
  readonly lastActivityAt: number;
  readonly dueAt: number;
  readonly plan?: RecipientPlan;
  readonly items: WindowView['items'];
}

/** A delivery as callers see it. */
export function viewOfDelivery(stored: StoredDelivery): DeliveryView {
  const { content, state, acceptedAt, endedAt, messageUpdatedAt, lastError, errors } = stored;
  const reason = reasonOf(stored);
  return {
    id: stored.id,
    notificationId: stored.notificationId,
    type: content.type,
    channel: stored.channel,
    to: stored.address,
    ...(stored.recipient === undefined ? {} : { recipient: stored.recipient }),
    title: content.title,
    priority: content.priority,
    state,
    route: stored.route,
    messageId: stored.messageId,
    attempts: stored.attempts,
    createdAt: iso(acceptedAt),
    updatedAt: iso(endedAt ?? Math.max(messageUpdatedAt, acceptedAt)),
    ...(state === 'delivered' ? { deliveredAt: iso(messageUpdatedAt) } : {}),
    ...(lastError === undefined ? {} : { lastError }),
    ...(errors === undefined ? {} : { errors }),
    ...(reason === undefined ? {} : { reason }),
    ...planOf(stored),
  };
}

/** An open window as callers see it. */
export function viewOfWindow({ openedAt, lastActivityAt, dueAt, ...rest }: StoredWindow): WindowView {
  return { ...rest, openedAt: iso(openedAt), lastActivityAt: iso(lastActivityAt), dueAt: iso(dueAt) };
}

function planOf({ policy, dueAt, acceptedAt }: StoredDelivery): Pick<DeliveryView, 'plan'> {
  if (policy?.plan === undefined) return {};
  const { plan, afterMs } = policy;
  return { plan: { ...plan, dueAt: iso(dueAt ?? acceptedAt), ...(afterMs === undefined ? {} : { afterMs }) } };
}

export function iso(at: number): string {
  return new Date(at).toISOString();
}

function reasonOf({ state, endReason, lastError }: StoredDelivery): FailureReason | undefined {
  switch (state) {
    case 'dead':
      return lastError?.reason ?? 'internal';
    case 'cancelled':
      return endReason ?? 'cancelled';
    case 'expired':
    case 'replaced':
      return state;
    case 'gathering':
    case 'queued':
    case 'sending':
    case 'delivered':
      return undefined;
  }
}

import { type CancelReason } from '../failure.js';
import { type NotificationContent } from '../notification.js';
import { type WindowPolicy, type WindowTimes } from '../window.js';
import { isFull } from './arrival-plan.js';
import { type CloseShape, shapeAtClose, type WindowFacts } from './closing.js';
import { withPlannedTime } from './window-times.js';

/** What the preferences of a recipient are asked about. */
export interface PlanSubject {
  /** Of the delivery. */
  readonly type: string;
  /** Of the delivery. */
  readonly channel: string;
  /** Of the delivery. */
  readonly groupKey?: string | undefined;
}

/** A delivery that waits for a recipient. */
export interface WaitingDelivery {
  /** Its id. */
  readonly deliveryId: string;
  /** Of the notification that it was accepted with. */
  readonly notificationId: string;
  /** Epoch ms. */
  readonly acceptedAt: number;
  /** What of its content decides. */
  readonly content: Pick<NotificationContent, 'type' | 'groupKey' | 'afterMs' | 'unless'>;
}

/** When a window closes by the preferences of now. */
export interface PlannedWindow {
  /** What the window gathers by from now on. */
  readonly policy: WindowPolicy;
  /** Epoch ms, never before now. */
  readonly dueAt: number;
  /** Nothing may come now. */
  readonly isHeld: boolean;
}

/** An open window of a recipient. */
export interface RecipientWindow extends WindowFacts {
  /** That its entries share. */
  readonly groupKey?: string;
}

/** The preferences of a recipient as they are now. It answers at once: a store asks it while it holds the rows. */
export interface Replanner {
  /** Why a delivery no longer comes; undefined: it does. */
  cancels(subject: PlanSubject): CancelReason | undefined;
  /** The same of a single delivery, where that is more than its type, channel and `groupKey` say. */
  cancelsDelivery?(delivery: WaitingDelivery): CancelReason | undefined;
  /**
   * When a window closes; absent: as it is planned already.
   *
   * @param types of its live entries, ≥ 1
   * @param lastAt when its newest entry was accepted, epoch ms
   */
  windowOf?(window: RecipientWindow, types: readonly string[], lastAt: number, now: number): PlannedWindow;
}

/** What a change of preferences does to a window whose entries that no longer come have been taken out. */
type PlanChange =
  | { readonly action: 'keep' }
  /** It gets another policy and other times, and closes when it is due or full by them. */
  | { readonly action: 'change'; readonly policy: WindowPolicy; readonly times: WindowTimes; readonly closes?: CloseShape };

/**
 * Plans an open window of a recipient again, from when it opened: `due = f(openedAt, preferences)`. It keeps its group: another choice of what comes
 * together holds for windows from then on.
 */
export function decidePlanChange(
  window: RecipientWindow,
  types: readonly string[],
  lastAt: number,
  replanner: Replanner,
  now: number,
): PlanChange {
  const planned = replanner.windowOf?.(window, types, lastAt, now);
  if (planned === undefined) return { action: 'keep' };
  const { groupBy, afterMs } = window.policy;
  const policy: WindowPolicy = { ...planned.policy, groupBy, ...(afterMs === undefined ? {} : { afterMs }) };
  const times = withPlannedTime(policy, window, planned.dueAt, window.notBefore);
  const closes = times.dueAt <= now || isFull({ ...window, policy }, planned.isHeld, now);
  const isSame = times.dueAt === window.dueAt && JSON.stringify(policy) === JSON.stringify(window.policy);
  if (isSame && !closes) return { action: 'keep' };
  return { action: 'change', policy, times, ...(closes ? { closes: shapeAtClose(policy, window.count) } : {}) };
}

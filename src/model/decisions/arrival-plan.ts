import { type Route } from '../delivery.js';
import { type CancelReason } from '../failure.js';
import { type NotificationContent } from '../notification.js';
import { type OpeningRule, type WindowPolicy } from '../window.js';
import { floorOf, timesAtOpening } from './window-times.js';

/** Most deliveries that a window gathers while its recipient's hours or a mute hold it: its own limit does not count then. */
const MAX_HELD_COUNT = 100_000;

/** What a recipient's preferences make of one delivery on its way in. */
export type ArrivalPlan =
  /** It is kept as `cancelled`, and nothing else happens. */
  | { readonly action: 'cancel'; readonly reason: CancelReason; readonly route: Route }
  | {
      readonly action: 'plan';
      /** Of what goes out at once. */
      readonly route: Route;
      /** Of the window to join, with its plan and its due time; undefined: it goes out at once. */
      readonly rule?: OpeningRule | undefined;
      /** Kept with what goes out at once. */
      readonly direct: WindowPolicy;
      /** Nothing may come now, so that no window closes because it is full. */
      readonly isHeld: boolean;
      /** It waits apart from the rest of its group: with what has the same name. */
      readonly alone?: string | undefined;
      /** Until when it restarts the quiet period of a window that opened at `openedAt`, epoch ms; absent where windows do not slide. */
      readonly restartsUntil?: ((openedAt: number) => number) | undefined;
    };

/** What a store needs to know of an acceptance for one of its addresses. */
export interface PlannedArrival {
  readonly route: Route;
  readonly rule: OpeningRule | undefined;
  readonly direct?: WindowPolicy | undefined;
  readonly isHeld: boolean;
  readonly alone?: string | undefined;
  readonly restartsUntil?: ((openedAt: number) => number) | undefined;
  /** It ends at once. */
  readonly cancelled?: CancelReason;
}

/** An acceptance, as far as it is planned. */
interface Planned extends Partial<OpeningRule> {
  readonly route: Route;
  readonly plans?: readonly (ArrivalPlan | undefined)[];
  readonly content: Pick<NotificationContent, 'sendAt' | 'afterMs'>;
}

/** What holds for an address of an acceptance: the plan of its recipient, else the acceptance's own rule. */
export function arrivalAt(planned: Planned, index: number, now: number): PlannedArrival {
  const { route, policy, dueAtIfOpened, plans, content } = planned;
  const plan = plans?.[index];
  if (plan === undefined) return { route, ...delayed(policy && { policy, dueAtIfOpened }, content, now), isHeld: false };
  if (plan.action === 'cancel') return { route: plan.route, rule: undefined, isHeld: false, cancelled: plan.reason };
  const { rule, direct, isHeld, alone, restartsUntil } = plan;
  return { route: plan.route, rule, direct, isHeld, alone, restartsUntil };
}

/** Whether a window with so many deliveries closes. No count closes it before it may close at all. */
export function isFull(
  window: {
    readonly policy: WindowPolicy;
    readonly count: number;
    readonly openedAt: number;
    readonly notBefore?: number | undefined;
  },
  isHeld: boolean,
  now: number,
): boolean {
  return window.count >= (isHeld || now < floorOf(window) ? MAX_HELD_COUNT : window.policy.maxCount);
}

/** When a delivery that is not gathered may be sent, epoch ms: now, at its `sendAt`, or its `afterMs` later. */
export function readyAtOf(
  { sendAt = -Infinity, afterMs = 0 }: Pick<NotificationContent, 'sendAt' | 'afterMs'>,
  now: number,
): number {
  return Math.max(now, sendAt) + afterMs;
}

/** Tells windows that wait for being read elsewhere from those of their group that do not. */
export function delayedName(afterMs: number): string {
  return `after ${afterMs}`;
}

/** The rule of what comes only later: nothing of it leads, no burst holds it, and it gathers apart when the window would close before. */
function delayed(
  rule: OpeningRule | undefined,
  { afterMs, sendAt }: Pick<NotificationContent, 'sendAt' | 'afterMs'>,
  now: number,
): Pick<PlannedArrival, 'rule' | 'alone'> {
  if (afterMs === undefined || rule === undefined) return { rule };
  if (rule.policy.burst === true) return { rule: undefined };
  const notBefore = sendAt !== undefined && sendAt > now ? sendAt : undefined;
  const policy = { ...rule.policy, leadingCount: 0, afterMs };
  const isLater = timesAtOpening(rule, now, notBefore).plannedAt < floorOf({ policy, openedAt: now, notBefore });
  return { rule: { ...rule, policy }, ...(isLater ? { alone: delayedName(afterMs) } : {}) };
}

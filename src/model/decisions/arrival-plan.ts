import { type Route } from '../delivery.js';
import { type CancelReason } from '../failure.js';
import { type OpeningRule, type WindowPolicy } from '../window.js';

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
      /** It waits in its own window, by this name. */
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
}

/** What holds for an address of an acceptance: the plan of its recipient, else the acceptance's own rule. */
export function arrivalAt({ route, policy, dueAtIfOpened, plans }: Planned, index: number): PlannedArrival {
  const plan = plans?.[index];
  if (plan === undefined) return { route, rule: policy && { policy, dueAtIfOpened }, isHeld: false };
  if (plan.action === 'cancel') return { route: plan.route, rule: undefined, isHeld: false, cancelled: plan.reason };
  const { rule, direct, isHeld, alone, restartsUntil } = plan;
  return { route: plan.route, rule, direct, isHeld, alone, restartsUntil };
}

/** Whether a window with so many deliveries closes. */
export function isFull({ maxCount }: WindowPolicy, count: number, isHeld: boolean): boolean {
  return count >= (isHeld ? MAX_HELD_COUNT : maxCount);
}

import { type OpeningRule, type WindowPolicy, type WindowTimes } from '../window.js';
import { timesAtOpening } from './window-times.js';

/** What went out at once instead of being gathered, and until when that counts. */
export interface Allowance {
  /** Deliveries that went out, ≥ 1. */
  readonly sent: number;
  /** Epoch ms; from then on the next one goes out at once again. */
  readonly until: number;
}

/** One delivery on its way in. */
interface ArrivalFacts {
  /** Epoch ms. */
  readonly now: number;
  /** Its `sendAt`, when that is still to come. */
  readonly notBefore: number | undefined;
  readonly expiresAt: number | undefined;
}

/** What the store found under the arrival's keys (see `windowKey` and `allowanceKey`); all undefined where nothing is gathered. */
interface GroupFacts<Window> {
  /** The open window of its group; one that was due has been closed before. */
  readonly window: Window | undefined;
  readonly allowance: Allowance | undefined;
}

type ArrivalDecision<Window> =
  /** It had expired when it came: it is kept as `expired`, and nothing else happens. */
  | { readonly action: 'expire' }
  /** It goes out in its own message. */
  | { readonly action: 'send' }
  /** The same, and it counts. */
  | { readonly action: 'lead'; readonly policy: WindowPolicy; readonly allowance: Allowance }
  /** It opens a window and joins it, after what is queued of its burst when `gathersQueued`. */
  | { readonly action: 'open'; readonly policy: WindowPolicy; readonly times: WindowTimes; readonly gathersQueued: boolean }
  | { readonly action: 'join'; readonly window: Window };

/**
 * Where a delivery goes.
 *
 * @param rule of the window that it gathers in; undefined when it is not gathered
 */
export function decideArrival<Window>(
  rule: OpeningRule | undefined,
  { window, allowance }: GroupFacts<Window>,
  { now, notBefore, expiresAt }: ArrivalFacts,
): ArrivalDecision<Window> {
  if (expiresAt !== undefined && expiresAt <= now) return { action: 'expire' };
  if (rule === undefined) return { action: 'send' };
  const { policy } = rule;
  // What has a `sendAt` is neither counted nor held by a burst limit.
  if (policy.burst === true && notBefore !== undefined) return { action: 'send' };
  if (window !== undefined) return { action: 'join', window };
  if (policy.leadingCount === 0 || notBefore !== undefined) {
    return { action: 'open', policy, times: timesAtOpening(rule, now, notBefore), gathersQueued: false };
  }
  if (allowance === undefined || allowance.until <= now) {
    return { action: 'lead', policy, allowance: { sent: 1, until: timesAtOpening(rule, now).plannedAt } };
  }
  if (allowance.sent < policy.leadingCount) {
    return { action: 'lead', policy, allowance: { until: allowance.until, sent: allowance.sent + 1 } };
  }
  const times = timesAtOpening(rule, now, undefined, allowance.until);
  return { action: 'open', policy, times, gathersQueued: policy.burst === true };
}

import { MAX_WINDOW_COUNT } from '../config/limits.js';
import { type Frequency } from '../model/recipient.js';
import { type OpeningRule, type RecipientPlan, type WindowPolicy } from '../model/window.js';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const WINDOW_MS = { immediate: 1, default: 1, hourly: HOUR_MS, daily: DAY_MS, weekly: 7 * DAY_MS } as const;
const RENDER_LIMIT = 50;

/** Window policies that were made: equal ones are one object, so that a store numbers them once. */
const MAX_KNOWN = 10_000;

/** Makes the window policies of recipients' messages. */
export class PlannedPolicies {
  private readonly known = new Map<string, WindowPolicy>();

  /** Of what goes out at once. */
  direct(plan: RecipientPlan): WindowPolicy {
    return this.same({ ...gatheringBy(plan.frequency), plan });
  }

  /**
   * Of a window.
   *
   * @param rule of the application, where the plan leaves it to that
   * @param isHeld nothing may come now: what the rule lets go out at once waits too
   * @param afterMs see `WindowPolicy`
   */
  window(plan: RecipientPlan, rule: OpeningRule | undefined, isHeld: boolean, afterMs?: number): WindowPolicy {
    const base = rule === undefined || (isHeld && rule.policy.burst === true) ? gatheringBy(plan.frequency) : rule.policy;
    const waits = isHeld || afterMs !== undefined;
    return this.same({ ...base, ...(waits ? { leadingCount: 0 } : {}), ...(afterMs === undefined ? {} : { afterMs }), plan });
  }

  private same(policy: WindowPolicy): WindowPolicy {
    const key = JSON.stringify(policy);
    const known = this.known.get(key);
    if (known !== undefined) return known;
    if (this.known.size >= MAX_KNOWN) this.known.clear();
    this.known.set(key, policy);
    return policy;
  }
}

/** A window that gathers all that comes until it is due. */
function gatheringBy(frequency: Exclude<Frequency, 'off'>): WindowPolicy {
  const windowMs = typeof frequency === 'string' ? WINDOW_MS[frequency] : 'windowMs' in frequency ? frequency.windowMs : DAY_MS;
  return {
    mode: 'fixed',
    windowMs,
    maxCount: MAX_WINDOW_COUNT,
    maxWaitMs: windowMs,
    leadingCount: 0,
    minCount: 1,
    groupBy: 'type',
    render: { limit: RENDER_LIMIT, keep: 'priority' },
  };
}

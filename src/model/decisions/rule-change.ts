import { type OpeningRule, type WindowPolicy, type WindowTimes } from '../window.js';
import { type CloseShape, shapeAtClose, type WindowFacts } from './closing.js';
import { isFull } from './arrival-plan.js';
import { timesByRule } from './window-times.js';

/** What the rules of now do to a window that is open. */
type RuleChange =
  | { readonly action: 'keep' }
  | { readonly action: 'close'; readonly shape: CloseShape }
  /** It stays open by another policy, unless that one says that it is full or due: then it closes in `closes`. */
  | { readonly action: 'change'; readonly policy: WindowPolicy; readonly times: WindowTimes; readonly closes?: CloseShape };

/**
 * Applies the rules of now to an open window, as if it had been opened by them. What it groups by stays. A burst's window and an
 * ordinary one do not turn into each other: what a rule no longer gathers is sent, each delivery on its own.
 *
 * @param lastAt when its newest entry was accepted, epoch ms
 */
export function decideRuleChange(window: WindowFacts, lastAt: number, rule: OpeningRule | undefined, now: number): RuleChange {
  // A recipient's window follows their preferences, which are planned again on their own.
  if (window.policy.plan !== undefined) return { action: 'keep' };
  if (rule === undefined || rule.policy.burst !== window.policy.burst) return { action: 'close', shape: 'individual' };
  const { groupBy, afterMs } = window.policy;
  const policy: WindowPolicy = { ...rule.policy, groupBy, ...(afterMs === undefined ? {} : { afterMs, leadingCount: 0 }) };
  if (JSON.stringify(policy) === JSON.stringify(window.policy)) return { action: 'keep' };
  const times = timesByRule({ ...rule, policy }, window, lastAt, window.notBefore);
  const closes = isFull({ ...window, policy }, false, now) || times.dueAt <= now;
  return { action: 'change', policy, times, ...(closes ? { closes: shapeAtClose(policy, window.count) } : {}) };
}

import { type OpeningRule, replannedDueAt, type WindowPolicy } from '../window.js';
import { type CloseShape, shapeAtClose, type WindowFacts } from './closing.js';

/** What the rules of now do to a window that is open. */
export type RuleChange =
  | { readonly action: 'keep' }
  | { readonly action: 'close'; readonly shape: CloseShape }
  /** It stays open by another policy, unless that one says that it is full or due: then it closes in `closes`. */
  | { readonly action: 'change'; readonly policy: WindowPolicy; readonly dueAt: number; readonly closes?: CloseShape };

/**
 * Applies the rules of now to an open window, as if it had been opened by them. What it groups by stays. A burst's window and an
 * ordinary one do not turn into each other: what a rule no longer gathers is sent, each delivery on its own.
 *
 * @param lastAt when its newest entry was accepted, epoch ms
 */
export function decideRuleChange(window: WindowFacts, lastAt: number, rule: OpeningRule | undefined, now: number): RuleChange {
  const { count, openedAt, notBefore } = window;
  if (rule === undefined || rule.policy.brake !== window.policy.brake) {
    return { action: 'close', shape: count === 0 ? 'nothing' : 'each' };
  }
  const policy: WindowPolicy = { ...rule.policy, groupBy: window.policy.groupBy };
  if (JSON.stringify(policy) === JSON.stringify(window.policy)) return { action: 'keep' };
  const dueAt = replannedDueAt(policy, openedAt, lastAt, rule.dueAtIfOpened, notBefore);
  const closes = count >= policy.maxCount || dueAt <= now;
  return { action: 'change', policy, dueAt, ...(closes ? { closes: shapeAtClose(policy, count) } : {}) };
}

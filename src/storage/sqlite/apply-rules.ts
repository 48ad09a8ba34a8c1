import { decideRuleChange } from '../../model/decisions/rule-change.js';
import { rememberLike } from '../../model/decisions/window-key.js';
import { type OpeningRules, type WindowPolicy, type WindowTimes } from '../../model/window.js';
import { type ApplyRulesReport, type ClosedWindow, type Slice, type Sliced } from '../notification-store.js';
import { closeAs } from './close.js';
import { contentOf } from './content.js';
import { rowsToClose, windowSlice } from './flush.js';
import { type Ledger } from './ledger.js';
import { type OpenWindow } from './open-windows.js';
import { setTimes } from './window-entries.js';

/** Applies the rules of now to open windows. */
export function applyRules(ledger: Ledger, rules: OpeningRules, slice: Slice): Sliced<ApplyRulesReport> {
  const { now } = slice;
  const closed: ClosedWindow[] = [];
  let changed = 0;
  let unchanged = 0;
  const rowsOf = (window: OpenWindow): number =>
    rules(window.type, window.channel, window.openedAt) === undefined ? 1 + window.count : rowsToClose(window);
  const { windows, next } = windowSlice(ledger, slice, () => true, rowsOf);
  for (const window of windows) {
    const lastAt = ledger.delivery(window.tail)?.at ?? window.openedAt;
    const change = decideRuleChange(window, lastAt, rules(window.type, window.channel, window.openedAt), now);
    switch (change.action) {
      case 'keep':
        unchanged++;
        break;
      case 'close':
        closed.push(closeAs(ledger, window, change.shape, 'rules_changed', now));
        break;
      case 'change':
        changeWindow(ledger, window, change.policy, change.times);
        if (change.closes === undefined) changed++;
        else closed.push(closeAs(ledger, window, change.closes, 'rules_changed', now));
    }
  }
  return { closed, changed, unchanged, ...next };
}

/** Gives an open window another policy and other times. */
export function changeWindow(ledger: Ledger, window: OpenWindow, policy: WindowPolicy, times: WindowTimes): void {
  ledger.windows.applyPolicy(window, policy);
  const first = policy.similarity === undefined ? undefined : ledger.message(window.id)?.first;
  const opener = first === undefined ? undefined : ledger.delivery(first);
  if (opener !== undefined) rememberLike(String(window.id), window.key, contentOf(opener), policy, ledger.windows.likeness);
  ledger.db
    .sql('UPDATE message SET policy = ?, due_at = ? WHERE id = ?')
    .run(ledger.policyId(policy), times.plannedAt, window.id);
  setTimes(ledger, window, times);
}

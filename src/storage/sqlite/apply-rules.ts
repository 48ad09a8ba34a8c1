import { decideRuleChange } from '../../model/decisions/rule-change.js';
import { rememberLike } from '../../model/decisions/window-key.js';
import { type OpeningRules, type WindowPolicy, type WindowTimes } from '../../model/window.js';
import { type ApplyRulesReport, type ClosedWindow, type Slice, type Sliced } from '../notification-store.js';
import { closeAs } from './close.js';
import { contentOf } from './content.js';
import { rowsToClose, windowSlice } from './flush.js';
import { type StoreState } from './store-state.js';
import { type OpenWindow } from './open-windows.js';
import { setTimes } from './window-entries.js';

/** Applies the rules of now to open windows. */
export function applyRules(store: StoreState, rules: OpeningRules, slice: Slice): Sliced<ApplyRulesReport> {
  const { now } = slice;
  const closed: ClosedWindow[] = [];
  let changed = 0;
  let unchanged = 0;
  const rowsOf = (window: OpenWindow): number =>
    rules(window.type, window.channel, window.openedAt) === undefined ? 1 + window.count : rowsToClose(window);
  const { windows, next } = windowSlice(store, slice, () => true, rowsOf);
  for (const window of windows) {
    const lastAt = store.delivery(window.tail)?.at ?? window.openedAt;
    const change = decideRuleChange(window, lastAt, rules(window.type, window.channel, window.openedAt), now);
    switch (change.action) {
      case 'keep':
        unchanged++;
        break;
      case 'close':
        closed.push(closeAs(store, window, change.shape, 'rules_changed', now));
        break;
      case 'change':
        changeWindow(store, window, change.policy, change.times);
        if (change.closes === undefined) changed++;
        else closed.push(closeAs(store, window, change.closes, 'rules_changed', now));
    }
  }
  return { closed, changed, unchanged, ...next };
}

/** Gives an open window another policy and other times. */
export function changeWindow(store: StoreState, window: OpenWindow, policy: WindowPolicy, times: WindowTimes): void {
  store.windows.applyPolicy(window, policy);
  const first = policy.similarity === undefined ? undefined : store.message(window.id)?.first;
  const opener = first === undefined ? undefined : store.delivery(first);
  if (opener !== undefined)
    rememberLike(String(window.id), window.key, contentOf(opener), policy, store.windows.similarityGroups);
  store.db.sql('UPDATE message SET policy = ?, due_at = ? WHERE id = ?').run(store.policyId(policy), times.plannedAt, window.id);
  setTimes(store, window, times);
}

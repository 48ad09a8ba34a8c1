import { decideRuleChange } from '../../model/decisions/rule-change.js';
import { type OpeningRules, type WindowPolicy, type WindowTimes } from '../../model/window.js';
import { type ClosedWindow, type ReplanReport } from '../notification-store.js';
import { rememberLike } from '../../model/decisions/window-key.js';
import { closeAs } from './close.js';
import { contentOf } from './content.js';
import { type Ledger } from './ledger.js';
import { type OpenWindow } from './open-windows.js';
import { setTimes } from './window-entries.js';

/** Applies the rules of now to every open window. */
export function replan(ledger: Ledger, rules: OpeningRules, now: number): ReplanReport {
  const closed: ClosedWindow[] = [];
  let changed = 0;
  let unchanged = 0;
  for (const window of [...ledger.windows.all()]) {
    const lastAt = ledger.delivery(window.tail)?.at ?? window.openedAt;
    const change = decideRuleChange(window, lastAt, rules(window.type, window.channel, window.openedAt), now);
    switch (change.action) {
      case 'keep':
        unchanged++;
        break;
      case 'close':
        closed.push(closeAs(ledger, window, change.shape, 'replan', now));
        break;
      case 'change':
        apply(ledger, window, change.policy, change.times);
        if (change.closes === undefined) changed++;
        else closed.push(closeAs(ledger, window, change.closes, 'replan', now));
    }
  }
  return { closed, changed, unchanged };
}

function apply(ledger: Ledger, window: OpenWindow, policy: WindowPolicy, times: WindowTimes): void {
  ledger.windows.replan(window, policy);
  const first = policy.similarity === undefined ? undefined : ledger.message(window.id)?.first;
  const opener = first === undefined ? undefined : ledger.delivery(first);
  if (opener !== undefined) rememberLike(String(window.id), window.key, contentOf(opener), policy, ledger.windows.likeness);
  ledger.db
    .sql('UPDATE message SET policy = ?, due_at = ? WHERE id = ?')
    .run(ledger.policyId(policy), times.plannedAt, window.id);
  setTimes(ledger, window, times);
}

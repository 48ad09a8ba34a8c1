import { replannedDueAt, type WindowPolicy } from '../../model/window.js';
import { type ClosedWindow, type ReplanReport } from '../notification-store.js';
import { closeAs, closeWindow } from './close.js';
import { rememberLike } from '../window-key.js';
import { contentOf, type Ledger } from './ledger.js';
import { DUE } from './number-heap.js';
import { type OpenWindow } from './open-windows.js';

/** Gives every open window the policy that its type and channel have now. */
export function replan(
  ledger: Ledger,
  policyOf: (type: string, channel: string) => WindowPolicy | undefined,
  now: number,
): ReplanReport {
  const closed: ClosedWindow[] = [];
  let changed = 0;
  let unchanged = 0;
  for (const window of [...ledger.windows.all()]) {
    const found = policyOf(window.type, window.channel);
    // A brake's window and an ordinary one do not turn into each other: what a rule no longer gathers is sent on.
    if (found === undefined || found.brake !== window.policy.brake) {
      closed.push(closeAs(ledger, window, window.count === 0 ? 'nothing' : 'each', 'replan', now));
      continue;
    }
    const policy: WindowPolicy = { ...found, groupBy: window.policy.groupBy };
    if (JSON.stringify(policy) === JSON.stringify(window.policy)) {
      unchanged++;
      continue;
    }
    apply(ledger, window, policy);
    if (window.count >= policy.maxCount || window.dueAt <= now) closed.push(closeWindow(ledger, window, 'replan', now));
    else changed++;
  }
  return { closed, changed, unchanged };
}

function apply(ledger: Ledger, window: OpenWindow, policy: WindowPolicy): void {
  const lastAt = ledger.delivery(window.tail)?.at ?? window.openedAt;
  ledger.windows.replan(window, policy);
  const first = policy.similarity === undefined ? undefined : ledger.message(window.id)?.first;
  const opener = first === undefined ? undefined : ledger.delivery(first);
  if (opener !== undefined) rememberLike(window.key, contentOf(opener), policy, ledger.windows.likeness);
  window.dueAt = replannedDueAt(policy, window.openedAt, lastAt, ledger.options.nextOccurrence, window.notBefore);
  ledger.db.sql('UPDATE message SET policy = ?, due_at = ? WHERE id = ?').run(ledger.policyId(policy), window.dueAt, window.id);
  ledger.due.push(window.dueAt, window.id, DUE.window);
}

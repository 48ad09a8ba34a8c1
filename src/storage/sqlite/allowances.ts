import { type Allowance } from '../../model/decisions/arrival.js';
import { rememberLike } from '../../model/decisions/window-key.js';
import { type NotificationContent } from '../../model/notification.js';
import { type WindowPolicy } from '../../model/window.js';
import { contentOf } from './content.js';
import { type Ledger } from './ledger.js';
import { DUE } from './number-heap.js';

/** Keeps what went out at once under a key; the row lapses when it no longer counts. */
export function keepAllowance(
  ledger: Ledger,
  key: string,
  allowance: Allowance,
  opener: { readonly id: number; readonly content: NotificationContent },
  policy: WindowPolicy,
): void {
  const known = ledger.allowances.get(key);
  if (known !== undefined && known.until === allowance.until) {
    ledger.db.sql('UPDATE allowance SET sent = ? WHERE id = ?').run(allowance.sent, known.id);
    ledger.allowances.set(key, { ...known, ...allowance });
    return;
  }
  if (known !== undefined) lapse(ledger, known.id);
  const id = ledger.nextAllowance++;
  ledger.db
    .sql('INSERT INTO allowance (id, key, sent, until, opener, policy) VALUES (?, ?, ?, ?, ?, ?)')
    .run(id, key, allowance.sent, allowance.until, opener.id, ledger.policyId(policy));
  ledger.allowances.set(key, { ...allowance, id });
  ledger.due.push(allowance.until, id, DUE.allowance);
  rememberLike(likeId(id), key, opener.content, policy, ledger.windows.likeness);
}

/** Forgets an allowance that no longer counts. */
export function lapse(ledger: Ledger, id: number): void {
  const key = ledger.db.sql('SELECT key FROM allowance WHERE id = ?').get(id)?.['key'];
  if (key === undefined) return;
  ledger.db.sql('DELETE FROM allowance WHERE id = ?').run(id);
  if (ledger.allowances.get(String(key))?.id === id) ledger.allowances.delete(String(key));
  ledger.windows.likeness.remove(likeId(id));
}

/** Reads one row, with the content that its group of like ones began with. */
export function loadAllowance(ledger: Ledger, row: Readonly<Record<string, unknown>>): void {
  const [id, key, until] = [Number(row['id']), String(row['key']), Number(row['until'])];
  ledger.allowances.set(key, { id, sent: Number(row['sent']), until });
  ledger.due.push(until, id, DUE.allowance);
  const policy = ledger.policy(Number(row['policy']));
  const opener = policy?.similarity === undefined ? undefined : ledger.delivery(Number(row['opener']));
  if (policy !== undefined && opener !== undefined) {
    rememberLike(likeId(id), key, contentOf(opener), policy, ledger.windows.likeness);
  }
}

function likeId(id: number): string {
  return `allowance ${id}`;
}

import { type Allowance } from '../../model/decisions/arrival.js';
import { rememberLike } from '../../model/decisions/window-key.js';
import { type NotificationContent } from '../../model/notification.js';
import { type WindowPolicy } from '../../model/window.js';
import { contentOf } from './content.js';
import { type StoreState } from './store-state.js';
import { DUE } from './number-heap.js';

/** Keeps what went out at once under a key; the row lapses when it no longer counts. */
export function keepAllowance(
  store: StoreState,
  key: string,
  allowance: Allowance,
  opener: { readonly id: number; readonly content: NotificationContent },
  policy: WindowPolicy,
): void {
  const known = store.allowances.get(key);
  if (known !== undefined && known.until === allowance.until) {
    store.db.sql('UPDATE allowance SET sent = ? WHERE id = ?').run(allowance.sent, known.id);
    store.allowances.set(key, { ...known, ...allowance });
    return;
  }
  if (known !== undefined) lapse(store, known.id);
  const id = store.nextAllowance++;
  store.db
    .sql('INSERT INTO allowance (id, key, sent, until, opener, policy) VALUES (?, ?, ?, ?, ?, ?)')
    .run(id, key, allowance.sent, allowance.until, opener.id, store.policyId(policy));
  store.allowances.set(key, { ...allowance, id });
  store.due.push(allowance.until, id, DUE.allowance);
  rememberLike(likeId(id), key, opener.content, policy, store.windows.similarityGroups);
}

/** Forgets an allowance that no longer counts. */
export function lapse(store: StoreState, id: number): void {
  const key = store.db.sql('SELECT key FROM allowance WHERE id = ?').get(id)?.['key'];
  if (key === undefined) return;
  store.db.sql('DELETE FROM allowance WHERE id = ?').run(id);
  if (store.allowances.get(String(key))?.id === id) store.allowances.delete(String(key));
  store.windows.similarityGroups.remove(likeId(id));
}

/** Reads one row, with the content that its group of like ones began with. */
export function loadAllowance(store: StoreState, row: Readonly<Record<string, unknown>>): void {
  const [id, key, until] = [Number(row['id']), String(row['key']), Number(row['until'])];
  store.allowances.set(key, { id, sent: Number(row['sent']), until });
  store.due.push(until, id, DUE.allowance);
  const policy = store.policy(Number(row['policy']));
  const opener = policy?.similarity === undefined ? undefined : store.delivery(Number(row['opener']));
  if (policy !== undefined && opener !== undefined) {
    rememberLike(likeId(id), key, contentOf(opener), policy, store.windows.similarityGroups);
  }
}

function likeId(id: number): string {
  return `allowance ${id}`;
}

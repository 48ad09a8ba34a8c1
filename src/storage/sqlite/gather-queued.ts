import { DELIVERY_STATES, ROUTES } from '../../model/delivery.js';
import { windowKey } from '../window-key.js';
import { moveTo, releaseLive } from './chain.js';
import { contentOf, typeOf } from './content.js';
import { type Ledger } from './ledger.js';
import { endMessage } from './message-row.js';
import { type OpenWindow } from './open-windows.js';
import { type MessageRow } from './rows.js';
import { MESSAGE_STATE } from './schema.js';

const REPLACED = DELIVERY_STATES.indexOf('replaced');
const AGGREGATE = ROUTES.indexOf('aggregate');

/**
 * Takes into a storm brake's window, before its first entry, what the brake let pass and is still queued. Their ids are lower
 * than that of every entry to come, so the chain stays in order.
 */
export function gatherQueued(ledger: Ledger, window: OpenWindow, now: number): void {
  const rows = ledger.db
    .sql(
      'SELECT * FROM message WHERE address = ? AND channel = ? AND state = ? AND attempts = 0 AND reason IS NULL AND policy = ? ORDER BY id',
    )
    .all(window.address, window.channel, MESSAGE_STATE.queued, ledger.policyId(window.policy));
  const gathered = rows
    .map((raw) => raw as unknown as MessageRow)
    .filter((row) => !ledger.sending.has(row.id) && belongs(ledger, window, row, now))
    .flatMap((row) => {
      ledger.unqueue(row);
      const live = releaseLive(ledger, row.id, row.tail).map((entry) => ({ entry, from: row }));
      endMessage(ledger, row.id, now);
      return live;
    })
    .sort((a, b) => a.entry.id - b.entry.id);
  const [first] = gathered;
  if (first !== undefined) {
    ledger.db.sql('UPDATE message SET first = min(first, ?) WHERE id = ?').run(first.entry.id, window.id);
  }
  for (const { entry, from } of gathered) {
    const type = typeOf(entry, from);
    moveTo(ledger, entry.id, window.id, window.tail);
    window.tail = entry.id;
    ledger.counters.add(window.channel, type, from.route, 'queued', -1);
    ledger.counters.add(window.channel, type, AGGREGATE, 'gathering', 1);
    addTo(ledger, window, type, entry.priority);
    const older = entry.dedupe === null ? undefined : window.dedupe?.get(entry.dedupe);
    if (entry.dedupe !== null) ledger.windows.dedupeOf(window).set(entry.dedupe, entry.id);
    if (older === undefined) {
      window.count++;
      ledger.windows.items++;
    } else {
      replace(ledger, window, older, now);
    }
  }
}

/** What would gather with it: of the same keys, and not still to come. One that was only put off for a while is not that. */
function belongs(ledger: Ledger, { key, address, policy }: OpenWindow, { id, tail }: MessageRow, now: number): boolean {
  const contents = ledger.entries(id, tail).map(contentOf);
  if (ledger.scheduled.has(id) && contents.some(({ sendAt }) => (sendAt ?? 0) > now)) return false;
  return contents.every((content) => windowKey(content, address, policy) === key);
}

/** Ends an entry in favour of a newer one with its dedupe key. */
export function replace(ledger: Ledger, window: OpenWindow, older: number, now: number): void {
  const row = ledger.delivery(older);
  if (row === undefined) return;
  ledger.db.sql('UPDATE delivery SET state = ?, ended_at = ? WHERE id = ?').run(REPLACED, now, older);
  if (row.priority === window.priority) window.vague = true;
  ledger.counters.move(window.channel, typeOf(row, window), AGGREGATE, 'gathering', 'replaced', 1);
}

/** What an entry's type and priority make of its window. */
export function addTo(ledger: Ledger, window: OpenWindow, type: string, priority: number): void {
  window.priority = Math.min(window.priority, priority);
  if (type === window.type || window.mixed) return;
  window.mixed = true;
  ledger.db.sql('UPDATE message SET mixed = 1 WHERE id = ?').run(window.id);
}

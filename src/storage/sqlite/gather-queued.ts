import { windowKey } from '../../model/decisions/window-key.js';
import { moveTo, releaseLive } from './chain.js';
import { contentOf, typeOf } from './content.js';
import { type Ledger } from './ledger.js';
import { endMessage } from './message-row.js';
import { type OpenWindow } from './open-windows.js';
import { type MessageRow } from './rows.js';
import { MESSAGE_STATE } from './schema.js';
import { joinWindow } from './window-entries.js';

/**
 * Takes into the window of a burst, before its first entry, what went out at once and is still queued. Their ids are lower
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
    .filter((row) => !ledger.claims.has(row.id) && belongs(ledger, window, row))
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
    ledger.counters.add(window.channel, type, from.route, 'queued', -1);
    joinWindow(ledger, window, { ...entry, type }, now);
  }
}

/** What would gather with it. What has a `sendAt` has no policy of a burst limit. */
function belongs(ledger: Ledger, { key, address, policy }: OpenWindow, { id, tail }: MessageRow): boolean {
  return ledger.entries(id, tail).every((entry) => windowKey(contentOf(entry), address, policy) === key);
}

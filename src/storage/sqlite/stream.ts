import { type StreamedMessage } from '../notification-store.js';
import { messageOf } from './claim.js';
import { type Ledger } from './ledger.js';
import { type MessageRow } from './rows.js';

/** Delivered messages of an address after a place in its stream, the least first. */
export function streamOf(ledger: Ledger, channel: string, address: string, after: number, limit: number): StreamedMessage[] {
  const rows = ledger.db
    .sql('SELECT * FROM message WHERE address = ? AND sequence > ? AND channel = ? ORDER BY sequence LIMIT ?')
    .all(address, after, channel, limit);
  return rows.map((raw) => {
    const row = raw as unknown as MessageRow;
    return { sequence: row.sequence ?? 0, message: messageOf(ledger, row, ledger.entries(row.id, row.tail)) };
  });
}

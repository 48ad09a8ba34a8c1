import { type DeliveryView } from '../../model/delivery.js';
import { type DeliveryQuery, type Page } from '../notification-store.js';
import { badCursor, pageLimit } from '../page.js';
import { type Ledger } from './ledger.js';
import { deliveryView } from './views.js';

/** The deliveries of an address, newest first. The cursor is the last one shown. */
export function deliveryPage(ledger: Ledger, { address, channel, limit, cursor }: DeliveryQuery): Page<DeliveryView> {
  const before = cursor === undefined ? Number.MAX_SAFE_INTEGER : ledger.privateId('d', cursor);
  if (before === 0) throw badCursor(cursor ?? '');
  const most = pageLimit(limit);
  const open = [...ledger.windows.all()].filter((window) => window.address === address);
  const ids = ledger.db
    .sql('SELECT id, tail FROM message WHERE address = ? AND (?2 IS NULL OR channel = ?2) ORDER BY id DESC')
    .all(address, channel ?? null)
    .flatMap((row) => {
      const tail = open.find(({ id }) => id === row['id'])?.tail ?? Number(row['tail']);
      return chain(ledger, Number(row['id']), tail);
    })
    .filter((id) => id < before)
    .sort((a, b) => b - a);
  const items = ids.slice(0, most).flatMap((id) => {
    const entry = ledger.delivery(id);
    const row = entry === undefined ? undefined : ledger.message(entry.message);
    return entry === undefined || row === undefined ? [] : [deliveryView(ledger, entry, row)];
  });
  const last = items.at(-1);
  return { items, ...(last !== undefined && ids.length > most ? { next: last.id } : {}) };
}

function chain(ledger: Ledger, message: number, tail: number): number[] {
  const ids: number[] = [];
  const select = ledger.db.sql('SELECT message, prev FROM delivery WHERE id = ?');
  for (let id = tail; id !== 0;) {
    const row = select.get(id);
    if (row === undefined) break;
    if (row['message'] === message) ids.push(id);
    id = Number(row['prev']);
  }
  return ids;
}

import { type AddressLoad, type Page, type PageRequest } from '../notification-store.js';
import { badCursor, ROWS_PER_PAGE } from '../page.js';
import { type StoreState } from './store-state.js';
import { MESSAGE_STATE } from './schema.js';

/** Where a page goes on: behind a message of an address. */
interface Place {
  readonly address: string;
  readonly message: number;
}

/**
 * What the addresses of a channel got, in the order of the addresses, with at most `ROWS_PER_PAGE` rows read: the last address may be
 * a part, which the next page goes on with. The cursor is a message and its address.
 */
export function addressLoads(store: StoreState, channel: string, { cursor }: PageRequest): Page<AddressLoad> {
  const items: AddressLoad[] = [];
  let left = ROWS_PER_PAGE;
  let place: Place | undefined = cursor === undefined ? { address: '', message: 0 } : placeOf(cursor);
  while (place !== undefined && left > 0) {
    const rows = rowsBehind(store, channel, place, left);
    left -= Math.max(1, rows.length);
    if (rows.length > 0) items.push(loadOf(store, place.address, rows));
    const last = rows.at(-1);
    if (left <= 0 && last !== undefined)
      return { items, next: cursorOf({ address: place.address, message: Number(last['id']) }) };
    place = addressBehind(store, place.address);
  }
  return { items, ...(place === undefined ? {} : { next: cursorOf(place) }) };
}

function rowsBehind({ db }: StoreState, channel: string, { address, message }: Place, limit: number) {
  return db
    .sql('SELECT id, state, count, updated_at FROM message WHERE address = ? AND channel = ? AND id > ? ORDER BY id LIMIT ?')
    .all(address, channel, message, limit);
}

/** The next address, of any channel: those of others are looked at too, and count. */
function addressBehind({ db }: StoreState, address: string): Place | undefined {
  const row = db.sql('SELECT address FROM message WHERE address > ? ORDER BY address LIMIT 1').get(address);
  return row === undefined ? undefined : { address: String(row['address']), message: 0 };
}

function loadOf(store: StoreState, address: string, rows: ReturnType<typeof rowsBehind>): AddressLoad {
  let [messages, deliveries, pending, lastActivityAt] = [0, 0, 0, 0];
  for (const { id, state, count, updated_at: updatedAt } of rows) {
    const held = store.windows.byMessage(Number(id))?.count ?? Number(count);
    if (held > 0) messages++;
    deliveries += held;
    if (Number(state) < MESSAGE_STATE.delivered) pending += held;
    lastActivityAt = Math.max(lastActivityAt, Number(updatedAt));
  }
  return { address, messages, deliveries, pending, lastActivityAt };
}

function cursorOf({ address, message }: Place): string {
  return `${message}.${Buffer.from(address).toString('base64url')}`;
}

function placeOf(cursor: string): Place {
  const match = /^(\d{1,16})\.([\w-]*)$/.exec(cursor);
  if (match === null) throw badCursor(cursor);
  return { message: Number(match[1]), address: Buffer.from(match[2] ?? '', 'base64url').toString() };
}

import { moveTo, releaseLive } from './chain.js';
import { typeOf } from './content.js';
import { type StoreState, mostUrgent } from './store-state.js';
import { endMessage, insertQueued } from './message-row.js';
import { type DeliveryRow, type MessageRow } from './rows.js';
import { ROUTE_NUMBER } from '../persisted.js';

const AGGREGATE = ROUTE_NUMBER.aggregate;

/** Makes one digest of queued messages of one address. Returns how many deliveries are in it. */
export function collapse(store: StoreState, group: readonly MessageRow[], now: number): number {
  const entries = group.flatMap((row) => release(store, row, now)).sort((a, b) => a.entry.id - b.entry.id);
  const [first] = entries;
  if (first === undefined) return 0;
  const types = new Set(entries.map(({ entry, from }) => typeOf(entry, from)));
  const row = {
    id: store.nextMessage++,
    channel: first.from.channel,
    address: first.from.address,
    type: typeOf(first.entry, first.from),
    route: AGGREGATE,
    priority: mostUrgent(group),
    attempts: 0,
    send_by: null,
    openedAt: group.reduce((least, { opened_at }) => Math.min(least, opened_at), Infinity),
  };
  insertQueued(store, row, first.entry.id, now, now);
  let tail = 0;
  for (const { entry, from } of entries) {
    moveTo(store, entry.id, row.id, tail);
    tail = entry.id;
    const type = typeOf(entry, from);
    store.counters.add(row.channel, type, from.route, 'queued', -1);
    store.counters.add(row.channel, type, AGGREGATE, 'queued', 1);
  }
  store.db
    .sql('UPDATE message SET count = ?, tail = ?, mixed = ? WHERE id = ?')
    .run(entries.length, tail, types.size > 1 ? 1 : 0, row.id);
  store.queue(row, now, now);
  return entries.length;
}

function release(store: StoreState, row: MessageRow, now: number): { readonly entry: DeliveryRow; readonly from: MessageRow }[] {
  store.unqueue(row);
  const live = releaseLive(store, row.id, row.tail).map((entry) => ({ entry, from: row }));
  endMessage(store, row.id, now);
  return live;
}

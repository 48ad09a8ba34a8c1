import { type StoreState } from './store-state.js';
import { type DeliveryRow } from './rows.js';

/**
 * Makes a message's chain hold what ended in it on its own, so that its live entries can go on elsewhere. Returns those, oldest first.
 */
export function releaseLive(store: StoreState, message: number, tail: number): DeliveryRow[] {
  const live: DeliveryRow[] = [];
  const ended: DeliveryRow[] = [];
  for (let id = tail; id !== 0;) {
    const row = store.delivery(id);
    if (row === undefined) break;
    if (row.message === message) (row.state === 0 ? live : ended).push(row);
    id = row.prev;
  }
  ended.forEach((row, index) => {
    store.db.sql('UPDATE delivery SET prev = ? WHERE id = ?').run(ended[index + 1]?.id ?? 0, row.id);
  });
  store.db.sql('UPDATE message SET tail = ? WHERE id = ?').run(ended[0]?.id ?? 0, message);
  return live.reverse();
}

/** Appends a live delivery to another message's chain; its id must be higher than that of all in it. */
export function moveTo(store: StoreState, delivery: number, message: number, tail: number): void {
  store.db.sql('UPDATE delivery SET message = ?, prev = ? WHERE id = ?').run(message, tail, delivery);
}

/**
 * The deliveries of a message, newest first, those that ended on their own included; each is read when it is asked for.
 *
 * @param from its newest one, or one further down
 * @param looks most rows to read
 */
export function* chainFrom(store: StoreState, message: number, from: number, looks = Infinity): Generator<DeliveryRow> {
  let left = looks;
  for (let id = from; id !== 0 && left > 0; left--) {
    const row = store.delivery(id);
    if (row === undefined) return;
    if (row.message === message) yield row;
    id = row.prev;
  }
}

/** The same without those that ended on their own. */
export function* liveFrom(store: StoreState, message: number, from: number): Generator<DeliveryRow, undefined> {
  for (const row of chainFrom(store, message, from)) if (row.state === 0) yield row;
  return undefined;
}

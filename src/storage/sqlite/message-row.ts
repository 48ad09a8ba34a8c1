import { type StoreState } from './store-state.js';
import { type OpenWindow } from './open-windows.js';
import { MESSAGE_STATE } from './schema.js';
import { ROUTE_NUMBER } from '../persisted.js';

/** The row of a message of one that is queued. */
export function insertQueued(
  store: StoreState,
  row: {
    readonly id: number;
    readonly channel: string;
    readonly address: string;
    readonly type: string;
    readonly route: number;
    readonly priority: number;
    /** When it, or the window it comes from, began, epoch ms. */
    readonly openedAt: number;
    readonly send_by: number | null;
  },
  delivery: number,
  now: number,
  readyAt: number,
  policyId?: number,
): void {
  store.db
    .sql(
      `INSERT INTO message (id, channel, address, type, route, state, priority, mixed, count, first, tail, opened_at, updated_at, queued_at, ready_at, send_by, policy)
       VALUES (?, ?, ?, ?, ?, ?, ?, 0, 1, ?, ?, ?, ?, ?, ?, ?, ?)`,
    )
    .run(
      row.id,
      row.channel,
      row.address,
      row.type,
      row.route,
      MESSAGE_STATE.queued,
      row.priority,
      delivery,
      delivery,
      row.openedAt,
      now,
      readyAt,
      readyAt,
      row.send_by,
      policyId ?? null,
    );
}

/** The row of a window that just opened; its count and tail are in memory until it closes. */
export function insertOpen(store: StoreState, window: OpenWindow, first: number, now: number): void {
  store.db
    .sql(
      `INSERT INTO message (id, channel, address, type, route, state, priority, mixed, count, first, tail, opened_at, updated_at, policy, key, group_key, due_at, not_before)
       VALUES (?, ?, ?, ?, ?, ?, ?, 0, 0, ?, 0, ?, ?, ?, ?, ?, ?, ?)`,
    )
    .run(
      window.id,
      window.channel,
      window.address,
      window.type,
      ROUTE_NUMBER.aggregate,
      MESSAGE_STATE.open,
      window.priority,
      first,
      now,
      now,
      store.policyId(window.policy),
      window.key,
      window.groupKey ?? null,
      window.plannedAt,
      window.notBefore ?? null,
    );
}

/** Nothing of it is left to send: its entries ended, or went on elsewhere. */
export function endMessage(store: StoreState, id: number, now: number): void {
  store.db.sql('UPDATE message SET state = ?, count = 0, updated_at = ? WHERE id = ?').run(MESSAGE_STATE.ended, now, id);
}

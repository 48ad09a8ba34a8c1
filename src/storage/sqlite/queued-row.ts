import { type Ledger } from './ledger.js';
import { MESSAGE_STATE } from './schema.js';

/** The row of a message of one that is queued. */
export function insertQueued(
  ledger: Ledger,
  row: {
    readonly id: number;
    readonly channel: string;
    readonly address: string;
    readonly type: string;
    readonly route: number;
    readonly priority: number;
  },
  delivery: number,
  now: number,
  readyAt: number,
  policyId?: number,
): void {
  ledger.db
    .sql(
      `INSERT INTO message (id, channel, address, type, route, state, priority, mixed, count, first, tail, opened_at, updated_at, queued_at, ready_at, policy)
       VALUES (?, ?, ?, ?, ?, ?, ?, 0, 1, ?, ?, ?, ?, ?, ?, ?)`,
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
      now,
      now,
      readyAt,
      readyAt,
      policyId ?? null,
    );
}

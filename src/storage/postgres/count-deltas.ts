import { type DeliveryState, type NextState } from '../../model/delivery.js';
import { STATE_NUMBER } from '../persisted.js';
import { type Queries } from './transaction.js';
import { type TypeCounts } from './type-counts.js';

/** How one transaction changes the counts of its instance: they are exact at every time, because they are written with what they count. */
export class CountDeltas {
  private readonly byKey = new Map<string, { readonly row: readonly [string, string, number, number]; n: number }>();
  private pendingDelta = 0;
  openWindows = 0;
  /** Messages. */
  queued = 0;
  sending = 0;

  /** Deliveries not final, more than before. */
  get pending(): number {
    return this.pendingDelta;
  }

  add(channel: string, type: string, route: number, state: DeliveryState, n: number): void {
    const number = STATE_NUMBER[state];
    const key = `${channel} ${type} ${route} ${number}`;
    const known = this.byKey.get(key);
    if (known === undefined) this.byKey.set(key, { row: [channel, type, route, number], n });
    else known.n += n;
    if (number <= STATE_NUMBER.sending) this.pendingDelta += n;
  }

  move<From extends DeliveryState>(channel: string, type: string, route: number, from: From, to: NextState<From>, n = 1): void {
    this.add(channel, type, route, from, -n);
    this.add(channel, type, route, to, n);
  }

  /** All live deliveries of a message. */
  moveAll<From extends DeliveryState>(channel: string, types: TypeCounts, route: number, from: From, to: NextState<From>): void {
    for (const [type, count] of types) this.move(channel, type, route, from, to, count);
  }

  write(queries: Queries, slot: number): void {
    const changed = [...this.byKey.entries()].filter(([, { n }]) => n !== 0).sort(([a], [b]) => (a < b ? -1 : 1));
    const { pendingDelta, openWindows, queued, sending } = this;
    if (changed.length > 0) {
      const rows = changed.map(([, { row, n }]) => [...row, n] as const);
      queries.send(
        `INSERT INTO counter AS c (slot, channel, type, route, state, n)
         SELECT $1::integer, * FROM unnest($2::text[], $3::text[], $4::smallint[], $5::smallint[], $6::bigint[])
         ON CONFLICT (slot, channel, type, route, state) DO UPDATE SET n = c.n + excluded.n`,
        [slot, ...[0, 1, 2, 3, 4].map((column) => rows.map((row) => row[column]))],
      );
    }
    if (pendingDelta === 0 && openWindows === 0 && queued === 0 && sending === 0) return;
    queries.send(
      `UPDATE slot SET pending = pending + $2::bigint, open_windows = open_windows + $3::bigint, queued = queued + $4::bigint,
         sending = sending + $5::bigint WHERE id = $1::integer`,
      [slot, pendingDelta, openWindows, queued, sending],
    );
  }
}

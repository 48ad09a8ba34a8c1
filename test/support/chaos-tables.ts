import { Client } from 'pg';
import { type DeliveryState } from '../../src/model/delivery.js';
import { stateAt } from '../../src/storage/persisted.js';
import { MESSAGE_STATE } from '../../src/storage/postgres/rows.js';
import { type PostgresServer } from './postgres-server.js';

/** A delivery as the tables have it. */
export interface StoredDelivery {
  readonly message: string;
  readonly state: DeliveryState;
}

/** Reads the state of a delivery and of what holds it, as `state`. */
const STATE = `CASE WHEN d.state <> 0 THEN d.state WHEN m.id IS NULL THEN 0 WHEN m.state = ${MESSAGE_STATE.delivered} THEN 3 WHEN m.state = ${MESSAGE_STATE.dead} THEN 4
  WHEN m.state = ${MESSAGE_STATE.ended} THEN 5
  WHEN EXISTS (SELECT FROM ready r WHERE r.id = m.id) OR EXISTS (SELECT FROM scheduled s WHERE s.id = m.id) THEN 1 ELSE 2 END`;

/** What the tables of a schema say, read as an operator would. */
export class ChaosTables {
  constructor(
    private readonly server: PostgresServer,
    private readonly schema: string,
  ) {}

  /** Whether nothing is pending. */
  async isDrained(): Promise<boolean> {
    const [row] = await this
      .read(`SELECT (SELECT count(*) FROM open_window) + (SELECT count(*) FROM ready) + (SELECT count(*) FROM scheduled)
      + (SELECT count(*) FROM claim) + (SELECT count(*) FROM intake) AS left`);
    return Number(row?.['left']) === 0;
  }

  /** Whether the counts of all instances are those of the rows, in one state of the tables; what differs, in words. */
  async differences(): Promise<readonly string[]> {
    const rows = await this
      .read(`WITH stored AS (SELECT (${STATE})::int AS state, count(*)::bigint AS n FROM delivery d LEFT JOIN message m ON m.id = d.message GROUP BY 1),
      counted AS (SELECT state::int, sum(n)::bigint AS n FROM counter GROUP BY 1)
      SELECT coalesce(s.state, c.state) AS state, coalesce(s.n, 0) AS stored, coalesce(c.n, 0) AS counted FROM stored s FULL JOIN counted c ON c.state = s.state
      UNION ALL SELECT -1, (SELECT count(*) FROM delivery d WHERE d.state = 0 AND (EXISTS (SELECT FROM open_window w WHERE w.message = d.message)
        OR EXISTS (SELECT FROM message m WHERE m.id = d.message AND m.state = ${MESSAGE_STATE.queued}))), (SELECT coalesce(sum(pending), 0) FROM slot)`);
    return rows
      .filter(({ stored, counted }) => Number(stored) !== Number(counted))
      .map(
        ({ state, stored, counted }) =>
          `${stateAt(Number(state)) ?? 'pending'}: ${String(stored)} stored, ${String(counted)} counted`,
      );
  }

  /** By public id. */
  async deliveries(): Promise<ReadonlyMap<string, StoredDelivery>> {
    const rows = await this.read(
      `SELECT tag, d.id, d.message, (${STATE})::int AS state FROM delivery d LEFT JOIN message m ON m.id = d.message, tag`,
    );
    return new Map(
      rows.map(({ tag, id, message, state }) => {
        const publicId = (kind: string, number: unknown): string => `${kind}-${String(tag)}-${Number(number).toString(36)}`;
        return [publicId('d', id), { message: publicId('m', message), state: stateAt(Number(state)) ?? 'queued' }];
      }),
    );
  }

  /** What is left of work, by table, and connections that hold a transaction open; only what is not 0. */
  async leftovers(): Promise<readonly string[]> {
    const tables = ['open_window', 'ready', 'scheduled', 'claim', 'intake', 'expiry'];
    const [row = {}] = await this
      .read(`SELECT ${tables.map((table) => `(SELECT count(*) FROM ${table})::int AS ${table}`).join(', ')},
      (SELECT count(*) FROM pg_locks WHERE NOT granted)::int AS waiting,
      (SELECT count(*) FROM pg_stat_activity WHERE state LIKE 'idle in transaction%' AND state_change < now() - interval '5 s')::int AS idle`);
    return Object.entries(row).flatMap(([name, count]) => (Number(count) === 0 ? [] : [`${name}: ${String(count)}`]));
  }

  private async read(text: string): Promise<readonly Readonly<Record<string, unknown>>[]> {
    const client = new Client({
      connectionString: this.server.url,
      options: `-c search_path=${this.schema}`,
      application_name: 'chaos',
    });
    client.on('error', () => undefined);
    await client.connect();
    try {
      return (await client.query(text)).rows as Record<string, unknown>[];
    } finally {
      await client.end();
    }
  }
}

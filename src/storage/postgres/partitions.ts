import { type PostgresConnection } from './connection.js';
import { type Queries } from './transaction.js';

/** Ids of one partition of `delivery`: partition `n` has those from `n` times this on. The first one is made by the migration. */
export const PARTITION_IDS = 2 ** 25;
/** How far ahead of the ids that are given a partition is made. */
const AHEAD_IDS = PARTITION_IDS / 2;
const NAME = 'delivery_';

/** Makes the partitions of `delivery` before they are needed. */
export class Partitions {
  /** The first id that there is no partition for. */
  private end = 0;

  constructor(private readonly connection: PostgresConnection) {}

  /**
   * Makes the partitions of ids up to one, and of those that come soon after it.
   *
   * @throws StoreFailedError when one that is needed now cannot be made
   */
  async reach(id: number): Promise<void> {
    if (id + AHEAD_IDS < this.end) return;
    try {
      await this.connection.transaction('make room for deliveries', async (queries) => {
        await queries.query(`SELECT pg_advisory_xact_lock(hashtextextended(current_schema() || ' partitions', 0))`);
        const known = new Set(await numbersOf(queries));
        const last = Math.floor((id + AHEAD_IDS) / PARTITION_IDS);
        for (let number = Math.floor(id / PARTITION_IDS); number <= last; number++) {
          if (!known.has(number)) await make(queries, number);
        }
        this.end = (last + 1) * PARTITION_IDS;
      });
    } catch (error) {
      if (id >= this.end) throw error;
    }
  }
}

/** Deletes the oldest partition when it is empty and no more ids of it come; the server gives its space back at once. Returns whether there was one. */
export async function dropEmpty(queries: Queries): Promise<boolean> {
  const [first, ...others] = (await numbersOf(queries)).toSorted((a, b) => a - b);
  const [row] = await queries.query<{ readonly last: number }>('SELECT last_value AS last FROM id_block');
  // Transactions that are still being made have ids that were given some time ago.
  if (first === undefined || others.length === 0 || (row?.last ?? 0) < (first + 2) * PARTITION_IDS) return false;
  const [found] = await queries.query<{ readonly used: boolean }>(`SELECT EXISTS (SELECT 1 FROM ${NAME}${first}) AS used`);
  if (found?.used !== false) return false;
  // Waiting for readers would keep everybody else waiting behind.
  await queries.run('LOCK TABLE delivery IN ACCESS EXCLUSIVE MODE NOWAIT');
  await queries.run(`DROP TABLE ${NAME}${first}`);
  return true;
}

async function numbersOf(queries: Queries): Promise<readonly number[]> {
  const rows = await queries.query<{ readonly name: string }>(
    `SELECT c.relname::text AS name FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = 'delivery'::regclass`,
  );
  return rows.map(({ name }) => Number(name.slice(NAME.length)));
}

/** Attaching one waits for no reader and no writer; creating it as a partition would. */
async function make(queries: Queries, number: number): Promise<void> {
  const [name, from, to] = [`${NAME}${number}`, number * PARTITION_IDS, (number + 1) * PARTITION_IDS];
  await queries.run(`CREATE TABLE ${name} (LIKE delivery INCLUDING ALL)`);
  await queries.run(`ALTER TABLE delivery ATTACH PARTITION ${name} FOR VALUES FROM (${from}) TO (${to})`);
}

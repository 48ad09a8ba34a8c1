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

/** Makes the partitions of ids that another store gave. @throws StoreFailedError */
export async function makePartitions(connection: PostgresConnection, ids: readonly number[]): Promise<void> {
  const numbers = [...new Set(ids.map((id) => Math.floor(id / PARTITION_IDS)))];
  if (numbers.length === 0) return;
  await connection.transaction('make room for deliveries', async (queries) => {
    await queries.query(`SELECT pg_advisory_xact_lock(hashtextextended(current_schema() || ' partitions', 0))`);
    const known = new Set(await numbersOf(queries));
    for (const number of numbers) if (!known.has(number)) await make(queries, number);
  });
}

/** A partition that no more ids come to is made small when it takes more than this, and holds no more deliveries than `SURVIVORS`. */
const WORTH_BYTES = 64 * 2 ** 20;
/** Some milliseconds of work. */
const SURVIVORS = 10_000;

/**
 * Frees the space of one partition that no more ids come to: it is dropped when it is empty. A few deliveries that are left in it, because they wait for
 * a date, do not hold the space of the millions that were deleted: they are written to it again, with their ids. Returns whether there was one.
 */
export async function freePartition(queries: Queries, worthBytes = WORTH_BYTES): Promise<boolean> {
  for (const number of await full(queries)) {
    const name = `${NAME}${number}`;
    const [found] = await queries.query<{ readonly left: number; readonly bytes: number }>(
      `SELECT (SELECT count(*) FROM (SELECT FROM ${name} LIMIT ${SURVIVORS + 1}) AS l) AS left, pg_total_relation_size('${name}')::bigint AS bytes`,
    );
    if (found === undefined || found.left > SURVIVORS || (found.left > 0 && found.bytes <= worthBytes)) continue;
    // Waiting for readers would keep everybody else waiting behind.
    await queries.run(`LOCK TABLE ${found.left === 0 ? 'delivery' : name} IN ACCESS EXCLUSIVE MODE NOWAIT`);
    if (found.left === 0) await queries.run(`DROP TABLE ${name}`);
    else await rewrite(queries, name);
    return true;
  }
  return false;
}

async function rewrite(queries: Queries, name: string): Promise<void> {
  await queries.run(`CREATE TEMPORARY TABLE survivor ON COMMIT DROP AS SELECT * FROM ${name}`);
  await queries.run(`TRUNCATE ${name}`);
  await queries.run(`INSERT INTO ${name} SELECT * FROM survivor`);
}

/** Partitions that no more ids come to, oldest first. */
async function full(queries: Queries): Promise<readonly number[]> {
  const [row] = await queries.query<{ readonly last: number }>('SELECT last_value AS last FROM id_block');
  const last = row?.last ?? 0;
  // Transactions that are still being made have ids that were given some time ago.
  return (await numbersOf(queries)).filter((number) => last >= (number + 2) * PARTITION_IDS).toSorted((a, b) => a - b);
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

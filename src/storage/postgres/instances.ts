import { type InstanceDescription, type InstanceRecord, SILENT_MS } from '../store-upkeep.js';
import { type Queries } from './transaction.js';

/** Registers an instance, or says that it lives. One that was removed because it was silent is registered again, with the time of now as its start. */
export async function beat(queries: Queries, { name, version, channels }: InstanceDescription, now: number): Promise<void> {
  await queries.run(
    `INSERT INTO instance AS i (name, version, channels, started_at, seen_at) VALUES ($1, $2, $3, $4, $4)
     ON CONFLICT (name) DO UPDATE SET seen_at = greatest(i.seen_at, excluded.seen_at)`,
    [name, version, JSON.stringify(channels), now],
  );
}

/** Removes those that are silent for {@link SILENT_MS}: what they held is nobody's from here on. Returns their names. */
export async function removeSilent(queries: Queries, now: number): Promise<readonly string[]> {
  const removed = await queries.query<{ readonly name: string }>(
    `DELETE FROM instance WHERE name IN (SELECT name FROM instance WHERE seen_at <= $1 ORDER BY name FOR UPDATE SKIP LOCKED) RETURNING name`,
    [now - SILENT_MS],
  );
  return removed.map(({ name }) => name);
}

export async function leave(queries: Queries, name: string): Promise<void> {
  await queries.run('DELETE FROM instance WHERE name = $1', [name]);
}

/** Those that live, in the order of their start. */
export async function liveInstances(queries: Queries, now: number): Promise<readonly InstanceRecord[]> {
  const rows = await queries.query<Omit<InstanceRecord, 'channels'> & { readonly channels: string }>(
    `SELECT name, version, channels, started_at AS "startedAt", seen_at AS "seenAt" FROM instance
     WHERE seen_at > $1 ORDER BY started_at, name`,
    [now - SILENT_MS],
  );
  return rows.map((row) => ({ ...row, channels: JSON.parse(row.channels) as readonly string[] }));
}

/** The time of the server's clock, epoch ms. */
export async function serverTime(queries: Queries): Promise<number> {
  const [row] = await queries.query<{ readonly at: number }>(
    'SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint AS at',
  );
  if (row === undefined) throw new TypeError('the server told no time');
  return row.at;
}

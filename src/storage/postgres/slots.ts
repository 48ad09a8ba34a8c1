import { type Queries } from './transaction.js';

/**
 * Takes a row of counts that no live instance has, so that their number grows with the instances of one time, and not with those that ever were. Two
 * that had one row would wait for each other, and count right all the same.
 *
 * @param live names
 */
export async function takeSlot(queries: Queries, instance: string, live: readonly string[]): Promise<number> {
  const [free] = await queries.query<{ readonly id: number }>(
    `UPDATE slot SET instance = $1 WHERE id = (
       SELECT id FROM slot WHERE instance IS NULL OR NOT (instance = ANY($2::text[])) OR instance = $1 ORDER BY id LIMIT 1
     ) RETURNING id`,
    [instance, live],
  );
  if (free !== undefined) return free.id;
  const [made] = await queries.query<{ readonly id: number }>(
    'INSERT INTO slot (id, instance) SELECT coalesce(max(id), 0) + 1, $1 FROM slot RETURNING id',
    [instance],
  );
  if (made === undefined) throw new TypeError('no slot was made');
  return made.id;
}

export async function leaveSlot(queries: Queries, slot: number): Promise<void> {
  await queries.run('UPDATE slot SET instance = NULL WHERE id = $1::integer', [slot]);
}

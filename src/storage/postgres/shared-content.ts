import { type Queries } from './transaction.js';

/** Deliveries that shared contents are deleted; a content that none is left of is deleted too. */
export async function releaseContents(queries: Queries, contents: readonly number[]): Promise<void> {
  if (contents.length === 0) return;
  const counts = [...Map.groupBy(contents, (id) => id)].sort(([a], [b]) => a - b);
  await queries.run(
    'UPDATE content c SET left_over = c.left_over - u.n FROM unnest($1::bigint[], $2::integer[]) AS u (id, n) WHERE c.id = u.id',
    [counts.map(([id]) => id), counts.map(([, { length }]) => length)],
  );
  queries.send('DELETE FROM content WHERE id = ANY($1::bigint[]) AND left_over <= 0', [counts.map(([id]) => id)]);
}

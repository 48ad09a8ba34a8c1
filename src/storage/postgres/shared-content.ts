import { dropAttachments } from './attachments.js';
import { type Queries } from './transaction.js';

/**
 * Deliveries are deleted, or lose their contents; a shared content that none is left of is deleted too, and so are the attachments of
 * notifications that none is left of.
 */
export async function releaseDeliveries(
  queries: Queries,
  deliveries: readonly { readonly id: number; readonly content: number | null }[],
): Promise<void> {
  const contents = deliveries.flatMap(({ content }) => content ?? []);
  await releaseContents(queries, contents);
  dropAttachments(queries, [...new Set([...contents, ...deliveries.flatMap(({ id, content }) => (content === null ? id : []))])]);
}

async function releaseContents(queries: Queries, contents: readonly number[]): Promise<void> {
  if (contents.length === 0) return;
  const counts = [...Map.groupBy(contents, (id) => id)].sort(([a], [b]) => a - b);
  await queries.run(
    'UPDATE content c SET left_over = c.left_over - u.n FROM unnest($1::bigint[], $2::integer[]) AS u (id, n) WHERE c.id = u.id',
    [counts.map(([id]) => id), counts.map(([, { length }]) => length)],
  );
  queries.send('DELETE FROM content WHERE id = ANY($1::bigint[]) AND left_over <= 0', [counts.map(([id]) => id)]);
}

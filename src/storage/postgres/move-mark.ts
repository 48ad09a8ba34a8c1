import { StoreMovedError } from '../../model/move-errors.js';
import { isRefused, type MoveMark } from '../store-transfer.js';
import { parsed } from '../stored-json.js';
import { type Queries } from './transaction.js';

/** Something of each kind of change is written to one of these. */
const FENCED = ['counter', 'intake', 'setting', 'recipient', 'suppression', 'mailbox_total', 'history'] as const;

/** What a move left in the schema. */
export async function markOf(queries: Queries): Promise<MoveMark | undefined> {
  const [row] = await queries.query<{ readonly mark: string }>('SELECT mark FROM move_mark');
  return row === undefined ? undefined : (parsed(row.mark) as MoveMark | undefined);
}

export async function keepMark(queries: Queries, mark: MoveMark | undefined): Promise<void> {
  if (mark === undefined) await queries.run('DELETE FROM move_mark');
  else {
    const text = 'INSERT INTO move_mark (mark) VALUES ($1) ON CONFLICT (is_only) DO UPDATE SET mark = excluded.mark';
    await queries.run(text, [JSON.stringify(mark)]);
  }
}

/** @throws StoreMovedError for a store that was moved, or that another one is being moved into */
export async function refuseMoved(queries: Queries, place: string): Promise<void> {
  const mark = await markOf(queries);
  if (mark !== undefined && isRefused(mark)) throw new StoreMovedError(place, mark);
}

/**
 * From here on nobody writes here any more: also an instance that was stopped for so long that it does not know of the move, and an application in a
 * transaction of its own.
 */
export async function raiseFence(queries: Queries): Promise<void> {
  for (const table of FENCED) {
    await queries.run(
      `CREATE OR REPLACE TRIGGER moved BEFORE INSERT OR UPDATE OR DELETE ON ${table} FOR EACH STATEMENT EXECUTE FUNCTION refuse_moved()`,
    );
  }
}

export async function dropFence(queries: Queries): Promise<void> {
  for (const table of FENCED) await queries.run(`DROP TRIGGER IF EXISTS moved ON ${table}`);
}

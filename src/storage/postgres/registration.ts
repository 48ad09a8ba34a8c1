import { type InstanceDescription } from '../notification-store.js';
import { Context } from './context.js';
import { type EndedObservers } from './ended-observers.js';
import { beat, liveInstances, removeSilent } from './instances.js';
import { refuseMoved } from './move-mark.js';
import { requeueOrphans } from './orphans.js';
import { takeSlot } from './slots.js';
import { type Queries } from './transaction.js';
import { type Work } from './work.js';

/**
 * Registers an instance that opens the store. What an earlier process of its name held is nobody's: it is not alive when this one is.
 *
 * @throws StoreMovedError for a store that was moved, or that another one is being moved into
 */
export async function enter(
  queries: Queries,
  instance: InstanceDescription,
  now: number,
  maxPending: number,
  ended: EndedObservers,
  place: string,
): Promise<Context> {
  const text = 'SELECT tag, (SELECT last_value FROM id_block) AS newest FROM tag';
  const [found] = await queries.query<{ readonly tag: string; readonly newest: number }>(text);
  if (found === undefined) throw new TypeError('the schema has no tag');
  const { name } = instance;
  // Of two that look for a slot at once, the second one sees what the first one took.
  await queries.query(`SELECT pg_advisory_xact_lock(hashtextextended(current_schema() || ' slots', 0))`);
  await queries.run(`UPDATE claim SET holder = '' WHERE holder = $1`, [name]);
  await beat(queries, instance, now);
  await refuseMoved(queries, place);
  const live = await liveInstances(queries, now);
  const slot = await takeSlot(
    queries,
    name,
    live.map((other) => other.name),
  );
  const context = new Context(found.tag, name, slot, maxPending, ended);
  context.newestId = found.newest;
  return context;
}

/** Registers an instance, or says that it lives, and requeues what those held that do not. Returns how many deliveries that are. */
export async function sayAlive(work: Work, instance: InstanceDescription, now: number): Promise<number> {
  await beat(work.queries, instance, now);
  await removeSilent(work.queries, now);
  const live = await liveInstances(work.queries, now);
  return requeueOrphans(
    work,
    live.map(({ name }) => name),
    now,
  );
}

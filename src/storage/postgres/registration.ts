import { type InstanceDescription } from '../notification-store.js';
import { Context } from './context.js';
import { type EndedObservers } from './ended-observers.js';
import { beat, liveInstances, removeSilent } from './instances.js';
import { requeueOrphans } from './orphans.js';
import { takeSlot } from './slots.js';
import { type Queries } from './transaction.js';
import { type Work } from './work.js';

/** Prepares an instance that opens the store. What an earlier process of its name held is nobody's: it is not alive when this one is. */
export async function enter(
  queries: Queries,
  { name }: InstanceDescription,
  now: number,
  maxPending: number,
  ended: EndedObservers,
): Promise<Context> {
  const [found] = await queries.query<{ readonly tag: string }>('SELECT tag FROM tag');
  if (found === undefined) throw new TypeError('the schema has no tag');
  await queries.run(`UPDATE claim SET holder = '' WHERE holder = $1`, [name]);
  const live = await liveInstances(queries, now);
  const slot = await takeSlot(
    queries,
    name,
    live.map((other) => other.name),
  );
  return new Context(found.tag, name, slot, maxPending, ended);
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

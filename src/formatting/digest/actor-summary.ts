import { type Actor } from '../../model/notification.js';

/** Named actors when there are more than fit; a single one more is named rather than counted. */
const NAMED = 2;

/** British style: no comma before "and". */
const list = new Intl.ListFormat('en-GB', { type: 'conjunction' });

/** "Ann", "Ann and Bob", "Ann, Bob and 3 others", in the order in which they came; undefined when there is nobody. */
export function actorSummary(actors: Iterable<Actor | undefined>): string | undefined {
  const names = new Map<string, string>();
  for (const actor of actors) {
    if (actor !== undefined) names.set(actor.id, names.get(actor.id) ?? nameOf(actor));
  }
  if (names.size === 0) return undefined;
  const all = [...names.values()];
  const others = all.length - NAMED;
  return list.format(others <= 1 ? all : [...all.slice(0, NAMED), `${others} others`]);
}

/** What people know them by. */
export function nameOf(actor: Actor): string {
  return actor.name === undefined || actor.name.trim() === '' ? actor.id : actor.name;
}

import { type Actor } from '../../model/notification.js';

/** Named actors when there are more than fit; a single one more is named rather than counted. */
const NAMED = 2;

/** "# others" by language; others read English. British style: no comma before "and". */
const OTHERS: Readonly<Record<string, string>> = {
  en: '# others',
  de: '# weitere',
  fr: '# autres',
  es: '# más',
  it: 'altri #',
  nl: '# anderen',
  pt: 'outros #',
};
const lists = new Map<string, Intl.ListFormat>();

function listOf(locale: string): Intl.ListFormat {
  let list = lists.get(locale);
  if (list === undefined) {
    list = new Intl.ListFormat(locale === 'en' ? 'en-GB' : locale, { type: 'conjunction' });
    if (lists.size < 100) lists.set(locale, list);
  }
  return list;
}

/** "Ann", "Ann and Bob", "Ann, Bob and 3 others", in the order in which they came; undefined when there is nobody. */
export function actorSummary(actors: Iterable<Actor | undefined>, locale = 'en-GB'): string | undefined {
  const names = new Map<string, string>();
  for (const actor of actors) {
    if (actor !== undefined) names.set(actor.id, names.get(actor.id) ?? nameOf(actor));
  }
  if (names.size === 0) return undefined;
  const all = [...names.values()];
  const others = all.length - NAMED;
  const language = locale.split('-')[0] ?? 'en';
  const rest = (OTHERS[language] ?? OTHERS['en'] ?? '#').replace('#', String(others));
  return listOf(OTHERS[language] === undefined ? 'en-GB' : locale).format(others <= 1 ? all : [...all.slice(0, NAMED), rest]);
}

/** What people know them by. */
export function nameOf(actor: Actor): string {
  return actor.name === undefined || actor.name.trim() === '' ? actor.id : actor.name;
}

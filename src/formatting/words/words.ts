import { type Actor, type BuiltInType } from '../../model/notification.js';
import { type Phrases, PHRASES } from './phrases.js';

/** Named actors when there are more than fit; a single one more is named rather than counted. */
const NAMED_ACTORS = 2;
/** Types that a summary names; the rest are counted together. */
const NAMED_TYPES = 3;
/** The `Intl` objects of a language are dear to make; there are few languages. */
const MAX_KEPT = 200;
const kept = new Map<string, Words>();

export interface TypeCount {
  readonly type: string;
  readonly count: number;
}

/** What the built-in looks say, in one reader's language: phrases of ours, numbers, plurals and lists by `Intl`. */
export class Words {
  private readonly plurals: Intl.PluralRules;
  private readonly numbers: Intl.NumberFormat;
  private readonly lists: Intl.ListFormat;

  constructor(
    readonly locale: string,
    private readonly phrases: Phrases,
  ) {
    this.plurals = new Intl.PluralRules(locale);
    this.numbers = new Intl.NumberFormat(locale);
    // Without a region, English lists are written as in Britain: no comma before "and".
    this.lists = new Intl.ListFormat(locale === 'en' ? 'en-GB' : locale, { type: 'conjunction' });
  }

  /** "12 system updates", "1 alert", "3 build failed". */
  typeCount(type: string, count: number): string {
    return isBuiltIn(type)
      ? this.counted(this.phrases.types[type], count)
      : `${this.numbers.format(count)} ${this.typeName(type)}`;
  }

  /** A type in words: "system update", "build failed". */
  typeName(type: string): string {
    return isBuiltIn(type) ? fill(this.phrases.types[type][0], '#', '').trim() : type.replaceAll('_', ' ');
  }

  /** What a digest holds: "12 system updates", "12 build failed notifications", "5 notifications: 3 alerts, 2 reminders". */
  summary(count: number, types: readonly TypeCount[]): string {
    const [first, ...others] = types;
    if (first !== undefined && others.length === 0) {
      if (isBuiltIn(first.type)) return this.typeCount(first.type, count);
      return fill(this.counted(this.phrases.ofType, count), '%', this.typeName(first.type));
    }
    const named = types.slice(0, NAMED_TYPES);
    const rest = named.reduce((left, { count: part }) => left - part, count);
    const parts = named.map(({ type, count: part }) => this.typeCount(type, part));
    if (rest > 0) parts.push(this.withNumber(this.phrases.more, rest));
    return `${this.counted(this.phrases.notifications, count)}: ${parts.join(', ')}`;
  }

  /** "Ann", "Ann and Bob", "Ann, Bob and 3 others", in the order in which they came; undefined when there is nobody. */
  actors(actors: Iterable<Actor | undefined>): string | undefined {
    const names = new Map<string, string>();
    for (const actor of actors) {
      if (actor !== undefined) names.set(actor.id, names.get(actor.id) ?? nameOf(actor));
    }
    if (names.size === 0) return undefined;
    const all = [...names.values()];
    const others = all.length - NAMED_ACTORS;
    if (others <= 1) return this.lists.format(all);
    return this.lists.format([...all.slice(0, NAMED_ACTORS), this.withNumber(this.phrases.others, others)]);
  }

  /** "From Ann and Bob". */
  from(actors: string): string {
    return fill(this.phrases.from, '#', actors);
  }

  /** "by Ann". */
  by(actor: string): string {
    return fill(this.phrases.by, '#', actor);
  }

  /** "3 times". */
  times(count: number): string {
    return this.withNumber(this.phrases.times, count);
  }

  /** "and 10 more". */
  andMore(count: number): string {
    return this.withNumber(this.phrases.andMore, count);
  }

  /** "critical", "high"; undefined for what is not urgent. */
  urgency(priority: string): string | undefined {
    return priority === 'critical' || priority === 'high' ? this.phrases[priority] : undefined;
  }

  /** What a link says. */
  label(action: 'open' | 'readMore' | 'review' | 'lookInto' | 'unsubscribe'): string {
    return this.phrases[action];
  }

  private counted(forms: readonly [string, string], count: number): string {
    return this.withNumber(this.plurals.select(count) === 'one' ? forms[0] : forms[1], count);
  }

  private withNumber(phrase: string, count: number): string {
    return fill(phrase, '#', this.numbers.format(count));
  }
}

/** The words of a language, BCP 47; English for one that is not known, or is none. */
export function wordsFor(locale = 'en'): Words {
  const known = kept.get(locale);
  if (known !== undefined) return known;
  const language = locale.split('-')[0]?.toLowerCase() ?? '';
  const words = isSpoken(language) && isLocale(locale) ? new Words(locale, PHRASES[language]) : new Words('en', PHRASES.en);
  if (kept.size < MAX_KEPT) kept.set(locale, words);
  return words;
}

/** What people know them by. */
export function nameOf(actor: Actor): string {
  return actor.name === undefined || actor.name.trim() === '' ? actor.id : actor.name;
}

function isLocale(locale: string): boolean {
  try {
    return Intl.getCanonicalLocales(locale).length === 1;
  } catch {
    return false;
  }
}

/** As a function: what is filled in may hold the patterns of `replace`. */
function fill(phrase: string, mark: string, text: string): string {
  return phrase.replace(mark, () => text);
}

function isSpoken(language: string): language is keyof typeof PHRASES {
  return Object.hasOwn(PHRASES, language);
}

function isBuiltIn(type: string): type is BuiltInType {
  return Object.hasOwn(PHRASES.en.types, type);
}

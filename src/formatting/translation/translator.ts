import { directionOf, type CountedPhrase, type OwnPhrases, type Phrases } from '../../model/phrases.js';
import { type Actor } from '../../model/notification.js';
import { phrasesOf } from './catalogue.js';

/** Named actors when there are more than fit; a single one more is named rather than counted. */
const NAMED_ACTORS = 2;
/** Types that a summary names; the rest are counted together. */
const NAMED_TYPES = 3;
/** The `Intl` objects of a language are expensive to make; there are few languages. */
const MAX_KEPT = 200;
const NONE: OwnPhrases = {};
const kept = new WeakMap<OwnPhrases, Map<string, Translator>>();

export interface TypeCount {
  readonly type: string;
  readonly count: number;
}

/** What a link or a button says. */
export type Label = 'open' | 'readMore' | 'review' | 'lookInto' | 'unsubscribe';

const TYPE_LABELS: ReadonlyMap<string, Label> = new Map([
  ['system_update', 'readMore'],
  ['approval_request', 'review'],
  ['alert', 'lookInto'],
  ['announcement', 'readMore'],
]);

/** Says what the built-in looks say in one language: from its phrases, with numbers, plurals and lists by `Intl`. */
export class Translator {
  /** Which way it is written. */
  readonly direction: 'ltr' | 'rtl';
  /** The language of numbers, dates and lists. */
  readonly formatLocale: string;
  private readonly plurals: Intl.PluralRules;
  private readonly numbers: Intl.NumberFormat;
  private readonly lists: Intl.ListFormat;
  /** What stands around the address in the reason of the last brand: one after the other, mails are of the same. */
  private reasonOf: { readonly brand: string; readonly before: string; readonly after: string } | undefined;

  constructor(
    readonly locale: string,
    private readonly phrases: Phrases,
  ) {
    this.direction = directionOf(locale);
    // Without a region, English is that of many countries: days before months, and no comma before "and".
    this.formatLocale = locale === 'en' ? 'en-GB' : locale;
    this.plurals = new Intl.PluralRules(locale);
    this.numbers = new Intl.NumberFormat(this.formatLocale);
    this.lists = new Intl.ListFormat(this.formatLocale, { type: 'conjunction' });
  }

  /** "1,200". */
  number(count: number): string {
    return this.numbers.format(count);
  }

  /** "12 system updates", "1 alert", "3 build failed". */
  typeCount(type: string, count: number): string {
    const known = this.typeOf(type);
    return known === undefined ? `${this.number(count)} ${this.typeName(type)}` : this.counted(known, count);
  }

  /** A type in words: "system update", "build failed". */
  typeName(type: string): string {
    return this.typeOf(type)?.name ?? type.replaceAll('_', ' ');
  }

  /** What a digest holds: "12 system updates", "12 build failed notifications", "5 notifications: 3 alerts, 2 reminders". */
  summary(count: number, types: readonly TypeCount[]): string {
    const [first, ...others] = types;
    if (first !== undefined && others.length === 0) {
      if (this.typeOf(first.type) !== undefined) return this.typeCount(first.type, count);
      return fill(this.counted(this.phrases.ofType, count), '{type}', this.typeName(first.type));
    }
    const named = types.slice(0, NAMED_TYPES);
    const rest = named.reduce((left, { count: part }) => left - part, count);
    const parts = named.map(({ type, count: part }) => this.typeCount(type, part));
    if (rest > 0) parts.push(this.counted(this.phrases.more, rest));
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
    return this.lists.format([...all.slice(0, NAMED_ACTORS), this.counted(this.phrases.others, others)]);
  }

  /** "From Ann and Bob". */
  from(actors: string): string {
    return fill(this.phrases.from, '{names}', actors);
  }

  /** "3 times". */
  times(count: number): string {
    return this.counted(this.phrases.times, count);
  }

  /** "and 10 more". */
  andMore(count: number): string {
    return this.counted(this.phrases.andMore, count);
  }

  /** "critical", "high"; undefined for what is not urgent. */
  urgency(priority: string): string | undefined {
    return priority === 'critical' || priority === 'high' ? this.phrases[priority] : undefined;
  }

  label(label: Label): string {
    return this.phrases[label];
  }

  /** What the button of a notification of a type says: "Review", "Open". */
  action(type: string): string {
    return this.phrases[TYPE_LABELS.get(type) ?? 'open'];
  }

  /** Why a reader gets a mail. @param address undefined: several readers share it */
  reason(brand: string, address: string | undefined): string {
    if (address === undefined) return fill(this.phrases.reasonShared, '{brand}', brand);
    if (this.reasonOf?.brand !== brand) {
      const [before = '', after = ''] = this.phrases.reason.split('{address}').map((part) => fill(part, '{brand}', brand));
      this.reasonOf = { brand, before, after };
    }
    return `${this.reasonOf.before}${address}${this.reasonOf.after}`;
  }

  private typeOf(type: string): Phrases['types'][string] | undefined {
    return Object.hasOwn(this.phrases.types, type) ? this.phrases.types[type] : undefined;
  }

  private counted(phrase: CountedPhrase, count: number): string {
    const text = typeof phrase === 'string' ? phrase : (phrase[this.plurals.select(count)] ?? phrase.other);
    return fill(text, '{count}', this.number(count));
  }
}

/**
 * The translator for a language (BCP 47). For a tag that is no language, or one that has no phrases, it speaks English.
 *
 * @param own a host's own phrases, which come before the built-in ones
 */
export function translatorFor(locale = 'en', own: OwnPhrases = NONE): Translator {
  let ofOwn = kept.get(own);
  if (ofOwn === undefined) kept.set(own, (ofOwn = new Map<string, Translator>()));
  const known = ofOwn.get(locale);
  if (known !== undefined) return known;
  const phrases = phrasesOf(locale, own);
  const translator = phrases === undefined ? translatorFor('en', own) : new Translator(locale, phrases);
  if (ofOwn.size >= MAX_KEPT) ofOwn.clear();
  ofOwn.set(locale, translator);
  return translator;
}

/** What people know them by. */
export function nameOf(actor: Actor): string {
  return actor.name === undefined || actor.name.trim() === '' ? actor.id : actor.name;
}

/** As a function: what is filled in may hold the patterns of `replace`. */
function fill(phrase: string, mark: string, text: string): string {
  return phrase.replace(mark, () => text);
}

/** A text for each plural form of a language (https://cldr.unicode.org/index/cldr-spec/plural-rules), or one text for every number. */
export type CountedPhrase = string | PluralForms;
/** All forms that the language has, or only `other`, which stands for every number then. */
export type PluralForms = Readonly<Partial<Record<Intl.LDMLPluralRule, string>>> & { readonly other: string };

/** A type of notifications: its name ("alert"), and so many of it ("3 alerts"). */
export type TypePhrases = PluralForms & { readonly name: string };

/** What the built-in looks say in one language. Names in braces, e.g. `{count}`, stand for what is filled in. */
export interface Phrases {
  /** Types in words, by type. Other types are shown by their names. `{count}` */
  readonly types: Readonly<Record<string, TypePhrases>>;
  /** So many of several types. `{count}` */
  readonly notifications: CountedPhrase;
  /** So many of a type that has no phrases. `{count}`, `{type}` */
  readonly ofType: CountedPhrase;
  /** Those of further types, behind those that are named: "3 alerts, 2 reminders, 4 more". `{count}` */
  readonly more: CountedPhrase;
  /** Deliveries that a digest does not show. `{count}` */
  readonly andMore: CountedPhrase;
  /** Actors who are not named, as the last part of a list: "Ann, Bob and 3 others". `{count}` */
  readonly others: CountedPhrase;
  /** Who caused what a digest holds. `{names}` */
  readonly from: string;
  /** How often the same was said. `{count}` */
  readonly times: CountedPhrase;
  /** The priority `critical`. */
  readonly critical: string;
  /** The priority `high`. */
  readonly high: string;
  /** What buttons say: by default, of updates and announcements, of approval requests, of alerts. */
  readonly open: string;
  /** See `open`. */
  readonly readMore: string;
  /** See `open`. */
  readonly review: string;
  /** See `open`. */
  readonly lookInto: string;
  /** The link in the footer of a mail. */
  readonly unsubscribe: string;
  /** In the footer of a mail: why its reader gets it. `{brand}`, `{address}` */
  readonly reason: string;
  /** The same in a mail that several readers share. `{brand}` */
  readonly reasonShared: string;
}

/** A host's own words by language (BCP 47): single phrases of a language that is built in, or all of another. */
export type OwnPhrases = Readonly<Record<string, Partial<Phrases>>>;

/** The languages that are built in, besides the regions of each. */
export const BUILT_IN_LANGUAGES = [
  'ar',
  'de',
  'en',
  'es',
  'fr',
  'he',
  'it',
  'ja',
  'ko',
  'nl',
  'pl',
  'pt',
  'sv',
  'tr',
  'zh',
  'zh-Hant',
] as const;
export type BuiltInLanguage = (typeof BUILT_IN_LANGUAGES)[number];

/**
 * Languages in whose words a reader is addressed, from the most specific on: `zh-TW` is `zh-TW`, `zh-Hant`, `zh`. Empty when `locale` is no language
 * (BCP 47).
 */
export function languagesOf(locale: string): readonly string[] {
  try {
    const { language, script } = new Intl.Locale(locale).maximize();
    const [canonical = locale] = Intl.getCanonicalLocales(locale);
    return [...new Set([canonical, ...(script === undefined ? [] : [`${language}-${script}`]), language])];
  } catch {
    return [];
  }
}

const RIGHT_TO_LEFT = new Set(['Arab', 'Hebr', 'Syrc', 'Thaa', 'Nkoo', 'Adlm', 'Rohg', 'Mand', 'Samr']);

/** Which way a language is written. @param locale BCP 47 */
export function directionOf(locale: string): 'ltr' | 'rtl' {
  return RIGHT_TO_LEFT.has(new Intl.Locale(locale).maximize().script ?? '') ? 'rtl' : 'ltr';
}

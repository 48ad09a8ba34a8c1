import { TYPE_NAME } from './notification.js';
import { isRecord } from './record.js';
import { NotificationType } from './notification.js';
import { BUILT_IN_LANGUAGES, languagesOf, type Phrases } from './phrases.js';

type PhraseName = Exclude<keyof Phrases, 'types'>;
interface PhraseRule {
  /** What is filled in, besides the number of a counted phrase. */
  readonly marks: readonly string[];
  readonly counted?: true;
}

/** Every phrase but the types. */
const RULES: Readonly<Record<PhraseName, PhraseRule>> = {
  notifications: { marks: [], counted: true },
  ofType: { marks: ['type'], counted: true },
  more: { marks: [], counted: true },
  andMore: { marks: [], counted: true },
  others: { marks: [], counted: true },
  times: { marks: [], counted: true },
  from: { marks: ['names'] },
  critical: { marks: [] },
  high: { marks: [] },
  open: { marks: [] },
  readMore: { marks: [] },
  review: { marks: [] },
  lookInto: { marks: [] },
  unsubscribe: { marks: [] },
  reason: { marks: ['brand', 'address'] },
  reasonShared: { marks: ['brand'] },
};
const FORMS = ['zero', 'one', 'two', 'few', 'many', 'other'];
const MAX_CHARACTERS = 200;
/** Numbers whose forms a language must have; larger ones may take `other`. */
const SAMPLE = 200;

/** A part of what is wrong: `at` is its path, `allowed` ends the sentence "it must be …". */
interface PhraseProblem {
  readonly at: string;
  readonly value: unknown;
  readonly allowed: string;
}

/**
 * What is wrong with the words of a language: unknown phrases, phrases that are absent though nothing stands behind them, absent plural forms, and
 * names in braces that are unknown or absent.
 *
 * @param locale BCP 47
 * @param known  languages whose phrases stand behind those that are absent
 */
export function phraseProblems(
  locale: string,
  words: unknown,
  known: readonly string[] = BUILT_IN_LANGUAGES,
): readonly PhraseProblem[] {
  const languages = languagesOf(locale);
  if (languages.length === 0) return [{ at: '', value: locale, allowed: 'the words of a language like de or pt-BR (BCP 47)' }];
  if (!isRecord(words)) return [{ at: '', value: words, allowed: 'an object of phrases' }];
  const complete = !languages.some((language) => known.includes(language));
  const names = ['types', ...Object.keys(RULES)];
  const unknown = Object.keys(words).filter((name) => !names.includes(name));
  const forms = formsOf(locale);
  const absent = (at: string): PhraseProblem => ({ at, value: undefined, allowed: `there: no words of ${locale} are built in` });
  return [
    ...unknown.map((name) => ({
      at: `.${name}`,
      value: words[name],
      allowed: `left out: known phrases are ${names.join(', ')}`,
    })),
    ...typeProblems(words['types'] ?? {}, forms, complete ? absent : undefined),
    ...Object.entries(RULES).flatMap(([name, rule]) => {
      const value = words[name];
      if (value !== undefined) return phraseProblem(`.${name}`, value, rule, forms);
      return complete ? [absent(`.${name}`)] : [];
    }),
  ];
}

function typeProblems(
  types: unknown,
  forms: Forms,
  absent: ((at: string) => PhraseProblem) | undefined,
): readonly PhraseProblem[] {
  if (!isRecord(types)) return [{ at: '.types', value: types, allowed: 'an object of words by type' }];
  const missing = Object.values(NotificationType).filter((type) => types[type] === undefined);
  const problems = absent === undefined ? [] : missing.map((type) => absent(`.types.${type}`));
  const wrong = Object.entries(types).flatMap(([type, words]) => {
    const at = `.types.${type}`;
    if (!TYPE_NAME.test(type)) return [{ at, value: type, allowed: `named by ${TYPE_NAME.source}` }];
    if (!isRecord(words)) return [{ at, value: words, allowed: 'an object of a name and plural forms' }];
    const { name, ...counted } = words;
    return [
      ...textProblem(`${at}.name`, name, [], undefined),
      ...phraseProblem(at, counted, { marks: [], counted: true }, forms),
    ];
  });
  return [...problems, ...wrong];
}

function phraseProblem(at: string, value: unknown, { marks, counted }: PhraseRule, forms: Forms): readonly PhraseProblem[] {
  if (counted === undefined) return textProblem(at, value, marks, undefined);
  if (typeof value === 'string') return textProblem(at, value, marks, 'required');
  if (!isRecord(value)) return [{ at, value, allowed: 'a text, or an object of plural forms' }];
  // One text for every number, as of a language that has no plural.
  if (Object.keys(value).join() === 'other') return textProblem(`${at}.other`, value['other'], marks, 'required');
  const unknown = Object.keys(value).filter((form) => !FORMS.includes(form));
  return [
    ...unknown.map((form) => ({
      at: `${at}.${form}`,
      value: value[form],
      allowed: `left out: plural forms are ${FORMS.join(', ')}`,
    })),
    ...[...forms].flatMap(([form, numbers]) => {
      // A form that stands for one number may say it in words.
      const count = numbers === 1 ? 'optional' : 'required';
      return textProblem(`${at}.${form}`, value[form], marks, count);
    }),
    ...Object.keys(value)
      .filter((form) => FORMS.includes(form) && !forms.has(form))
      .flatMap((form) => textProblem(`${at}.${form}`, value[form], marks, 'optional')),
  ];
}

function textProblem(
  at: string,
  value: unknown,
  marks: readonly string[],
  count: 'required' | 'optional' | undefined,
): readonly PhraseProblem[] {
  if (typeof value !== 'string' || value.trim() === '' || value.length > MAX_CHARACTERS || /\p{Cc}/u.test(value))
    return [{ at, value, allowed: `one line of 1..${MAX_CHARACTERS} characters` }];
  const found = [...value.matchAll(/\{([^{}]*)\}/g)].map(([, mark = '']) => mark);
  const needed = count === 'required' ? ['count', ...marks] : marks;
  const permitted = count === undefined ? marks : ['count', ...marks];
  const asked = (list: readonly string[]): string => list.map((mark) => `{${mark}}`).join(' and ');
  const once = needed.every((mark) => found.filter((one) => one === mark).length === 1);
  if (!once) return [{ at, value, allowed: `a text with ${asked(needed)} once` }];
  if (found.every((mark) => permitted.includes(mark)) && new Set(found).size === found.length) return [];
  return [{ at, value, allowed: permitted.length === 0 ? 'a text without {…}' : `a text with no {…} but ${asked(permitted)}` }];
}

/** The plural forms of a language, and how many of the numbers of the sample each stands for; `other` is always one. */
type Forms = ReadonlyMap<string, number>;

function formsOf(locale: string): Forms {
  const rules = new Intl.PluralRules(locale);
  const forms = new Map<string, number>();
  for (let number = 1; number <= SAMPLE; number++) {
    const form = rules.select(number);
    forms.set(form, (forms.get(form) ?? 0) + 1);
  }
  // Larger numbers take it where smaller ones do not.
  return forms.set('other', SAMPLE);
}

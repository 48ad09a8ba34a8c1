import { type BuiltInLanguage, languagesOf, type OwnPhrases, type Phrases } from '../../model/phrases.js';
import { ar } from './languages/ar.js';
import { de } from './languages/de.js';
import { en } from './languages/en.js';
import { es } from './languages/es.js';
import { fr } from './languages/fr.js';
import { he } from './languages/he.js';
import { it } from './languages/it.js';
import { ja } from './languages/ja.js';
import { ko } from './languages/ko.js';
import { nl } from './languages/nl.js';
import { pl } from './languages/pl.js';
import { pt } from './languages/pt.js';
import { sv } from './languages/sv.js';
import { tr } from './languages/tr.js';
import { zhHant } from './languages/zh-hant.js';
import { zh } from './languages/zh.js';

/** Every language that is built in. */
export const CATALOGUE: Readonly<Record<BuiltInLanguage, Phrases>> = {
  ar,
  de,
  en,
  es,
  fr,
  he,
  it,
  ja,
  ko,
  nl,
  pl,
  pt,
  sv,
  tr,
  zh,
  'zh-Hant': zhHant,
};

/**
 * The phrases of a language, the host's before those that are built in; undefined when there are none.
 *
 * @param own complete where the language is not built in (`phraseProblems`)
 */
export function phrasesOf(locale: string, own: OwnPhrases): Phrases | undefined {
  let found: Phrases | undefined;
  for (const language of languagesOf(locale).toReversed()) {
    const builtIn: Phrases | undefined = isBuiltIn(language) ? CATALOGUE[language] : undefined;
    const ofHost: Partial<Phrases> | undefined = Object.hasOwn(own, language) ? own[language] : undefined;
    found = builtIn ?? found;
    if (ofHost !== undefined) found = merged(found ?? CATALOGUE.en, ofHost);
  }
  return found;
}

function merged(base: Phrases, own: Partial<Phrases>): Phrases {
  return { ...base, ...own, types: { ...base.types, ...own.types } };
}

function isBuiltIn(language: string): language is BuiltInLanguage {
  return Object.hasOwn(CATALOGUE, language);
}

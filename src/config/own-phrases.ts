import { isRecord } from '../model/record.js';
import { phraseProblems } from '../model/phrase-rules.js';
import { BUILT_IN_LANGUAGES, languagesOf, type OwnPhrases, type Phrases } from '../model/phrases.js';
import { type ValueReader } from './value-reader.js';

/** A host's own words by language, each under the canonical name of its language (`pt-br` is `pt-BR`). */
export const ownPhrases: ValueReader<OwnPhrases> = (value, place) => {
  if (!isRecord(value)) return place.refuse(value, 'an object of phrases by language');
  const read: Record<string, Partial<Phrases>> = {};
  const locales = Object.keys(value);
  for (const locale of locales) {
    const words = value[locale];
    const others = locales.filter((other) => other !== locale).flatMap((other) => languagesOf(other).slice(0, 1));
    const problems = phraseProblems(locale, words, [...BUILT_IN_LANGUAGES, ...others]);
    for (const { at, value: wrong, allowed } of problems) place.at(`.${locale}${at}`).refuse(wrong, allowed);
    const [canonical] = languagesOf(locale);
    if (problems.length > 0 || canonical === undefined) continue;
    if (Object.hasOwn(read, canonical)) place.at(`.${locale}`).refuse(locale, `given once: ${canonical} is the same language`);
    else read[canonical] = words as Partial<Phrases>;
  }
  return read;
};

/** Dates and plurals of a template's reader. */
export interface TemplateFormats {
  readonly when: Intl.DateTimeFormat;
  readonly plurals: Intl.PluralRules;
}

/** Formats are expensive to make; there are few zones and languages. */
const MAX_KEPT = 200;
const kept = new Map<string, TemplateFormats>();

/** @throws RangeError when the language or the zone is none */
export function templateFormats(locale: string, timeZone: string): TemplateFormats {
  const key = `${locale} ${timeZone}`;
  const known = kept.get(key);
  if (known !== undefined) return known;
  const formats = {
    when: new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short', timeZone }),
    plurals: new Intl.PluralRules(locale),
  };
  if (kept.size >= MAX_KEPT) kept.clear();
  kept.set(key, formats);
  return formats;
}

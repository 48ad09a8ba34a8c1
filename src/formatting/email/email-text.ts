import { type Digest, type DigestEntry } from '../digest/digest.js';
import { excerpt } from '../digest/excerpt.js';
import { safeLink } from '../digest/safe-link.js';
import { type Headline } from '../digest/headline.js';
import { nameOf, type Translator } from '../translation/translator.js';
import { capitalised, type EntryFormat, entryFormat, type LocalFormat } from './about.js';
import { type EmailFrame } from './email-frame.js';

/** What a digest shows of each body; a single delivery's stands whole. */
export const DIGEST_BODY_CHARACTERS = 400;

/** In ASCII, so that a mail in ASCII needs no encoding. */
const SEPARATOR = ' - ';

/** The text part: every shown entry with its title. */
export function emailText(digest: Digest, headline: Headline, format: LocalFormat, frame: EmailFrame = {}): string {
  const { translator } = format;
  const entry = entryFormat(digest, format);
  const [only] = digest.entries;
  const footer = footerOf(frame, translator);
  if (digest.count === 1 && only !== undefined) return `${lines(only, only.body, entry).join('\n')}\n${footer}`;
  const from = digest.actors === undefined ? undefined : translator.from(digest.actors);
  const under = [from, entry.day].filter((part) => part !== undefined).join(SEPARATOR);
  const head = under === '' ? headline.text : `${headline.text}\n${under}`;
  const entries = digest.groups.flatMap((group) => {
    const heading = headline.headingOf(group);
    const items = group.entries.map((one) => listItem(one, entry));
    return heading === undefined ? items : [`${heading} (${items.length})`, ...items];
  });
  const rest = digest.hidden > 0 ? [translator.andMore(digest.hidden)] : [];
  return `${[head, ...entries, ...rest].join('\n\n')}\n${footer}`;
}

/** Behind the separator of a signature (RFC 3676 §4.3), which mail readers show apart and leave out of a reply. */
function footerOf({ brandName, brand, unsubscribeUrl, address }: EmailFrame, translator: Translator): string {
  const parts = [
    ...(brandName === undefined ? [] : [translator.reason(brandName, address)]),
    ...(brand?.address === undefined ? [] : [brand.address]),
    ...(unsubscribeUrl === undefined ? [] : [`${translator.label('unsubscribe')}: ${unsubscribeUrl}`]),
  ];
  return parts.length === 0 ? '' : `\n-- \n${parts.join('\n')}\n`;
}

function listItem(entry: DigestEntry, format: EntryFormat): string {
  const body = entry.body === undefined ? undefined : excerpt(entry.body, DIGEST_BODY_CHARACTERS);
  const [title, ...further] = lines(entry, body, format);
  let item = `* ${title ?? ''}`;
  for (const part of further)
    for (const line of part.includes('\n') ? part.split('\n') : [part]) item += line === '' ? '\n' : `\n  ${line}`;
  return item;
}

function lines(entry: DigestEntry, body: string | undefined, { translator, saysType, at }: EntryFormat): readonly string[] {
  const urgency = translator.urgency(entry.priority);
  const link = safeLink(entry.data);
  const about = [
    ...(saysType ? [capitalised(translator.typeName(entry.type), translator)] : []),
    ...(entry.actor === undefined ? [] : [nameOf(entry.actor)]),
    at(entry.firstAt),
  ];
  return [
    `${urgency === undefined ? '' : `[${urgency}] `}${entry.title}${entry.repeats > 1 ? ` (${translator.times(entry.repeats)})` : ''}`,
    about.join(SEPARATOR),
    ...(body === undefined || body === '' ? [] : ['', body.includes('\r') ? body.replace(/\r\n?/g, '\n') : body]),
    ...(link === undefined ? [] : ['', link]),
  ];
}

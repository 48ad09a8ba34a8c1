import { type Digest, type DigestEntry } from '../digest/digest.js';
import { excerpt } from '../digest/excerpt.js';
import { type Headline } from '../digest/headline.js';
import { safeLink } from '../digest/safe-link.js';
import { type EmailFrame } from './email-frame.js';
import { nameOf, type Words } from '../words/words.js';

/** What a digest shows of each body; a single delivery's stands whole. */
export const DIGEST_BODY_CHARACTERS = 400;

/** The text part: every shown entry with its title. */
export function emailText(digest: Digest, headline: Headline, words: Words, frame: EmailFrame = {}): string {
  const [only] = digest.entries;
  const footer = footerOf(frame, words);
  if (digest.count === 1 && only !== undefined) return `${lines(only, only.body, words).join('\n')}\n${footer}`;
  const head = digest.actors === undefined ? [headline.text] : [headline.text, words.from(digest.actors)];
  const entries = digest.groups.flatMap((group) => {
    const heading = headline.headingOf(group);
    const items = group.entries.map((entry) => listItem(entry, words));
    return heading === undefined ? items : [`${heading} (${items.length})`, ...items];
  });
  const rest = digest.hidden > 0 ? [words.andMore(digest.hidden)] : [];
  return `${[head.join('\n'), ...entries, ...rest].join('\n\n')}\n${footer}`;
}

/** Behind the separator of a signature (RFC 3676 §4.3), which mail readers show apart and leave out of a reply. */
function footerOf({ brandName, unsubscribeUrl }: EmailFrame, words: Words): string {
  const parts = [
    ...(brandName === undefined ? [] : [brandName]),
    ...(unsubscribeUrl === undefined ? [] : [`${words.label('unsubscribe')}: ${unsubscribeUrl}`]),
  ];
  return parts.length === 0 ? '' : `\n-- \n${parts.join('\n')}\n`;
}

function listItem(entry: DigestEntry, words: Words): string {
  const body = entry.body === undefined ? undefined : excerpt(entry.body, DIGEST_BODY_CHARACTERS);
  const [title, ...further] = lines(entry, body, words);
  const indented = further.flatMap((part) => part.split('\n')).map((line) => (line === '' ? '' : `  ${line}`));
  return [`* ${title ?? ''}`, ...indented].join('\n');
}

function lines(entry: DigestEntry, body: string | undefined, words: Words): readonly string[] {
  const urgency = words.urgency(entry.priority);
  const link = safeLink(entry.data);
  return [
    `${urgency === undefined ? '' : `[${urgency}] `}${entry.title}${entry.repeats > 1 ? ` (${words.times(entry.repeats)})` : ''}`,
    ...(entry.actor === undefined ? [] : [words.by(nameOf(entry.actor))]),
    ...(body === undefined || body === '' ? [] : ['', body.replace(/\r\n?/g, '\n')]),
    ...(link === undefined ? [] : ['', link]),
  ];
}

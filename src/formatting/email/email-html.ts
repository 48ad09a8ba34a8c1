import { html, type Html } from './html.js';
import { type Digest, type DigestEntry } from '../digest/digest.js';
import { excerpt } from '../digest/excerpt.js';
import { type Headline } from '../digest/headline.js';
import { safeLink } from '../digest/safe-link.js';
import { type DateFormat } from '../date-format.js';
import { nameOf, type Words } from '../words/words.js';
import { type EmailFrame } from './email-frame.js';
import { DIGEST_BODY_CHARACTERS } from './email-text.js';

/** Mail readers cut longer documents off (Gmail at 102 kB, with the end of the digest and its link). */
export const MAX_HTML_BYTES = 80_000;
/** A character takes at most 6 bytes once escaped, so a single delivery's page stays under the limit. */
const SINGLE_BODY_CHARACTERS = 10_000;
/** Longer names say nothing more. */
const NAME_CHARACTERS = 200;

const PAGE = html`margin:0;padding:16px;font:16px/1.5 system-ui,-apple-system,Segoe UI,Roboto,sans-serif`;
const COLUMN = html`max-width:600px;margin:0 auto`;
const ITEM = html`margin:0 0 16px;padding:0 0 0 12px;border-left:3px solid `;
const ITEM_IN_GROUP = html`margin:0 0 16px 16px;padding:0 0 0 12px;border-left:3px solid `;
const GROUP = html`margin:0 0 8px;font-weight:600;overflow-wrap:anywhere`;
const QUIET = html`margin:0;font-size:13px;opacity:.75`;

/** The words and dates of the reader's language. */
export interface Wording {
  readonly words: Words;
  readonly when: DateFormat;
}

/** The HTML part. No colour of text or ground is set, so that the reader's own light or dark scheme holds. */
export function emailHtml(digest: Digest, headline: Headline, wording: Wording, frame: EmailFrame = {}): string {
  const [only] = digest.entries;
  if (digest.count === 1 && only !== undefined) {
    return page(headline.text, item(only, SINGLE_BODY_CHARACTERS, wording), wording, frame).toString();
  }
  return digestPage(digest, headline, wording, frame);
}

/** As many entries as fit, from the first on; what does not is counted. */
function digestPage(digest: Digest, { text: subject, headingOf }: Headline, wording: Wording, around: EmailFrame): string {
  const from = digest.actors === undefined ? undefined : wording.words.from(excerpt(digest.actors, 3 * NAME_CHARACTERS));
  const actors = from === undefined ? undefined : html`<p style="${QUIET}">${from}</p>`;
  const frame = (items: readonly Html[], more: number): string =>
    page(
      subject,
      html`<h1 style="font-size:20px;margin:0 0 4px">${subject}</h1>
        ${actors}
        <div style="height:16px"></div>
        ${items}${rest(more, wording)}`,
      wording,
      around,
    ).toString();
  let room = MAX_HTML_BYTES - Buffer.byteLength(frame([], digest.count));
  let shown = 0;
  const items: Html[] = [];
  const parts = digest.groups.flatMap((group) => {
    const heading = headingOf(group);
    const above = heading === undefined ? undefined : html`<p style="${GROUP}">${heading}</p>`;
    return group.entries.map((entry, index) => {
      const part = item(entry, DIGEST_BODY_CHARACTERS, wording, heading !== undefined);
      return { entry, part: index === 0 && above !== undefined ? html`${above}${part}` : part };
    });
  });
  for (const { entry, part } of parts) {
    room -= Buffer.byteLength(part.toString());
    if (room < 0) break;
    items.push(part);
    shown += entry.repeats;
  }
  return frame(items, digest.count - shown);
}

function page(subject: string, content: Html, { words }: Wording, { brandName, unsubscribeUrl }: EmailFrame): Html {
  const header = brandName === undefined ? undefined : html`<p style="${QUIET};margin:0 0 16px">${brandName}</p>`;
  const link = unsubscribeUrl === undefined ? undefined : html`<a href="${unsubscribeUrl}">${words.label('unsubscribe')}</a>`;
  const between = brandName !== undefined && link !== undefined ? html` &middot; ` : undefined;
  const footer =
    brandName === undefined && link === undefined ? undefined : html`<p style="${QUIET}">${brandName}${between}${link}</p>`;
  return html`<!doctype html>
    <html lang="${words.locale}">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width" />
        <meta name="color-scheme" content="light dark" />
        <meta name="supported-color-schemes" content="light dark" />
        <title>${subject}</title>
      </head>
      <body style="${PAGE}">
        <div style="${COLUMN}">${header}${content}${footer}</div>
      </body>
    </html> `;
}

function item(entry: DigestEntry, bodyCharacters: number, wording: Wording, inGroup = false): Html {
  const link = safeLink(entry.data);
  const times = entry.repeats > 1 ? html` <span style="opacity:.75">(${wording.words.times(entry.repeats)})</span>` : undefined;
  const title = link === undefined ? html`${entry.title}` : html`<a href="${link}">${entry.title}</a>`;
  const body =
    entry.body === undefined || entry.body === ''
      ? undefined
      : html`<p style="margin:4px 0 0;white-space:pre-wrap;overflow-wrap:anywhere">${excerpt(entry.body, bodyCharacters)}</p>`;
  return html`<div style="${inGroup ? ITEM_IN_GROUP : ITEM}${edge(entry)}">
    <p style="margin:0;font-weight:600;overflow-wrap:anywhere">${title}${times}</p>
    <p style="${QUIET}">${about(entry, wording)}</p>
    ${body}
  </div> `;
}

function about(entry: DigestEntry, { words, when }: Wording): readonly Html[] {
  const urgency = words.urgency(entry.priority);
  const actor = entry.actor === undefined ? undefined : words.by(excerpt(nameOf(entry.actor), NAME_CHARACTERS));
  const at = when(entry.firstAt);
  // As an entity: a mail in ASCII needs no encoding.
  return [urgency, words.typeName(entry.type), actor, at]
    .filter((part) => part !== undefined)
    .map((part, i) => (i === 0 ? html`${part}` : html` &middot; ${part}`));
}

/** Readable on light and on dark. */
function edge(entry: DigestEntry): string {
  switch (entry.priority) {
    case 'critical':
      return '#d32f2f';
    case 'high':
      return '#ef6c00';
    case 'normal':
      return '#5c8dd6';
    case 'low':
      return '#9e9e9e';
  }
}

function rest(more: number, { words }: Wording): Html | undefined {
  return more > 0 ? html`<p style="margin:0">${words.andMore(more)}</p>` : undefined;
}

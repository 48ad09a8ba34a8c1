import { type DigestEntry } from '../digest/digest.js';
import { excerpt } from '../digest/excerpt.js';
import { safeLink } from '../digest/safe-link.js';
import { nameOf } from '../translation/translator.js';
import { DIGEST_BODY_CHARACTERS } from './email-text.js';
import { capitalised, type EntryFormat } from './about.js';
import { type BrandLook } from './brand-look.js';
// Under another name, as the formatter of the source would indent a template named `html`, and so the mails.
import { html as markup, multiline, type Html } from './html.js';

/** Longer names say nothing more. */
export const NAME_CHARACTERS = 200;
/** A longer link stands only in the button. */
const TITLE_LINK_CHARACTERS = 300;
const BADGES: Readonly<Record<string, string>> = { critical: '#c62828', high: '#b45309' };
/** Seen on light and on dark ground. */
const EDGES: Readonly<Record<DigestEntry['priority'], string>> = {
  critical: '#d32f2f',
  high: '#ef6c00',
  normal: '#5c8dd6',
  low: '#9e9e9e',
};
/** Below the heading of a digest, and below that of a group. */
const UNGROUPED = markup`h2`;
const GROUPED = markup`h3`;
const PADDING = { ltr: '2px 0 2px 12px', rtl: '2px 12px 2px 0' } as const;
/** A character takes at most 6 bytes once escaped, so that the page of a single delivery stays under the limit. */
const ONLY_BODY_CHARACTERS = 10_000;
const PLAIN_LINK = markup`style="color:inherit;text-decoration:none"`;

/** Where an entry stands. */
interface EntryPlace {
  /** What the entries of its group have in common, above the first of them. */
  readonly heading: string | undefined;
  readonly inGroup: boolean;
}

/** An entry of a digest: rows of a table of two columns. */
export function entryRows(entry: DigestEntry, format: EntryFormat, look: BrandLook, { heading, inGroup }: EntryPlace): Html {
  const link = safeLink(entry.data);
  const title =
    link === undefined || link.length > TITLE_LINK_CHARACTERS
      ? markup`${entry.title}`
      : markup`<a href="${link}" ${PLAIN_LINK}>${entry.title}</a>`;
  const above =
    heading === undefined
      ? undefined
      : markup`<tr><td colspan="2" style="padding:0 0 8px"><h2 dir="auto" style="margin:0;font-size:16px">${heading}</h2></td></tr>
`;
  const name = inGroup ? GROUPED : UNGROUPED;
  return markup`${above}<tr><td width="3" bgcolor="${EDGES[entry.priority]}"></td>
<td style="padding:${PADDING[format.translator.direction]}">
<${name} dir="auto" style="margin:0;font-size:${inGroup ? 15 : 16}px">${title}${repeats(entry, format)}</${name}>
${about(entry, format)}${body(entry, DIGEST_BODY_CHARACTERS)}${button(entry, link, format, look)}</td></tr>
<tr><td height="16"></td></tr>
`;
}

/** The only delivery of a mail: rows of the page. */
export function onlyEntry(entry: DigestEntry, format: EntryFormat, look: BrandLook): Html {
  return markup`
<tr><td style="padding:16px 0">
<h1 dir="auto" style="margin:0 0 4px;font-size:20px;line-height:28px">${entry.title}</h1>
${about(entry, format)}${body(entry, ONLY_BODY_CHARACTERS)}${button(entry, safeLink(entry.data), format, look)}</td></tr>`;
}

function repeats({ repeats: times }: DigestEntry, { translator }: EntryFormat): Html | undefined {
  return times > 1 ? markup` <span dir="auto" style="font-weight:400">(${translator.times(times)})</span>` : undefined;
}

/** Urgency, type, actor and time. */
function about(entry: DigestEntry, { translator, saysType, at }: EntryFormat): Html {
  const urgency = translator.urgency(entry.priority);
  const badge =
    urgency === undefined
      ? undefined
      : markup`<b style="padding:1px 6px;border-radius:3px;color:#ffffff;background-color:${BADGES[entry.priority]}">${capitalised(urgency, translator)}</b> `;
  const type = saysType ? markup`${capitalised(translator.typeName(entry.type), translator)} &middot; ` : undefined;
  const actor =
    entry.actor === undefined
      ? undefined
      : markup`<span dir="auto">${excerpt(nameOf(entry.actor), NAME_CHARACTERS)}</span> &middot; `;
  return markup`<p class="q" style="margin:0;font-size:13px">${badge}${type}${actor}${at(entry.firstAt)}</p>
`;
}

function body({ body: text }: DigestEntry, characters: number): Html | undefined {
  if (text === undefined || text === '') return undefined;
  return markup`<p dir="auto" style="margin:4px 0 0;white-space:pre-wrap">${multiline(excerpt(text, characters))}</p>
`;
}

/** A table, as Outlook on Windows gives a link no padding. */
function button({ type }: DigestEntry, link: string | undefined, { translator }: EntryFormat, look: BrandLook): Html | undefined {
  if (link === undefined) return undefined;
  return markup`<table role="presentation" cellspacing="0" style="margin:8px 0 0"><tr><td ${look.button}><a href="${link}" ${look.buttonLink}>${translator.action(type)}</a></td></tr></table>
`;
}

import { type Digest } from '../digest/digest.js';
import { excerpt } from '../digest/excerpt.js';
import { type EntryFormat, entryFormat, type LocalFormat } from './about.js';
import { type BrandLook } from './brand-look.js';
import { entryRows, NAME_CHARACTERS, onlyEntry } from './email-entry.js';
import { type EmailFrame } from './email-frame.js';
import { emailPage, LAYOUT } from './email-page.js';
import { type EmailHeadline } from './email-headline.js';
// Under another name, as the formatter of the source would indent a template named `html`, and so the mails.
import { html as markup, type Html } from './html.js';

/** Mail readers cut longer documents off (Gmail at 102 kB, with the end of the digest and its link). */
export const MAX_HTML_BYTES = 80_000;

/** What a mail looks like. */
export interface EmailLook {
  readonly frame: EmailFrame;
  readonly brand: BrandLook;
}

/** The HTML part. No ground is set, and no colour of text where the reader's scheme is unknown, so that their own light or dark scheme holds. */
export function emailHtml(digest: Digest, headline: EmailHeadline, format: LocalFormat, { frame, brand }: EmailLook): string {
  const { translator } = format;
  const page = (rows: Html): string => emailPage(headline, rows, { translator, look: brand, frame }).toString();
  const entry = entryFormat(digest, format);
  const [only] = digest.entries;
  if (digest.count === 1 && only !== undefined) return page(onlyEntry(only, entry, brand));
  return digestPage(digest, headline, entry, brand, page);
}

/** As many entries as fit, from the first on; what does not is counted. */
function digestPage(
  digest: Digest,
  { text: summary, headingOf }: EmailHeadline,
  format: EntryFormat,
  brand: BrandLook,
  page: (rows: Html) => string,
): string {
  const heading = markup`
<tr><td style="padding:16px 0">
<h1 style="margin:0;font-size:20px;line-height:28px">${summary}</h1>
${under(digest, format)}</td></tr>`;
  const whole = (items: readonly Html[], more: number): string =>
    page(markup`${heading}
<tr><td><table ${LAYOUT} width="100%">
${items}</table></td></tr>${rest(more, format)}`);
  const items = digest.groups.flatMap((group) => {
    const heading = headingOf(group);
    return group.entries.map((entry, index) =>
      entryRows(entry, format, brand, { heading: index === 0 ? heading : undefined, inGroup: heading !== undefined }),
    );
  });
  const all = whole(items, digest.hidden);
  if (Buffer.byteLength(all) <= MAX_HTML_BYTES) return all;
  let room = MAX_HTML_BYTES - Buffer.byteLength(whole([], digest.count));
  let shown = 0;
  const fitting: Html[] = [];
  for (const [index, rows] of items.entries()) {
    room -= Buffer.byteLength(rows.toString());
    if (room < 0) break;
    fitting.push(rows);
    shown += digest.entries[index]?.repeats ?? 0;
  }
  return whole(fitting, digest.count - shown);
}

/** Who caused the entries, and the day of all of them. */
function under({ actors }: Digest, { translator, day }: EntryFormat): Html | undefined {
  const from =
    actors === undefined ? undefined : markup`<span dir="auto">${translator.from(excerpt(actors, 3 * NAME_CHARACTERS))}</span>`;
  if (from === undefined && day === undefined) return undefined;
  const between = from !== undefined && day !== undefined ? markup` &middot; ` : undefined;
  return markup`<p class="q" style="margin:0;font-size:13px">${from}${between}${day}</p>
`;
}

function rest(more: number, { translator }: EntryFormat): Html | undefined {
  return more > 0
    ? markup`
<tr><td style="padding:0 0 16px">${translator.andMore(more)}</td></tr>`
    : undefined;
}

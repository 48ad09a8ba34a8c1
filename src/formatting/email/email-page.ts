import { type Translator } from '../translation/translator.js';
import { type BrandLook } from './brand-look.js';
import { type EmailFrame } from './email-frame.js';
import { type EmailHeadline } from './email-headline.js';
// Under another name, as the formatter of the source would indent a template named `html`, and so the mails.
import { html as markup, type Html } from './html.js';

/** For tables that lay out and hold no data. */
export const LAYOUT = markup`role="presentation" cellpadding="0" cellspacing="0" border="0"`;
const FONT = markup`system-ui,-apple-system,'Segoe UI',Roboto,Arial,sans-serif`;
const HIDDEN = markup`display:none;font-size:1px;line-height:1px;max-height:0;max-width:0;overflow:hidden;mso-hide:all`;

/** Between the language and the title. */
const META = markup`<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<meta name="format-detection" content="telephone=no,date=no,address=no">
<meta name="color-scheme" content="light dark">
<title>`;

/**
 * Between the title and the preview. Colours are set only where the scheme of the reader is known: elsewhere what is not set is as the reader's own
 * light or dark scheme has it.
 */
const STYLE = markup`</title>
<style>
:root{color-scheme:light dark}
@media (prefers-color-scheme:light){.q{color:#57606a}.a{color:#0b57d0}}
@media (prefers-color-scheme:dark){.q{color:#a2abb8}.a{color:#8ab4f8}}
</style>
<!--[if mso]><style>td,p,a,h1,h2,h3{font-family:'Segoe UI',Arial,sans-serif}</style><![endif]-->
</head>
<body style="margin:0;padding:0">
<div style="${HIDDEN}">`;

/** One column of at most 600 px. */
const COLUMN = markup`<table ${LAYOUT} width="100%"><tr><td style="padding:16px;font:15px/22px ${FONT}">
<!--[if mso]><table ${LAYOUT} align="center" width="600"><tr><td><![endif]-->
<table ${LAYOUT} align="center" width="100%" style="max-width:600px;margin:0 auto;overflow-wrap:anywhere;word-break:break-word">
`;

const END = markup`
</table>
<!--[if mso]></td></tr></table><![endif]-->
</td></tr></table>
</div>
</body>
</html>
`;

/**
 * The document. It is made of tables, and of one more for Outlook on Windows, whose layout engine (Word's) honours neither `max-width` nor
 * `padding` of other elements.
 *
 * @param rows of the column, between the header and the footer
 */
export function emailPage(
  { text: summary, preview }: EmailHeadline,
  rows: Html,
  { translator, look, frame }: { readonly translator: Translator; readonly look: BrandLook; readonly frame: EmailFrame },
): Html {
  const language = markup`lang="${translator.locale}" dir="${translator.direction}"`;
  // Readers that show mails in a page of theirs drop the attributes of its root.
  return markup`<!doctype html>
<html ${language}>
${META}${summary}${STYLE}${preview}</div>
<div role="article" aria-roledescription="email" aria-label="${summary}" ${language}>
${COLUMN}${look.header}${rows}${footer(frame, translator)}${END}`;
}

function footer({ brandName, brand, unsubscribeUrl, address }: EmailFrame, translator: Translator): Html | undefined {
  const why = brandName === undefined ? undefined : markup`<span dir="auto">${translator.reason(brandName, address)}</span>`;
  const place =
    brand?.address === undefined
      ? undefined
      : markup`<br>
<span dir="auto">${brand.address}</span>`;
  const leave =
    unsubscribeUrl === undefined
      ? undefined
      : markup`${why === undefined ? undefined : ' '}<a class="a" href="${unsubscribeUrl}">${translator.label('unsubscribe')}</a>`;
  if (why === undefined && place === undefined && leave === undefined) return undefined;
  return markup`
<tr><td class="q" style="padding:12px 0 0;font-size:12px;line-height:18px;border-top:1px solid #8a93a3">${why}${leave}${place}</td></tr>`;
}

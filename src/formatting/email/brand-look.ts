import { type EmailBrandOptions } from '../../config/email-options.js';
// Under another name, as the formatter of the source would indent a template named `html`, and so the mails.
import { html as markup, type Html } from './html.js';

/** How a brand's mails look. Made once a brand. */
export interface BrandLook {
  /** The line above everything; undefined without a name. */
  readonly header: Html | undefined;
  /** Of buttons: ground and text in the brand's colour, or an outline. */
  readonly button: Html;
  readonly buttonLink: Html;
}

/** Seen on light and on dark ground. */
const LINE_COLOUR = '#8a93a3';
const OUTLINE_COLOUR = '#5c8dd6';
const LOGO_HEIGHT = 32;

export function brandLookOf(name: string | undefined, { url, logoUrl, color }: EmailBrandOptions = {}): BrandLook {
  return {
    header: name === undefined ? undefined : headerOf(name, url, logoUrl, color),
    button:
      color === undefined
        ? markup`style="border:1px solid ${OUTLINE_COLOUR};border-radius:6px;mso-padding-alt:5px 14px"`
        : markup`bgcolor="${color}" style="border-radius:6px;mso-padding-alt:6px 15px"`,
    buttonLink:
      color === undefined
        ? markup`class="a" style="display:inline-block;padding:5px 14px;font-size:14px;text-decoration:none"`
        : markup`style="display:inline-block;padding:6px 15px;font-size:14px;font-weight:600;text-decoration:none;color:${textOn(color)}"`,
  };
}

function headerOf(name: string, url?: string, logoUrl?: string, color?: string): Html {
  const shown =
    logoUrl === undefined
      ? markup`${name}`
      : markup`<img src="${logoUrl}" alt="${name}" height="${LOGO_HEIGHT}" style="height:${LOGO_HEIGHT}px;border:0;vertical-align:middle">`;
  const linked = url === undefined ? shown : markup`<a href="${url}" style="color:inherit;text-decoration:none">${shown}</a>`;
  const line = color === undefined ? `1px solid ${LINE_COLOUR}` : `3px solid ${color}`;
  return markup`<tr>
<td style="padding:0 0 12px;font-size:14px;line-height:20px;font-weight:600;border-bottom:${line}"><span dir="auto">${linked}</span></td>
</tr>`;
}

/** White or black, whichever has more contrast (WCAG 2.2, relative luminance). @param color `#rrggbb` */
export function textOn(color: string): '#ffffff' | '#000000' {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const part = Number.parseInt(color.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  const luminance = 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  return 1.05 / (luminance + 0.05) >= (luminance + 0.05) / 0.05 ? '#ffffff' : '#000000';
}

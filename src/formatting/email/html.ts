/** HTML that may stand in a page as it is. Only `html` makes it. */
export class Html {
  constructor(private readonly source: string) {}

  toString(): string {
    return this.source;
  }
}

export type HtmlValue = string | number | Html | undefined | readonly HtmlValue[];

/**
 * A template in which every value is escaped, for element content and for attributes in double quotes, unless it is
 * `Html` itself. A list is joined; undefined is nothing.
 */
export function html(parts: TemplateStringsArray, ...values: readonly HtmlValue[]): Html {
  let source = parts[0] ?? '';
  for (let i = 0; i < values.length; i++) source += render(values[i]) + (parts[i + 1] ?? '');
  return new Html(source);
}

/** Text with its line breaks. The source has one inside of each tag, so that lines stay as short as those of the text. */
export function multiline(text: string): Html {
  const lines = text.includes('\r') ? text.replace(LINE_BREAK, '\n') : text;
  return new Html(escapeHtml(lines).replaceAll('\n', '<br\n>'));
}

const LINE_BREAK = /\r\n?/g;
const SPECIAL = /[&<>"']/;

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

function escapeHtml(text: string): string {
  if (!SPECIAL.test(text)) return text;
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '');
}

function render(value: HtmlValue): string {
  if (value === undefined) return '';
  if (typeof value === 'string') return escapeHtml(value);
  if (typeof value === 'number') return String(value);
  return value instanceof Html ? value.toString() : value.map(render).join('');
}

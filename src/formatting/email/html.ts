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
  for (const [i, value] of values.entries()) source += render(value) + (parts[i + 1] ?? '');
  return new Html(source);
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '');
}

function render(value: HtmlValue): string {
  if (value === undefined) return '';
  if (typeof value === 'object' && !(value instanceof Html)) return value.map(render).join('');
  return value instanceof Html ? value.toString() : escapeHtml(String(value));
}

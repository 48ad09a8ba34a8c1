import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** A fenced block of a page. */
export interface Snippet {
  readonly page: string;
  /** e.g. `docs/live.md:12` */
  readonly place: string;
  readonly language: string;
  readonly text: string;
}

/** Every page that a user reads. */
export function pages(): readonly string[] {
  const below = readdirSync(`${ROOT}docs`, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.md'));
  return ['README.md', ...below.map((name) => `docs/${name}`)].toSorted();
}

export function readPage(page: string): string {
  return readFileSync(`${ROOT}${page}`, 'utf8');
}

/** The fenced blocks of all pages in one language. */
export function snippets(language: string): readonly Snippet[] {
  return pages().flatMap((page) => {
    const found: Snippet[] = [];
    let begun: { readonly line: number; readonly language: string } | undefined;
    let lines: string[] = [];
    for (const [index, line] of readPage(page).split('\n').entries()) {
      const fence = /^\s*```(\w*)/.exec(line);
      if (fence === null) lines.push(line);
      else if (begun === undefined) {
        begun = { line: index + 2, language: fence[1] ?? '' };
        lines = [];
      } else {
        found.push({ page, place: `${page}:${begun.line}`, language: begun.language, text: lines.join('\n') });
        begun = undefined;
      }
    }
    return found.filter((one) => one.language === language);
  });
}

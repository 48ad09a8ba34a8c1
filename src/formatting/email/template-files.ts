import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** A template of a folder. */
export interface TemplateFile {
  /** Relative to the folder, with `/`. */
  readonly path: string;
  readonly source: string;
}

const EXTENSION = '.eta';

/** The templates of a folder and those below it, in the order of their paths; other files are ignored. @throws what the file system throws */
export function templateFiles(folder: string): readonly TemplateFile[] {
  return pathsOf(folder).map((path) => ({ path, source: readFileSync(join(folder, path), 'utf8') }));
}

/** Another text whenever a template was added, removed or written. */
export function versionOf(folder: string): string {
  return pathsOf(folder)
    .map((path) => {
      const { mtimeMs, size } = statSync(join(folder, path));
      return `${path} ${mtimeMs} ${size}`;
    })
    .join('\n');
}

function pathsOf(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((path) => path.replaceAll('\\', '/'))
    .filter((path) => path.endsWith(EXTENSION) && statSync(join(folder, path)).isFile())
    .sort();
}

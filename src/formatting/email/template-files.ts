import { readdirSync, readFileSync, realpathSync, type Stats, statSync } from 'node:fs';
import { join, sep } from 'node:path';

/** A template of a folder. */
export interface TemplateFile {
  /** Relative to the folder, with `/`. */
  readonly path: string;
  readonly source: string;
}

const EXTENSION = '.eta';
/** A template is written by hand. */
export const MAX_TEMPLATE_BYTES = 1024 * 1024;
/** Folders below a folder: types, and languages of them. */
const MAX_DEPTH = 4;

/**
 * The templates of a folder and those below it, in the order of their paths. Other files are ignored, and so is what begins with a dot. Links are
 * followed as long as they stay in the folder, as those of a mounted Kubernetes ConfigMap do.
 *
 * @param refuse told of each path that is not read, and why
 * @throws what the file system throws about the folder itself
 */
export function templateFiles(folder: string, refuse: (path: string, why: string) => void): readonly TemplateFile[] {
  const root = realpathSync(folder);
  return pathsOf(root, refuse).flatMap(({ path, stats }) => {
    if (stats.size > MAX_TEMPLATE_BYTES) refuse(path, `has ${stats.size} bytes; a template has at most ${MAX_TEMPLATE_BYTES}`);
    return stats.size > MAX_TEMPLATE_BYTES ? [] : [{ path, source: readFileSync(join(root, path), 'utf8') }];
  });
}

/** Another text whenever a template was added, removed or written. */
export function versionOf(folder: string): string {
  return pathsOf(realpathSync(folder), () => undefined)
    .map(({ path, stats: { mtimeMs, size } }) => `${path} ${mtimeMs} ${size}`)
    .join('\n');
}

interface FoundFile {
  readonly path: string;
  readonly stats: Stats;
}

function pathsOf(root: string, refuse: (path: string, why: string) => void, below = '', depth = 0): readonly FoundFile[] {
  const names = readdirSync(join(root, below)).filter((name) => !name.startsWith('.'));
  const found = names.flatMap((name): readonly FoundFile[] => {
    const path = below === '' ? name : `${below}/${name}`;
    const stats = statsWithin(root, path, refuse);
    if (stats?.isDirectory() === true) {
      if (depth < MAX_DEPTH) return pathsOf(root, refuse, path, depth + 1);
      refuse(path, `lies more than ${MAX_DEPTH} folders deep`);
    }
    return stats?.isFile() === true && path.endsWith(EXTENSION) ? [{ path, stats }] : [];
  });
  return below === '' ? found.toSorted((a, b) => (a.path < b.path ? -1 : 1)) : found;
}

/** Undefined where a link leads out of the folder, or nowhere. */
function statsWithin(root: string, path: string, refuse: (path: string, why: string) => void): Stats | undefined {
  const isTemplate = path.endsWith(EXTENSION);
  try {
    const stats = statSync(join(root, path));
    if (realpathSync(join(root, path)).startsWith(root.endsWith(sep) ? root : root + sep)) return stats;
    if (isTemplate || stats.isDirectory()) refuse(path, 'is a link that leads out of the folder');
  } catch {
    if (isTemplate) refuse(path, 'is a link that leads nowhere, or cannot be read');
  }
  return undefined;
}

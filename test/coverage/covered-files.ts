import { readFileSync } from 'node:fs';
import ts from 'typescript';
import { codeLines } from './code-lines.ts';
import { type PublicMethod } from './public-methods.ts';

/** A file in `coverage-final.json`, in Istanbul's form. */
interface RawFile {
  readonly path: string;
  readonly statementMap: Readonly<Record<string, { readonly start: { readonly line: number } }>>;
  readonly s: Readonly<Record<string, number>>;
  readonly fnMap: Readonly<Record<string, { readonly name: string; readonly line: number }>>;
  readonly f: Readonly<Record<string, number>>;
}

/** What the tests ran of a file. */
export interface CoveredFile {
  /** From the project's root. */
  readonly path: string;
  /** Lines with code that runs. */
  readonly lines: number;
  /** Those that no test ran, 1-based. */
  readonly uncovered: readonly number[];
  readonly functions: readonly { readonly name: string; readonly line: number; readonly calls: number }[];
}

/** Files that have only types have no lines, and are left out. */
export function readCoverage(report: string, root: string): readonly CoveredFile[] {
  const files = Object.values(JSON.parse(readFileSync(report, 'utf8')) as Readonly<Record<string, RawFile>>);
  return files
    .map((file) => coveredFile(file, root))
    .filter(({ lines }) => lines > 0)
    .toSorted((one, other) => (one.path < other.path ? -1 : 1));
}

function coveredFile({ path, statementMap, s, fnMap, f }: RawFile, root: string): CoveredFile {
  const code = codeLines(ts.createSourceFile(path, readFileSync(path, 'utf8'), ts.ScriptTarget.ESNext, true));
  // V8's report has one statement for each line.
  const hits = new Map(Object.entries(statementMap).map(([id, { start }]) => [start.line, s[id] ?? 0]));
  return {
    path: path.slice(root.length + 1),
    lines: code.size,
    uncovered: [...code].filter((line) => (hits.get(line) ?? 0) === 0).toSorted((one, other) => one - other),
    functions: Object.entries(fnMap).map(([id, { name, line }]) => ({ name, line, calls: f[id] ?? 0 })),
  };
}

/** Whether a test called a method. The profiler gives the line of its first modifier or decorator, which may stand above its name. */
export function isCalled(method: PublicMethod, files: readonly CoveredFile[]): boolean {
  const file = files.find(({ path }) => path === method.file);
  const found = file?.functions.filter(({ name, line }) => name === method.name && line <= method.line) ?? [];
  return (found.at(-1)?.calls ?? 0) > 0;
}

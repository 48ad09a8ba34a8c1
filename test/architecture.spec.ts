import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';

const SRC = fileURLToPath(new URL('../src/', import.meta.url));
const MAX_LINES = 250;

/** A layer imports those that stand behind it. What is no layer (`module/` and the files beside the layers) wires them all. */
const LAYERS = [
  'http',
  'jobs',
  'monitoring',
  'queue',
  'recipients',
  'aggregation',
  'processing',
  'suppression',
  'formatting',
  'transports',
  'storage',
  'config',
  'model',
] as const;
const WIRING = [
  'module',
  'testing',
  'index.ts',
  'store-port.ts',
  'testing.ts',
  'terminus.ts',
  'postgres.ts',
  'redis.ts',
  'cli',
  'cli.ts',
  'websocket.ts',
  'main.ts',
  'stand-alone.ts',
  'app.module.ts',
  'notification.module.ts',
];
/** Entry points: for others, never for the inside. */
const ENTRIES = ['index.ts', 'testing.ts', 'terminus.ts', 'postgres.ts', 'redis.ts', 'websocket.ts', 'cli.ts', 'main.ts'];
const STORES = ['storage/sqlite/', 'storage/memory/', 'storage/postgres/', 'storage/redis/'];

const all = readdirSync(SRC, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .toSorted();
/** What is shipped: no specs, and of the suites those that hosts run with their own stores. */
const files = withImports(all.filter((file) => !/\.(spec|conformance)\.ts$/.test(file)));
const texts = new Map(files.map((file) => [file, readFileSync(join(SRC, file), 'utf8')]));
const imports = new Map(files.map((file) => [file, importsOf(file)]));

/** Files, and all that they import. */
function withImports(from: readonly string[]): readonly string[] {
  const found = new Set(from);
  for (const file of found) for (const imported of importsOf(file)) if (all.includes(imported)) found.add(imported);
  return [...found].toSorted();
}

function importsOf(file: string): string[] {
  const found = readFileSync(join(SRC, file), 'utf8').matchAll(/(?:from|import)\s*\(?\s*'(\.[^']+)\.js'/g);
  return [...found].map(([, path]) => relative(SRC, join(SRC, normalize(join(dirname(file), `${path}.ts`)))));
}

/** A suite stands beside what it tests, and is a part of `testing`. */
function layerOf(file: string): string {
  if (file.endsWith('.conformance.ts')) return 'testing';
  return file.split('/')[0] ?? file;
}

function rankOf(file: string): number {
  return LAYERS.indexOf(layerOf(file) as (typeof LAYERS)[number]);
}

/** `file > imported` wherever one may not import the other. */
function forbidden(may: (file: string, imported: string) => boolean): string[] {
  return [...imports].flatMap(([file, targets]) =>
    targets.filter((imported) => !may(file, imported)).map((imported) => `${file} > ${imported}`),
  );
}

/** Lines of files that match, as `file:line`. */
function linesLike(pattern: RegExp, allowed: readonly string[]): string[] {
  return [...texts].flatMap(([file, text]) =>
    text
      .split('\n')
      .map((line, index) => ({ at: `${file}:${index + 1}`, code: line.replace(/^\s*(\/\/|\/?\*).*/, '') }))
      .filter(({ code }) => pattern.test(code) && !allowed.includes(file))
      .map(({ at }) => at),
  );
}

describe('architecture', () => {
  it('every folder is a layer or wires layers', () => {
    expect([...new Set(files.map(layerOf))].filter((layer) => ![...LAYERS, ...WIRING].includes(layer))).toEqual([]);
  });

  it('every import leads to a file', () => {
    expect(forbidden((_, imported) => texts.has(imported))).toEqual([]);
  });

  it('imports go down, except that the configuration asks the pure rules of channels', () => {
    const wires = (file: string): boolean => rankOf(file) === -1;
    const down = (file: string, imported: string): boolean =>
      wires(file) || (!wires(imported) && rankOf(file) <= rankOf(imported));
    const asksRule = (file: string, imported: string): boolean =>
      layerOf(file) === 'config' &&
      layerOf(imported) === 'transports' &&
      imports.get(imported)?.every((next) => layerOf(next) === 'model') === true;
    expect(forbidden((file, imported) => down(file, imported) || asksRule(file, imported))).toEqual([]);
  });

  it('the model imports nothing', () => {
    expect(forbidden((file, imported) => layerOf(file) !== 'model' || layerOf(imported) === 'model')).toEqual([]);
  });

  it('nobody inside imports an entry point', () => {
    expect(forbidden((_, imported) => !ENTRIES.includes(imported))).toEqual([]);
  });

  it('only the wiring knows which store there is', () => {
    const own = (file: string, imported: string): boolean =>
      STORES.every((store) => !imported.startsWith(store) || file.startsWith(store) || WIRING.includes(layerOf(file)));
    expect(forbidden(own)).toEqual([]);
  });

  it('no file imports itself, whichever way round', () => {
    const done = new Set<string>();
    const cycles: string[] = [];
    const visit = (file: string, path: readonly string[]): void => {
      if (path.includes(file)) cycles.push([...path.slice(path.indexOf(file)), file].join(' > '));
      else if (!done.has(file)) for (const imported of imports.get(file) ?? []) visit(imported, [...path, file]);
      done.add(file);
    };
    for (const file of files) visit(file, []);
    expect(cycles).toEqual([]);
  });

  it(`no file is longer than ${MAX_LINES} lines`, () => {
    const lengths = all.map((file) => ({ file, lines: readFileSync(join(SRC, file), 'utf8').split('\n').length - 1 }));
    expect(lengths.filter(({ lines }) => lines > MAX_LINES)).toEqual([]);
  });

  it('only the configuration and the stand-alone application read the environment', () => {
    expect(linesLike(/process\.env/, ['config/environment.ts', 'main.ts', 'app.module.ts'])).toEqual([]);
  });

  it('only the stand-alone application writes to the console', () => {
    expect(linesLike(/\bconsole\./, ['main.ts'])).toEqual([]);
  });

  it('only the clock tells the time and sets timers', () => {
    // A host's registry of schedules holds Node's own timers.
    const allowed = ['model/clock.ts', 'jobs/jobs.scheduler.ts'];
    expect(
      linesLike(/(?<!\.)\b(setTimeout|setInterval|performance\.now|Date\.now)\(|new Date\(\)|\bAbortSignal\.timeout\b/, allowed),
    ).toEqual([]);
  });

  it('randomness is handed in', () => {
    // References too: a default that names the function is no less of a choice than a call.
    const sources = /\bMath\s*(\.|\?\.|\[)\s*['"`]?random\b|\{[^}]*\brandom\b[^}]*\}\s*=\s*Math\b|\brandomInt\b/;
    expect(linesLike(sources, ['model/randomness.ts'])).toEqual([]);
    for (const use of ['Math.random()', 'f(now, Math.random)', "Math['random']", 'const { random } = Math;']) {
      expect(use).toMatch(sources);
    }
  });
});

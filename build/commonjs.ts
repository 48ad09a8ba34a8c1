import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import ts from 'typescript';

/**
 * Writes `dist/cjs`: the modules of `dist` that the entry points need, as CommonJS, for hosts whose Jest cannot load ESM. The code is the same;
 * only imports and exports are rewritten, and comments are left out. Declarations are the same text in both formats: those that the entry points
 * reach are copied.
 */
const DIST = join(import.meta.dirname, '../dist');
const CJS = join(DIST, 'cjs');
const ENTRIES = ['index.js', 'testing.js', 'terminus.js', 'postgres.js', 'redis.js', 'websocket.js'];

/** What stands in place of a module that cannot be rewritten. The page's files are the ones of `dist`. */
const REPLACED: Readonly<Record<string, string>> = {
  'http/dashboard/dashboard-folder.js': `"use strict";
Object.defineProperty(exports, "__esModule", { value: true });
exports.DASHBOARD_FOLDER = require("node:path").join(__dirname, "../../../http/dashboard");
`,
};

const converted = new Set<string>();
const copied = new Set<string>();
for (const entry of ENTRIES) {
  convert(entry);
  copyDeclarations(entry.replace(/\.js$/, '.d.ts'));
}
writeFileSync(join(CJS, 'package.json'), '{ "type": "commonjs" }\n');

/** @param file below `dist`, and everything that it imports when it runs */
function convert(file: string): void {
  if (converted.has(file)) return;
  converted.add(file);
  const source = readFileSync(join(DIST, file), 'utf8').replace(/^\/\/# sourceMappingURL=.*$/m, '');
  write(file, REPLACED[file] ?? commonJsOf(file, source));
  for (const imported of importsOf(file, source)) convert(imported);
}

/** @param file below `dist`, and everything whose types it names: what an application's compiler reads */
function copyDeclarations(file: string): void {
  if (copied.has(file)) return;
  copied.add(file);
  const source = readFileSync(join(DIST, file), 'utf8');
  write(file, source);
  for (const imported of importsOf(file, source)) copyDeclarations(imported.replace(/\.js$/, '.d.ts'));
}

/** The modules of ours that a text imports, as files below `dist`. */
function importsOf(file: string, text: string): readonly string[] {
  const names = ts.preProcessFile(text).importedFiles.map(({ fileName }) => fileName);
  return names.filter((name) => name.startsWith('.')).map((name) => relative(DIST, join(DIST, dirname(file), name)));
}

function commonJsOf(file: string, source: string): string {
  const { outputText, diagnostics = [] } = ts.transpileModule(source, {
    fileName: file,
    reportDiagnostics: true,
    compilerOptions: {
      module: ts.ModuleKind.CommonJS,
      target: ts.ScriptTarget.ES2024,
      allowJs: true,
      esModuleInterop: true,
      // They stand in the ESM files beside these.
      removeComments: true,
    },
  });
  if (diagnostics.length > 0) throw new Error(`${file}: ${ts.flattenDiagnosticMessageText(diagnostics[0]?.messageText, '\n')}`);
  if (outputText.includes('import.meta')) throw new Error(`${file}: CommonJS has no import.meta`);
  return outputText;
}

function write(file: string, text: string): void {
  mkdirSync(dirname(join(CJS, file)), { recursive: true });
  writeFileSync(join(CJS, file), text);
}

import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import ts from 'typescript';

/**
 * Writes `dist/cjs`: the modules of `dist` that the entry points need, as CommonJS, for hosts whose Jest cannot load ESM. The code is the same;
 * only imports and exports are rewritten. Declarations are the same text in both formats, and are copied.
 */
const DIST = join(import.meta.dirname, '../dist');
const CJS = join(DIST, 'cjs');
const ENTRIES = ['index.js', 'testing.js', 'terminus.js', 'postgres.js', 'websocket.js'];

/** What stands in place of a module that cannot be rewritten. The page's files are the ones of `dist`. */
const REPLACED: Readonly<Record<string, string>> = {
  'http/dashboard/dashboard-folder.js': `"use strict";
Object.defineProperty(exports, "__esModule", { value: true });
exports.DASHBOARD_FOLDER = require("node:path").join(__dirname, "../../../http/dashboard");
`,
};

const done = new Set<string>();
for (const entry of ENTRIES) convert(entry);
writeFileSync(join(CJS, 'package.json'), '{ "type": "commonjs" }\n');

/** @param file below `dist`, and everything that it imports */
function convert(file: string): void {
  if (done.has(file)) return;
  done.add(file);
  const source = readFileSync(join(DIST, file), 'utf8').replace(/^\/\/# sourceMappingURL=.*$/m, '');
  const declarations = file.replace(/\.js$/, '.d.ts');
  write(file, REPLACED[file] ?? commonJsOf(file, source));
  copyFileSync(join(DIST, declarations), join(CJS, declarations));
  // A type is imported by the declarations alone.
  const texts = [source, readFileSync(join(DIST, declarations), 'utf8')];
  for (const imported of texts.flatMap((text) => ts.preProcessFile(text).importedFiles)) {
    if (imported.fileName.startsWith('.')) convert(relative(DIST, join(DIST, dirname(file), imported.fileName)));
  }
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

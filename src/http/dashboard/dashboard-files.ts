import { readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, extname, join } from 'node:path';
import { DASHBOARD_FOLDER } from './dashboard-folder.js';

const ASSETS = join(DASHBOARD_FOLDER, 'assets');
const TYPES: Readonly<Record<string, string>> = { '.js': 'text/javascript; charset=utf-8', '.css': 'text/css; charset=utf-8' };
const LIT_FILES: readonly string[] = ['lit-html.js', 'directive.js', 'directive-helpers.js', 'directives/repeat.js'];

/** A file that the page loads. */
export interface DashboardFile {
  readonly path: string;
  readonly type: string;
}

/** The page itself. */
export const DASHBOARD_PAGE: string = join(ASSETS, 'dashboard.html');

/** Only what stands in the folder of the page, and these files of its two libraries, are served. */
export function dashboardFile(name: string): DashboardFile | undefined {
  const path = files().get(name);
  return path === undefined ? undefined : { path, type: TYPES[extname(path)] ?? 'text/plain' };
}

let known: ReadonlyMap<string, string> | undefined;

/** By the name under which it is served; read at the first call. */
function files(): ReadonlyMap<string, string> {
  const require = createRequire(join(DASHBOARD_FOLDER, 'dashboard.controller.js'));
  // https://github.com/leeoniya/uPlot: 50 kB, and https://lit.dev: 12 kB; neither has a dependency that a browser needs.
  const uPlot = dirname(require.resolve('uplot/dist/uPlot.esm.js'));
  // Its files for browsers stand beside the folder of its files for Node, which is what is found here.
  const lit = dirname(dirname(require.resolve('lit-html')));
  known ??= new Map([
    ...readdirSync(ASSETS)
      .filter((name) => extname(name) in TYPES)
      .map((name) => [name, join(ASSETS, name)] as const),
    ['uplot.js', join(uPlot, 'uPlot.esm.js')],
    ['uplot.css', join(uPlot, 'uPlot.min.css')],
    ...LIT_FILES.map((name) => [name, join(lit, name)] as const),
  ]);
  return known;
}

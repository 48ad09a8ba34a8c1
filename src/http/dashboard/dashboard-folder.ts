/**
 * Where the page's files are: `assets` below it. `build/commonjs.ts` puts another text in place of this file, because CommonJS has no
 * `import.meta`.
 */
export const DASHBOARD_FOLDER: string = import.meta.dirname;

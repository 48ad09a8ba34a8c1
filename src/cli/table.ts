import { stripVTControlCharacters } from 'node:util';

/** A cell; nothing is shown of undefined. */
export type Cell = string | number | undefined;

/** Columns stand so far apart. */
const GAP = '  ';
// eslint-disable-next-line no-control-regex -- what a terminal would obey
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g;

/** Lines of a table: numbers stand to the right. Titles and addresses come from others, and cannot steer the terminal. */
export function tableOf(headings: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const cells = [headings, ...rows].map((row) => headings.map((_, column) => shown(row[column])));
  const widths = headings.map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)));
  const isRight = headings.map((_, column) => rows.length > 0 && rows.every((row) => typeof row[column] !== 'string'));
  const lines = cells.map((row) =>
    row
      .map((cell, column) => (isRight[column] === true ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0)))
      .join(GAP)
      .trimEnd(),
  );
  return `${lines.join('\n')}\n`;
}

/** A text of somebody else on one line, without what a terminal would obey. */
export function shown(cell: Cell): string {
  return cell === undefined ? '' : stripVTControlCharacters(String(cell)).replaceAll(CONTROL, ' ');
}

import { type ExportPage, type MovedRow } from '../store-transfer.js';

/** A row with what the next page of its section begins behind. */
export interface KeyedRow {
  readonly key: string;
  readonly row: MovedRow;
}

/** Rows of one kind, in the order of their keys. */
export interface ExportSection {
  count(): Promise<number>;
  /**
   * Rows behind a key, at most `limit`, and at least one where there is one.
   *
   * @param after '': from the first on
   */
  read(after: string, limit: number): Promise<readonly KeyedRow[]>;
}

/** One page of all sections, one after the other. The cursor is the number of a section and a key in it. */
export async function exportPage(
  sections: readonly ExportSection[],
  cursor: string | undefined,
  limit: number,
): Promise<ExportPage> {
  const [, number, after] = /^(\d+):(.*)$/s.exec(cursor ?? '0:') ?? [];
  for (let index = Number(number), key = after ?? ''; index < sections.length; index++, key = '') {
    const rows = await sections[index]?.read(key, limit);
    const last = rows?.at(-1);
    if (rows !== undefined && last !== undefined) return { rows: rows.map(({ row }) => row), next: `${index}:${last.key}` };
  }
  return { rows: [] };
}

export async function countRows(sections: readonly ExportSection[]): Promise<number> {
  let rows = 0;
  for (const section of sections) rows += await section.count();
  return rows;
}

/** Rows that are few: one page has all of them. */
export function wholeSection(rows: () => Promise<readonly MovedRow[]>): ExportSection {
  return {
    count: async () => (await rows()).length,
    read: async (after) => (after === '' ? (await rows()).map((row) => ({ key: 'all', row })) : []),
  };
}

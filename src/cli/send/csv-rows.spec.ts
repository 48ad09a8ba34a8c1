import { Readable } from 'node:stream';
import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type CsvRow, readCsv } from './csv-rows.js';

async function read(chunks: readonly string[]): Promise<readonly CsvRow[]> {
  const rows: CsvRow[] = [];
  for await (const row of readCsv(Readable.from(chunks))) rows.push(row);
  return rows;
}

const cell = fc.string({ unit: fc.constantFrom('a', ' ', ',', '"', '\n', '\r\n', 'ß', '😀') });
const written = (text: string): string => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

it('reads back what was written, however it is cut, with the line that each row begins at', async () => {
  const table = fc.array(fc.array(cell, { minLength: 1, maxLength: 4 }));
  await fc.assert(
    fc.asyncProperty(table, fc.constantFrom('\n', '\r\n'), fc.boolean(), fc.nat(), async (rows, lineEnd, hasLastEnd, cut) => {
      const texts = rows.map((cells) => cells.map(written).join(','));
      const whole = texts.join(lineEnd) + (hasLastEnd ? lineEnd : '');
      const at = whole.length === 0 ? 0 : cut % whole.length;
      let line = 1;
      const expected = rows.flatMap((cells, index) => {
        const row = { line, cells };
        line += (texts[index] ?? '').split('\n').length;
        return cells.length === 1 && cells[0] === '' ? [] : [row];
      });
      expect(await read([whole.slice(0, at), whole.slice(at)])).toEqual(expected);
    }),
  );
});

it.each([
  ['a,"b', 1, 'a quote that opens here is never closed'],
  ['a\nb"c"', 2, 'a quote stands within a cell'],
  ['a\n"b"c', 2, 'must follow a closing quote'],
  [`"${'a'.repeat(300_000)}`, 1, 'is a quote left open?'],
])('refuses %.20j at its line', async (text, line, message) => {
  await expect(read([text])).rejects.toMatchObject({ line, message: expect.stringContaining(message) as unknown });
});

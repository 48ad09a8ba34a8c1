import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { MAX_LINE_BYTES, type NdjsonLine, readNdjson } from './ndjson-lines.js';

async function* chunked(bytes: Uint8Array, sizes: readonly number[]): AsyncGenerator<Uint8Array> {
  let start = 0;
  for (let turn = 0; start < bytes.length; turn++) {
    const size = sizes[turn % sizes.length] ?? 1;
    yield bytes.subarray(start, start + size);
    start += size;
  }
}

async function read(body: string | Uint8Array, sizes: readonly number[] = [64 * 1024]): Promise<readonly NdjsonLine[]> {
  const lines: NdjsonLine[] = [];
  for await (const line of readNdjson(chunked(typeof body === 'string' ? Buffer.from(body) : body, sizes))) lines.push(line);
  return lines;
}

describe('readNdjson', () => {
  it('gives every value with its physical line, however the body is cut, whatever ends its lines', async () => {
    const lines = fc.array(
      fc.record({ value: fc.oneof(fc.jsonValue(), fc.constant(undefined)), end: fc.constantFrom('\n', '\r\n', ' \n') }),
    );
    const sizes = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(lines, sizes, fc.boolean(), async (wanted, cuts, endsOpen) => {
        let body = wanted.map(({ value, end }) => (value === undefined ? '' : JSON.stringify(value)) + end).join('');
        if (endsOpen) body = body.replace(/\r?\n$/, '');
        const expected = wanted.flatMap(({ value }, index) =>
          value === undefined ? [] : [{ line: index + 1, value: JSON.parse(JSON.stringify(value)) as unknown }],
        );
        expect(await read(body, cuts)).toEqual(expected);
      }),
    );
  });

  it('reports a line that is not JSON and goes on', async () => {
    const lines = await read('{"a":1}\n{"a":\n\n[2]\n');
    expect(lines).toEqual([
      { line: 1, value: { a: 1 } },
      { line: 2, problem: expect.stringContaining('not JSON') },
      { line: 4, value: [2] },
    ]);
  });

  it('reports a line that is not UTF-8 and goes on', async () => {
    const body = Buffer.concat([Buffer.from('"\u00e4"\n'), Buffer.from([0x22, 0xff, 0x22, 10]), Buffer.from('3')]);
    expect(await read(body, [2])).toEqual([
      { line: 1, value: 'ä' },
      { line: 2, problem: 'the line is not UTF-8' },
      { line: 3, value: 3 },
    ]);
  });

  it.each([
    ['the longest', 0, true],
    ['one byte too long', 1, false],
    ['far too long', 5 * MAX_LINE_BYTES, false],
  ])('G8 %s line, with LF, with CRLF, and as the last one', async (_, excess, taken) => {
    const text = `"${'x'.repeat(MAX_LINE_BYTES - 2 + excess)}"`;
    for (const body of [`${text}\n1\n`, `${text}\r\n1\n`, `0\n${text}`]) {
      const found = (await read(body, [10_007])).find(({ line }) => line === (body.startsWith('0') ? 2 : 1));
      expect(found).toHaveProperty(taken ? 'value' : 'problem');
    }
    expect((await read(`${text}\n1\n`)).at(-1)).toEqual({ line: 2, value: 1 });
  });

  it('takes a byte order mark at the start and nothing at all', async () => {
    expect(await read('\uFEFF{"a":1}')).toEqual([{ line: 1, value: { a: 1 } }]);
    expect(await read('')).toEqual([]);
    expect(await read('\n \r\n')).toEqual([]);
  });

  it('G8 pulls no chunk before the lines of the one before are taken', async () => {
    let pulled = 0;
    async function* endless(): AsyncGenerator<Uint8Array> {
      for (;;) {
        pulled += 1;
        yield Buffer.from('1\n2\n');
      }
    }
    const lines = readNdjson(endless());
    await lines.next();
    await lines.next();
    expect(pulled).toBe(1);
    await lines.next();
    expect(pulled).toBe(2);
    await lines.return(undefined);
  });
});

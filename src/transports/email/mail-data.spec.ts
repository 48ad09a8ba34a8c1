import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { dotStuffed, joined, MAX_SLICE_OCTETS, octetsOf, PiecedData } from './mail-data.js';
import { Base64Lines } from './mime/base64-lines.js';

const MIB = 1024 * 1024;
const text = fc.string({ unit: fc.constantFrom('.', '\r\n', 'a', 'ü', '\n'), maxLength: 30 });

function* sliced(octets: Buffer, ends: readonly number[]): Generator<Buffer> {
  let from = 0;
  for (const end of [...ends].map((end) => end % (octets.length + 1)).sort((a, b) => a - b)) {
    yield octets.subarray(from, end);
    from = end;
  }
  yield octets.subarray(from);
}

describe('the octets of a mail', () => {
  it('G8 of ten MiB are made in slices of at most 256 KiB, which are the same when they are asked for again', () => {
    const file = Uint8Array.from({ length: 10 * MIB + 7 }, (_, at) => (at * 31) & 0xff);
    const mail = new PiecedData(['a head\r\n\r\n', new Base64Lines(file), '\r\nthe end\r\n', 'ü'.repeat(MIB)]);
    const slices = [...mail.slices()];
    expect(Math.max(...slices.map(({ length }) => length))).toBeLessThanOrEqual(MAX_SLICE_OCTETS);
    const all = Buffer.concat(slices);
    expect(all.length).toBe(octetsOf(mail));
    expect(all.equals(Buffer.concat([...mail.slices()]))).toBe(true);
    const [head, encoded = '', ...rest] = all.toString().split(/\r\n\r\n|\r\nthe end\r\n/);
    expect([head, rest]).toEqual(['a head', ['ü'.repeat(MIB)]]);
    expect(Buffer.from(encoded, 'base64').equals(file)).toBe(true);
    // In one slice as in several, lines have 76 characters and end between the slices, too.
    expect(
      encoded
        .split('\r\n')
        .slice(0, -1)
        .every(({ length }) => length === 76),
    ).toBe(true);
  });

  it('have a second dot at the beginning of each line, wherever the slices end', () => {
    fc.assert(
      fc.property(text, fc.array(fc.nat(), { maxLength: 6 }), (given, ends) => {
        const stuffed = dotStuffed(sliced(Buffer.from(given), ends)) as Iterable<Buffer>;
        expect(Buffer.concat([...stuffed]).toString()).toBe(dotStuffed(given));
      }),
    );
  });

  it('are one text where all pieces are, and else slices in the same order', () => {
    expect(joined(['MAIL\r\n', 'ü', '.\r\n'])).toBe('MAIL\r\nü.\r\n');
    const pieces = joined(['MAIL\r\n', [Buffer.from('ü'), Buffer.from('b')], '.\r\n']) as Iterable<Buffer>;
    expect(Buffer.concat([...pieces]).toString()).toBe('MAIL\r\nüb.\r\n');
  });
});

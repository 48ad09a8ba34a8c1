import { deflateRawSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { pack, unpack } from './packing.js';

describe('packing', () => {
  it('gives back what was packed, whatever the limit and the level', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.json(),
          fc.string({ unit: 'binary', maxLength: 5_000 }).map((text) => JSON.stringify({ text })),
        ),
        fc.integer({ min: 0, max: 2_000 }),
        fc.integer({ min: 1, max: 9 }),
        (json, minBytes, level) => {
          const packed = pack(json, { minBytes, level });
          expect(unpack(packed)).toBe(json);
          expect(packed.length).toBeLessThanOrEqual(json.length);
        },
      ),
    );
  });

  it('packs what is large enough, when that makes it smaller', () => {
    const text = JSON.stringify({ body: 'word '.repeat(500) });
    expect(pack(text, { minBytes: 1_024, level: 1 }).length).toBeLessThan(200);
    expect(pack(text, { minBytes: 10_000, level: 1 })).toBe(text);
    expect(pack(text, { minBytes: 0, level: 1 })).toBe(text);
  });

  it('the largest content that can be accepted comes back', () => {
    const json = JSON.stringify({ body: '\u0001'.repeat(64 * 1024), data: { a: '\u0001'.repeat(16 * 1024) } });
    expect(unpack(pack(json, { minBytes: 1, level: 1 }))).toBe(json);
  });

  it('does not unpack a bomb', () => {
    const bomb = deflateRawSync(Buffer.alloc(50 * 1024 * 1024));
    expect(() => unpack(bomb)).toThrow(/larger than 1048576 bytes/);
  });
});

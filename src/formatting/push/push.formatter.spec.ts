import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { claimedMessage } from '../../../test/support/claimed-message.js';
import { createPushFormatter } from './push.formatter.js';

const MAX_BYTES = 2_700;
const formatter = createPushFormatter('priority', MAX_BYTES);
const octets = (value: unknown): number => Buffer.byteLength(JSON.stringify(value));

const entry = fc.record({
  title: fc.string({ unit: 'grapheme', minLength: 1, maxLength: 200 }),
  body: fc.string({ unit: 'grapheme', maxLength: 3_000 }),
  data: fc.constantFrom(
    {},
    { url: `https://example.com/${'ä'.repeat(900)}` },
    { url: 'javascript:alert(1)' },
    { text: '€'.repeat(1_000) },
  ),
});

describe('push messages', () => {
  it('stay within their octets, whatever is in them', () => {
    fc.assert(
      fc.property(fc.array(entry, { minLength: 1, maxLength: 60 }), (entries) => {
        const { payload, shorter } = formatter.format(claimedMessage(entries));
        expect(octets(payload)).toBeLessThanOrEqual(MAX_BYTES);
        expect(octets(shorter)).toBeLessThanOrEqual(octets(payload));
        expect(payload.url ?? '').not.toContain('javascript');
      }),
      { numRuns: 100 },
    );
  });

  it('a single notification is its title, text, link and data', () => {
    const message = claimedMessage([
      { title: 'Build 7', body: 'It failed', data: { url: 'https://ci.example.com/7', build: 7 } },
    ]);
    expect(formatter.format(message).payload).toEqual({
      v: 1,
      id: message.messageId,
      type: 'alert',
      count: 1,
      title: 'Build 7',
      body: 'It failed',
      url: 'https://ci.example.com/7',
      data: { url: 'https://ci.example.com/7', build: 7 },
      items: [{ id: message.entries[0]?.deliveryId, title: 'Build 7' }],
    });
  });

  it('a digest says how many there are, lists the first, and counts the others', () => {
    const many = Array.from({ length: 8 }, (_, i) => ({ title: `Disk ${i} full` }));
    const { payload } = formatter.format(claimedMessage(many));
    expect(payload.title).toBe('8 alerts: Disk 0, 1, 2 and 5 more full');
    expect(payload.body).toBe('Disk 0 full\nDisk 1 full\nDisk 2 full\nDisk 3 full\nDisk 4 full\nand 3 more');
    expect(payload.items).toHaveLength(8);
  });

  it('a digest of several kinds has a line for each of them', () => {
    const titles = ['Disk of web-3 is 91 % full', 'Lunch', 'Disk of db-12 is 97 % full', 'Disk of web-3 is 91 % full'];
    const { payload } = formatter.format(claimedMessage(titles.map((title) => ({ title }))));
    expect(payload).toMatchObject({ title: '4 alerts', body: 'Disk of web-3, db-12 is 91, 97 % full (3)\nLunch' });
  });

  it('stay within the fewest octets that an option may say, at the cost of the link and of the end of the title', () => {
    const narrow = createPushFormatter('priority', 500);
    const data = { url: `https://example.com/${'a'.repeat(900)}` };
    fc.assert(
      fc.property(fc.array(entry, { minLength: 1, maxLength: 3 }), (entries) => {
        const { payload, shorter } = narrow.format(claimedMessage([{ title: '"🙂'.repeat(60), data }, ...entries]));
        expect(Math.max(octets(payload), octets(shorter))).toBeLessThanOrEqual(500);
      }),
      { numRuns: 30 },
    );
    const { payload } = narrow.format(claimedMessage([{ title: '"🙂'.repeat(60), data }]));
    expect([octets(payload) <= 500, payload.url, payload.title.endsWith('…')]).toEqual([true, undefined, true]);
  });

  it('is named by the dedupeKey of an only notification, so that a newer one takes its place', () => {
    expect(formatter.format(claimedMessage([{ title: 'x', dedupeKey: 'server-3' }])).payload.id).toBe('alert server-3');
  });
});

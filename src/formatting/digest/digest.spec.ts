import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { claimedMessage, TEST_START_AT } from '../../../test/support/claimed-message.js';
import { PRIORITIES } from '../../model/notification.js';
import { RENDER_KEEPS, type WindowPolicy } from '../../model/window.js';
import { digestOf } from './digest.js';

function policy(limit: number, keep: WindowPolicy['render']['keep']): WindowPolicy {
  return {
    mode: 'fixed',
    windowMs: 1000,
    maxCount: 100,
    maxWaitMs: 4000,
    leadingCount: 0,
    minCount: 1,
    groupBy: 'type',
    render: { limit, keep },
  };
}

const contents = fc.array(
  fc.record({
    title: fc.constantFrom('a', 'b', 'c', 'd'),
    type: fc.constantFrom('alert', 'reminder', 'x_y'),
    priority: fc.constantFrom(...PRIORITIES),
    data: fc.constantFrom({}, { n: 1 }),
  }),
  { minLength: 1, maxLength: 60 },
);

describe('digestOf', () => {
  it('G7 counts every delivery once, whatever is shown', () => {
    fc.assert(
      fc.property(contents, fc.integer({ min: 1, max: 20 }), fc.constantFrom(...RENDER_KEEPS), (entries, limit, keep) => {
        const digest = digestOf(claimedMessage(entries, { policy: policy(limit, keep) }));
        const shown = digest.entries.reduce((sum, entry) => sum + entry.repeats, 0);
        expect(shown + digest.hidden).toBe(entries.length);
        expect(digest.types.reduce((sum, { count }) => sum + count, 0)).toBe(entries.length);
        expect(digest.count).toBe(entries.length);
        const distinct = new Set(entries.map((entry) => JSON.stringify([entry.title, entry.type, entry.priority, entry.data])))
          .size;
        expect(digest.entries).toHaveLength(Math.min(limit, distinct));
      }),
    );
  });

  it('shows the oldest first when the order is time; what is shown stays the same', () => {
    fc.assert(
      fc.property(contents, fc.constantFrom(...RENDER_KEEPS), (entries, keep) => {
        const message = claimedMessage(entries, { policy: policy(10, keep) });
        const byTime = digestOf(message, undefined, 'time');
        const times = byTime.entries.map(({ firstAt }) => firstAt);
        expect(times).toEqual(times.toSorted((a, b) => a - b));
        const shown = (digest: typeof byTime): readonly string[] => digest.entries.map((one) => JSON.stringify(one)).toSorted();
        expect(shown(byTime)).toEqual(shown(digestOf(message)));
      }),
    );
  });

  it('keeps the first or the last accepted, also of those of one millisecond, and shows them in that order', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 60 }), fc.integer({ min: 1, max: 10 }), (count, limit) => {
        const titles = Array.from({ length: count }, (_, index) => `n${index}`);
        const message = claimedMessage(titles.map((title) => ({ title })));
        const entries = message.entries.map((entry) => ({ ...entry, acceptedAt: TEST_START_AT }));
        const shown = (keep: 'first' | 'last'): string[] =>
          digestOf({ ...message, entries, policy: policy(limit, keep) }).entries.map(({ title }) => title);
        expect(shown('first')).toEqual(titles.slice(0, limit));
        expect(shown('last')).toEqual(titles.slice(-limit));
      }),
    );
  });

  it('counts a repeat as accepted last where its newest delivery was', () => {
    const message = claimedMessage(
      ['a', 'b', 'a', 'c'].map((title) => ({ title })),
      { policy: policy(2, 'last') },
    );
    expect(digestOf(message).entries.map(({ title, repeats }) => [title, repeats])).toEqual([
      ['a', 2],
      ['c', 1],
    ]);
  });

  it('shows the most urgent first, then the oldest', () => {
    fc.assert(
      fc.property(contents, fc.constantFrom(...RENDER_KEEPS), (entries, keep) => {
        const digest = digestOf(claimedMessage(entries, { policy: policy(10, keep) }));
        for (const [i, entry] of digest.entries.entries()) {
          const next = digest.entries[i + 1];
          if (next === undefined) continue;
          const ranks = [PRIORITIES.indexOf(entry.priority), PRIORITIES.indexOf(next.priority)] as const;
          expect(ranks[0] < ranks[1] || (ranks[0] === ranks[1] && entry.firstAt <= next.firstAt)).toBe(true);
        }
      }),
    );
  });

  it.each([
    ['first', ['a', 'b']],
    ['last', ['d', 'c']],
    ['priority', ['d', 'a']],
  ] as const)('keeps the %s', (keep, titles) => {
    const entries = [{ title: 'a' }, { title: 'b' }, { title: 'c' }, { title: 'd', priority: 'high' as const }];
    const digest = digestOf(claimedMessage(entries, { policy: policy(2, keep) }));
    expect(digest.entries.map(({ title }) => title)).toEqual(titles);
    expect(digest.hidden).toBe(2);
  });

  it('collapses what is exactly the same, and nothing else', () => {
    const same = { title: 'a', body: 'b', actor: { id: '1' }, data: { k: [1] } };
    const digest = digestOf(
      claimedMessage([same, { ...same, body: 'c' }, same, { ...same, actor: { id: '2' } }, { ...same, data: {} }]),
    );
    expect(digest.entries.map(({ repeats }) => repeats)).toEqual([2, 1, 1, 1]);
    expect(digest.entries[0]).toMatchObject({ firstAt: TEST_START_AT, lastAt: TEST_START_AT + 2000 });
    expect(digest).toMatchObject({ firstAt: TEST_START_AT, lastAt: TEST_START_AT + 4000 });
  });
});

import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { claimedMessage, TEST_START_AT } from '../../../test/support/claimed-message.js';
import { PRIORITIES } from '../../model/notification.js';
import { RENDER_KEEPS, type WindowPolicy } from '../../model/window.js';
import { type DigestEntry, digestOf } from './digest.js';

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

  it('shows the most urgent first, of these what is alike together, the oldest first', () => {
    const place = (entry: DigestEntry | undefined): readonly number[] =>
      entry === undefined ? [] : [PRIORITIES.indexOf(entry.priority), entry.firstAt];
    const ascending = (places: readonly (readonly number[])[]): boolean =>
      places.every(([rank = 0, at = 0], i) => {
        const [next = 9, nextAt = 0] = places[i + 1] ?? [];
        return rank < next || (rank === next && at <= nextAt);
      });
    fc.assert(
      fc.property(contents, fc.constantFrom(...RENDER_KEEPS), (entries, keep) => {
        const { groups, entries: shown } = digestOf(claimedMessage(entries, { policy: policy(10, keep) }));
        expect(ascending(groups.map((group) => place(group.entries[0])))).toBe(true);
        for (const group of groups) expect(ascending(group.entries.map(place))).toBe(true);
        const kinds = groups.map(({ entries: [first] }) => JSON.stringify([first?.priority, first?.type, first?.title]));
        expect(new Set(kinds).size).toBe(kinds.length);
        expect(groups.flatMap((group) => group.entries)).toEqual(shown);
      }),
    );
  });

  it('G8.7 puts what is alike together under what it has in common, with repeats counted', () => {
    const titles = [
      'Disk of web-3 is 91 % full',
      'Ann joined the team',
      'Disk of db-12 is 97 % full',
      'Disk of web-3 is 91 % full',
    ];
    const { groups, count } = digestOf(claimedMessage(titles.map((title) => ({ title }))));
    expect(count).toBe(4);
    expect(groups.map(({ common, entries }) => [common, entries.map(({ title, repeats }) => [title, repeats])])).toEqual([
      [
        'Disk of web-3, db-12 is 91, 97 % full',
        [
          ['Disk of web-3 is 91 % full', 2],
          ['Disk of db-12 is 97 % full', 1],
        ],
      ],
      ['Ann joined the team', [['Ann joined the team', 1]]],
    ]);
  });

  it('puts together what differs in who caused it', () => {
    const joined = ['Ann van der Lee', 'Bob'].map((name) => ({ title: `${name} joined the team`, actor: { id: name, name } }));
    const { groups } = digestOf(claimedMessage([joined[0]!, { title: 'Lunch' }, joined[1]!]));
    expect(groups.map(({ common }) => common)).toEqual(['Ann van der Lee, Bob joined the team', 'Lunch']);
  });

  it('puts together what the host names alike, and what is named alike only', () => {
    const message = claimedMessage(['red', 'build failed 1', 'CI is red', 'build failed 2'].map((title) => ({ title })));
    const digest = digestOf({ ...message, groupNames: ['ci', 'a', 'ci', 'b'] });
    expect(digest.groups.map(({ entries }) => entries.map(({ title }) => title))).toEqual([
      ['red', 'CI is red'],
      ['build failed 1'],
      ['build failed 2'],
    ]);
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

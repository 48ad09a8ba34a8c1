import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { similarityOf, SimilarityGroups } from './content-similarity.js';
import { contentWords } from './content-words.js';

const content = (title: string) => ({ title });
const alike = (a: string, b: string): number => similarityOf(contentWords(content(a)), contentWords(content(b)));
const titles = fc
  .array(
    fc.constantFrom('build', 'failed', 'disk', 'full', 'on', 'server', 'user', 'joined', 'the', 'team', 'backup', 'done', 'late'),
    {
      minLength: 1,
      maxLength: 9,
    },
  )
  .map((words) => words.join(' '));

describe('similarity', () => {
  it.each([
    ['build 4711 failed', 'Build 4712 failed'],
    ['Deploy of 3f2a9c1d done', 'Deploy of 77ab01ce done'],
    ['Order 8d5f0d6e-5b7a-4a41-8f9c-0d2f1d6b2c3a paid', 'Order 1b5f0d6e-5b7a-4a41-8f9c-0d2f1d6b2c3b paid'],
    ['Due 2026-11-20 09:00', 'Due 2027-01-02 17:30'],
    ['See https://a.example/x?y=1', 'See https://b.example/z'],
  ])('%s and %s are the same', (a, b) => expect(alike(a, b)).toBe(1));

  it.each([
    ['build 4711 failed', 'Ann joined the team'],
    ['disk full', 'backup done'],
  ])('%s and %s have nothing in common', (a, b) => expect(alike(a, b)).toBe(0));

  it('is between 0 and 1, the same both ways, and 1 with itself', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (a, b) => {
        expect(alike(a, b)).toBe(alike(b, a));
        expect(alike(a, b)).toBeGreaterThanOrEqual(0);
        expect(alike(a, b)).toBeLessThanOrEqual(1);
        expect(alike(a, a)).toBe(1);
      }),
    );
  });
});

describe('SimilarityGroups', () => {
  it('joins only what is as alike as asked for, and always what is the same', () => {
    fc.assert(
      fc.property(fc.array(titles, { maxLength: 40 }), fc.double({ min: 0.3, max: 1, noNaN: true }), (all, similarity) => {
        const groups = new SimilarityGroups();
        const first = new Map<string, string>();
        all.forEach((title, index) => {
          const found = groups.find('c', content(title), similarity);
          if (found === undefined) {
            for (const other of first.values()) expect(alike(other, title)).toBeLessThan(1);
            first.set(String(index), title);
            groups.add(String(index), String(index), 'c', content(title), similarity);
          } else {
            expect(alike(first.get(found) ?? '', title)).toBeGreaterThanOrEqual(similarity);
          }
        });
      }),
    );
  });

  it('misses almost nothing that is alike enough', () => {
    let [alikeEnough, found] = [0, 0];
    fc.assert(
      fc.property(titles, titles, (a, b) => {
        const groups = new SimilarityGroups();
        groups.add('a', 'a', 'c', content(a), 0.7);
        if (alike(a, b) < 0.7) return;
        alikeEnough++;
        if (groups.find('c', content(b), 0.7) !== undefined) found++;
      }),
      { numRuns: 3_000 },
    );
    expect(found / alikeEnough).toBeGreaterThan(0.97);
  });

  it('keeps places apart and forgets what is removed', () => {
    const groups = new SimilarityGroups();
    groups.add('a', 'a', 'c1', content('disk full'), 0.7);
    expect(groups.find('c2', content('disk full'), 0.7)).toBeUndefined();
    groups.remove('a');
    expect(groups.find('c1', content('disk full'), 0.7)).toBeUndefined();
  });
});

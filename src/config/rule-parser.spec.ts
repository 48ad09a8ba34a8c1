import { describe, expect, it } from '@jest/globals';
import { parseRules } from './rule-parser.js';

const problemsOf = (rule: Readonly<Record<string, unknown>>): string[] => {
  const problems: string[] = [];
  parseRules([{ windowMs: 1_000, maxCount: 9, ...rule }], problems, 'rules');
  return problems;
};

describe('a rule', () => {
  it.each([0, 0.3, 0.7, 1])('may have the similarity %d', (similarity) => expect(problemsOf({ similarity })).toEqual([]));

  it.each([-0.1, 0.01, 0.299, 1.1, '0.7', null])('is refused for the similarity %p', (similarity) => {
    expect(problemsOf({ similarity })).toEqual([
      `rules[0].similarity: got ${JSON.stringify(similarity)}; it must be 0 (all of the group gathers), or a number, 0.3..1`,
    ]);
  });

  it('may have a path to take the dedupe key from', () => {
    expect(problemsOf({ dedupeBy: 'data.server' })).toEqual([]);
    expect(problemsOf({ dedupeBy: 'data' })).toEqual([
      'rules[0].dedupeBy: got "data"; it must be a path: type, title, body, groupKey, or one below data or actor such as data.server',
    ]);
  });

  it('may have a burst limit, and is refused for one that is not whole', () => {
    expect(problemsOf({ burst: { perAddress: 10, windowMs: 60_000 } })).toEqual([]);
    for (const burst of [{ perAddress: 10 }, { perAddress: 0, windowMs: 1 }, { perAddress: 1, windowMs: 1, more: 1 }, 10]) {
      expect(problemsOf({ burst })).toHaveLength(1);
    }
    expect(problemsOf({ stormBrake: { perAddress: 10, windowMs: 60_000 } })).toHaveLength(1);
  });
});

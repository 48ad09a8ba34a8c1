import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { translatorFor } from '../translation/translator.js';
import { commonWords } from './common-words.js';

const common = (titles: readonly string[], limit = 100, locale = 'en'): string | undefined =>
  commonWords(titles, translatorFor(locale), limit);
const title = fc
  .array(fc.constantFrom('Disk', 'of', 'web-3', '"two words"', 'is', '91', '97', '%', 'full', '…', '<b>', '👩‍👩‍👧‍👦'), {
    minLength: 1,
    maxLength: 45,
  })
  .map((words) => words.join(' '));

describe('what titles have in common', () => {
  it.each([
    [
      ['Disk of web-3 is 91 % full', 'Disk of db-12 is 97 % full', 'Disk of mail is 88 % full'],
      'Disk of web-3, db-12, mail is 91, 97, 88 % full',
    ],
    [
      [
        'Build 4711 of api failed',
        'Build 4712 of web failed',
        'Build 98 of worker failed',
        'Build 7 of api failed',
        'Build 8 of x failed',
      ],
      'Build 4711, 4712, 98 and 2 more of api, web, worker and 1 more failed',
    ],
    [
      ['Ann commented on "Budget 2026"', 'Bob commented on "Offsite in May"'],
      'Ann, Bob commented on "Budget 2026", "Offsite in May"',
    ],
    [['Build 1 failed', 'Build 2 failed'], 'Build 1, 2 failed'],
    [['Alarm 1', 'Alarm 2'], 'Alarm 1, 2'],
    [['Deploy done', 'Deploy done'], 'Deploy done'],
    // What only some have is not said of all.
    [['Build 1 failed', 'Build 2 failed again'], 'Build 1, 2 failed …'],
    [['Ann joined', 'Disk full'], undefined],
    [['- 1', '- 2'], undefined],
    [[], undefined],
  ])('%j', (titles, said) => expect(common(titles)).toBe(said));

  it('speaks the language of its reader, and lists fewer values where there is less room', () => {
    const builds = [1, 2, 3, 4, 5].map((number) => `Build ${number} failed`);
    expect(common(builds, 100, 'de')).toBe('Build 1, 2, 3 und 2 weitere failed');
    expect(common(builds, 30)).toBe('Build 1, 2 and 3 more failed');
    expect(common(builds, 27)).toBe('Build 1 and 4 more failed');
    expect(common(builds, 20)).toBeUndefined();
  });

  it('is never longer than allowed, and says nothing that is in no title', () => {
    fc.assert(
      fc.property(fc.array(title, { minLength: 1, maxLength: 20 }), fc.integer({ min: 1, max: 200 }), (titles, limit) => {
        const said = common(titles, limit);
        if (said === undefined) return;
        expect(said.length).toBeLessThanOrEqual(limit);
        const known = new Set(titles.flatMap((one) => one.split(/\s+/)));
        const added = said.split(/\s+/).filter((word) => !known.has(word) && !known.has(word.replace(/,$/, '')));
        expect(added.filter((word) => !/^(and|more|\d+|…)$/.test(word))).toEqual([]);
      }),
    );
  });
});

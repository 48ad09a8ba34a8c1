import { describe, expect, it } from '@jest/globals';
import { phraseProblems } from './phrase-rules.js';

const at = (locale: string, words: unknown): readonly string[] =>
  phraseProblems(locale, words).map((problem) => `${problem.at}: ${problem.allowed}`);

describe('phraseProblems', () => {
  it.each([
    ['de', { times: '{count}mal', open: 'Aufmachen' }],
    ['en-US', { types: { build_failed: { name: 'failed build', one: 'one failed build', other: '{count} failed builds' } } }],
    ['pl', { times: { one: 'raz', few: '{count} razy', many: '{count} razy', other: '{count} razy' } }],
    ['tr', { notifications: '{count} bildirim', reason: '{address}: {brand}' }],
  ])('takes words of %s', (locale, words) => {
    expect(at(locale, words)).toEqual([]);
  });

  it.each([
    ['not a language', 'de_', {}, [': the words of a language like de or pt-BR (BCP 47)']],
    ['no object', 'de', 'words', [': an object of phrases']],
    [
      'an unknown phrase',
      'de',
      { tmies: '{count}' },
      [expect.stringMatching(/^\.tmies: left out: known phrases are types, notifications/)],
    ],
    ['no number', 'de', { andMore: 'und mehr' }, ['.andMore: a text with {count} once']],
    ['a number twice', 'de', { andMore: '{count} {count}' }, ['.andMore: a text with {count} once']],
    ['an unknown mark', 'de', { from: 'Von {names} {count}' }, ['.from: a text with no {…} but {names}']],
    ['a mark where none is', 'de', { open: '{count} öffnen' }, ['.open: a text without {…}']],
    ['no type', 'de', { ofType: '{count} davon' }, ['.ofType: a text with {count} and {type} once']],
    [
      'no form',
      'pl',
      { times: { one: '{count} raz', other: '{count} razy' } },
      ['.times.few: one line of 1..200 characters', '.times.many: one line of 1..200 characters'],
    ],
    [
      'a form that does not exist',
      'de',
      { times: { once: 'x', one: 'einmal', other: '{count}-mal' } },
      ['.times.once: left out: plural forms are zero, one, two, few, many, other'],
    ],
    ['two lines', 'de', { open: 'Auf\nmachen' }, ['.open: one line of 1..200 characters']],
    [
      'a type that is none',
      'de',
      { types: { 'Ü ': { name: 'x', other: '{count}' } } },
      [expect.stringMatching(/^\.types\.Ü : named by/)],
    ],
    [
      'a type without a name',
      'de',
      { types: { order: { one: '{count}', other: '{count}' } } },
      ['.types.order.name: one line of 1..200 characters'],
    ],
  ])('refuses %s', (_, locale, words, problems) => {
    const found = at(locale, words);
    expect(found.slice(0, problems.length)).toEqual(problems);
  });

  it('wants a number in a form that stands for several, and leaves it to one that stands for exactly one', () => {
    const russian = phraseProblems(
      'ru',
      { times: { one: 'раз', few: '{count} раза', many: '{count} раз', other: '{count} раза' } },
      ['ru'],
    );
    expect(russian).toEqual([{ at: '.times.one', value: 'раз', allowed: 'a text with {count} once' }]);
    const english = phraseProblems('en', { times: { one: 'once', other: '{count} times' } });
    expect(english).toEqual([]);
  });

  it('wants every phrase of a language that is not built in', () => {
    const missing = phraseProblems('fi', {}).map((problem) => problem.at);
    expect(missing).toEqual(expect.arrayContaining(['.types.alert', '.notifications', '.reason', '.unsubscribe']));
    expect(missing).toHaveLength(21);
    expect(phraseProblems('fi-FI', { open: 'Avaa' }, ['fi'])).toEqual([]);
  });
});

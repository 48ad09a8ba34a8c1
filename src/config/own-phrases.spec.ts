import { describe, expect, it } from '@jest/globals';
import { InvalidConfigurationError } from '../model/errors.js';
import { resolveOptions } from './resolve.js';

function problemsOf(words: unknown): readonly string[] {
  try {
    resolveOptions({ formatting: { words: words as never } }, {});
  } catch (error) {
    if (error instanceof InvalidConfigurationError) return error.problems;
    throw error;
  }
  return [];
}

describe('formatting.words', () => {
  it('are kept under the canonical names of their languages', () => {
    const { words } = resolveOptions(
      { formatting: { words: { 'pt-br': { open: 'Abra' }, iw: { high: 'חשוב' } } } },
      {},
    ).formatting;
    expect(words).toEqual({ 'pt-BR': { open: 'Abra' }, he: { high: 'חשוב' } });
  });

  it('stop the start with the path of what is wrong', () => {
    expect(problemsOf({ de: { times: 'mal', opne: 'x' }, 'not a language': {} })).toEqual([
      expect.stringMatching(/^formatting\.words\.de\.opne: got "x"; it must be left out: known phrases are types, /),
      'formatting.words.de.times: got "mal"; it must be a text with {count} once',
      expect.stringMatching(/^formatting\.words\.not a language: got "not a language"; it must be the words of a language/),
    ]);
    expect(problemsOf({ 'de-AT': {}, 'de-at': {} })).toEqual([
      'formatting.words.de-at: got "de-at"; it must be given once: de-AT is the same language',
    ]);
    expect(problemsOf('words')).toEqual(['formatting.words: got "words"; it must be an object of phrases by language']);
    expect(problemsOf({ fi: { open: 'Avaa' } })).toContain(
      'formatting.words.fi.andMore: got nothing; it must be there: no words of fi are built in',
    );
  });
});

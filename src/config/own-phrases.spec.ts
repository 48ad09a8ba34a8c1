import { describe, expect, it } from '@jest/globals';
import { InvalidConfigurationError } from '../model/errors.js';
import { resolveOptions } from './resolve.js';

function problemsOf(words: unknown): readonly string[] {
  try {
    resolveOptions({ formatting: { phrases: words as never } }, {});
  } catch (error) {
    if (error instanceof InvalidConfigurationError) return error.problems;
    throw error;
  }
  return [];
}

describe('formatting.phrases', () => {
  it('are kept under the canonical names of their languages', () => {
    const { phrases } = resolveOptions(
      { formatting: { phrases: { 'pt-br': { open: 'Abra' }, iw: { high: 'חשוב' } } } },
      {},
    ).formatting;
    expect(phrases).toEqual({ 'pt-BR': { open: 'Abra' }, he: { high: 'חשוב' } });
  });

  it('stop the start with the path of what is wrong', () => {
    expect(problemsOf({ de: { times: 'mal', opne: 'x' }, 'not a language': {} })).toEqual([
      expect.stringMatching(/^formatting\.phrases\.de\.opne: got "x"; it must be left out: known phrases are types, /),
      'formatting.phrases.de.times: got "mal"; it must be a text with {count} once',
      expect.stringMatching(/^formatting\.phrases\.not a language: got "not a language"; it must be the words of a language/),
    ]);
    expect(problemsOf({ 'de-AT': {}, 'de-at': {} })).toEqual([
      'formatting.phrases.de-at: got "de-at"; it must be given once: de-AT is the same language',
    ]);
    expect(problemsOf('words')).toEqual(['formatting.phrases: got "words"; it must be an object of phrases by language']);
    expect(problemsOf({ fi: { open: 'Avaa' } })).toContain(
      'formatting.phrases.fi.andMore: got nothing; it must be there: no words of fi are built in',
    );
  });
});

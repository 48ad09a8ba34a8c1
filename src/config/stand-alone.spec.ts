import { describe, expect, it } from '@jest/globals';
import { InvalidConfigurationError } from '../model/errors.js';
import { resolveStandAlone } from './stand-alone.js';

function problemsOf(variables: Record<string, string>): readonly string[] {
  try {
    resolveStandAlone(variables);
  } catch (error) {
    if (error instanceof InvalidConfigurationError) return error.problems;
    throw error;
  }
  return [];
}
const namesOf = (variables: Record<string, string>): readonly string[] =>
  problemsOf(variables).map((problem) => problem.split(':')[0] ?? '');

describe('resolveStandAlone', () => {
  it.each(['', '127.0.0.1', '127.1.2.3', '::1', 'localhost', 'LOCALHOST'])('HOST=%s needs no API_TOKEN', (HOST) =>
    expect(problemsOf({ HOST })).toEqual([]),
  );

  it.each(['0.0.0.0', '::', '10.0.0.1', 'example.com', '127.0.0.1.example.com', '::ffff:127.0.0.1'])(
    'HOST=%s needs API_TOKEN',
    (HOST) => {
      expect(namesOf({ HOST })).toEqual(['HOST']);
      expect(problemsOf({ HOST, API_TOKEN: 'canary-token' })).toEqual([]);
    },
  );

  it('names every wrong variable in one error, once each', () => {
    const wrong = { PORT: 'abc', BATCH_MAX_SIZE: '0', BATCH_TRIGGER: 'never', HOST: '0.0.0.0' };
    expect([...namesOf(wrong)].sort()).toEqual(['BATCH_MAX_SIZE', 'BATCH_TRIGGER', 'HOST', 'PORT']);
    expect(namesOf({ HOST: '0.0.0.0', API_TOKEN: 'short' })).toEqual(['API_TOKEN']);
  });
});

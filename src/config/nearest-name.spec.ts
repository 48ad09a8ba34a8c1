import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { misspeltVariables, VARIABLE_NAMES } from './environment.js';
import { editDistance, nearestName } from './nearest-name.js';

const word = fc.string({ maxLength: 12 });

describe('editDistance', () => {
  it('is a metric, and one for each character inserted, deleted or replaced', () => {
    fc.assert(
      fc.property(word, word, word, (a, b, c) => {
        expect(editDistance(a, a)).toBe(0);
        expect(editDistance(a, b)).toBe(editDistance(b, a));
        expect(editDistance(a, c)).toBeLessThanOrEqual(editDistance(a, b) + editDistance(b, c));
        expect(editDistance(a, `${a}x`)).toBe(1);
        expect(editDistance(a, b)).toBeGreaterThanOrEqual(Math.abs(a.length - b.length));
        if (a !== b) expect(editDistance(a, b)).toBeGreaterThan(0);
      }),
    );
  });
});

describe('nearestName', () => {
  it('is the one that differs least, if it differs little enough', () => {
    const names = ['maxSize', 'maxCount'];
    expect(nearestName('maxsize', names, () => 0)).toBe('maxSize');
    expect(nearestName('maxCnt', names, () => 2)).toBe('maxCount');
    expect(nearestName('colour', names, () => 2)).toBeUndefined();
  });
});

describe('misspeltVariables', () => {
  it('finds every variable of ours with one or two characters wrong', () => {
    const long = VARIABLE_NAMES.filter((name) => name.length >= 8);
    fc.assert(
      fc.property(fc.constantFrom(...long), fc.nat(), fc.boolean(), (name, at, twice) => {
        const i = at % (name.length - 1);
        const wrong = name.slice(0, i) + (twice ? '__' : '_') + name.slice(i + (twice ? 2 : 1));
        fc.pre(!VARIABLE_NAMES.includes(wrong));
        expect(misspeltVariables({ [wrong]: '3' }).map((one) => one.name)).toEqual([wrong]);
      }),
    );
    expect(misspeltVariables({ BATCH_MAX_SZE: '3', batch_timeout_ms: '1' })).toEqual([
      { name: 'BATCH_MAX_SZE', nearest: 'BATCH_MAX_SIZE' },
      { name: 'batch_timeout_ms', nearest: 'BATCH_TIMEOUT_MS' },
    ]);
  });

  it('takes no variable of a system or another program for one of ours', () => {
    const others = [
      'HOME',
      'HOSTNAME',
      'PATH',
      'PWD',
      'SHELL',
      'LANG',
      'USER',
      'REDIS_URL',
      'DATABASE_URL',
      'REDIS_HOST',
      'DB_PORT',
    ];
    const ours = VARIABLE_NAMES.map((name) => [name, '1'] as const);
    expect(misspeltVariables(Object.fromEntries<string>([...others.map((name) => [name, 'x'] as const), ...ours]))).toEqual([]);
  });
});

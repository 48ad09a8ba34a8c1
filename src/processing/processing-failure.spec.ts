import { expect, it } from '@jest/globals';
import { StoreFailedError } from '../model/errors.js';
import { processingFailure } from './processing-failure.js';

it('keeps since when ticks fail, and says what the last one failed with', () => {
  const first = processingFailure(undefined, new StoreFailedError('claim messages'), 1_000);
  expect(first).toEqual({ since: 1_000, detail: 'the store could not claim messages; nothing was stored' });
  expect(processingFailure(first, new StoreFailedError('advance'), 2_000)).toMatchObject({
    since: 1_000,
    detail: expect.stringContaining('advance'),
  });
});

it('G10 shows of an error that is not of the module only its name', () => {
  expect(processingFailure(undefined, new TypeError('smtp://user:canary@host'), 0).detail).toBe('TypeError');
  expect(processingFailure(undefined, 'canary', 0).detail).toBe('unknown error');
});

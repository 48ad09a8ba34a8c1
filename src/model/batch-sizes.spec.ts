import { describe, expect, it } from '@jest/globals';
import { BATCH_SIZE_CLASSES, batchSizeClass } from './batch-sizes.js';

describe('batchSizeClass', () => {
  it('names every class once', () => {
    expect(BATCH_SIZE_CLASSES).toEqual(['1', '2', '3-5', '6-10', '11-20', '21-50', '51-100', '101+']);
  });

  it.each([
    [1, '1'],
    [3, '3-5'],
    [5, '3-5'],
    [6, '6-10'],
    [100, '51-100'],
    [101, '101+'],
  ])('puts %d into %s', (size, name) => expect(batchSizeClass(size)).toBe(name));
});

import { describe, expect, it } from '@jest/globals';
import { dedupeKeyAt, isDedupePath } from './dedupe-path.js';

const content = {
  type: 'alert',
  channel: 'email',
  title: 'Disk full',
  priority: 'normal' as const,
  actor: { id: '7' },
  data: { server: 's3', n: 0, yes: false, nothing: null, deep: { er: ['x'] }, long: 'x'.repeat(201), empty: '' },
};

describe('dedupeBy', () => {
  it.each([
    ['data.server', 's3'],
    ['data.n', '0'],
    ['data.yes', 'false'],
    ['data.deep.er.0', 'x'],
    ['actor.id', '7'],
    ['title', 'Disk full'],
    ['type', 'alert'],
  ])('%s is %s', (path, key) => {
    expect([isDedupePath(path), dedupeKeyAt(path, content)]).toEqual([true, key]);
  });

  it.each(['data.none', 'data.nothing', 'data.deep', 'data.long', 'data.empty', 'data.constructor', 'groupKey', 'actor.name'])(
    '%s is no key',
    (path) => expect([isDedupePath(path), dedupeKeyAt(path, content)]).toEqual([true, undefined]),
  );

  it.each(['', 'data', 'data.', '.data', 'data..x', 'actor', 'priority', 'data. x', 7, null])('%p is no path', (path) => {
    expect(isDedupePath(path)).toBe(false);
  });
});

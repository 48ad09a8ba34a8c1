import { describe, expect, it } from '@jest/globals';
import { InvalidRequestError } from '../model/errors.js';
import { HistoryQuery } from './dto/history.query.js';
import { ReplayBody } from './dto/replay.body.js';
import { WindowsQuery } from './dto/windows.query.js';
import { RequestPipe } from './request.pipe.js';

const pipe = new RequestPipe();
const query = (value: unknown, metatype: new () => object): unknown => pipe.transform(value, { type: 'query', metatype });

function errorsOf(work: () => unknown): readonly string[] {
  try {
    work();
  } catch (error) {
    if (error instanceof InvalidRequestError) return error.errors.map(({ path }) => path);
    throw error;
  }
  return [];
}

describe('RequestPipe', () => {
  it('makes the DTO of a query', () => {
    expect(query({ limit: '20', channel: 'email' }, WindowsQuery)).toMatchObject({ limit: 20, channel: 'email' });
    expect(query({}, WindowsQuery)).toBeInstanceOf(WindowsQuery);
    expect(query({ from: '2026-01-01T00:00:00Z', to: '1767225600001' }, HistoryQuery)).toMatchObject({
      from: 1767225600000,
      to: 1767225600001,
    });
  });

  it('lists every bad field with its path', () => {
    expect(errorsOf(() => query({ limit: '201', cursor: '', q: ['a', 'b'], chanel: 'email' }, WindowsQuery))).toEqual(
      expect.arrayContaining(['limit', 'cursor', 'q', 'chanel']),
    );
    expect(errorsOf(() => query({ from: 'yesterday', stepMs: '5' }, HistoryQuery))).toEqual(
      expect.arrayContaining(['from', 'stepMs']),
    );
  });

  it.each(['0', '201', '1.5', 'ten', '', '-1', 'Infinity'])('refuses limit=%s', (limit) =>
    expect(errorsOf(() => query({ limit }, WindowsQuery))).toContain('limit'),
  );

  it('refuses a body that is no object, and bad members of one that is', () => {
    const body = (value: unknown): unknown => pipe.transform(value, { type: 'body', metatype: ReplayBody });
    expect(body(undefined)).toBeInstanceOf(ReplayBody);
    expect(errorsOf(() => body([1]))).toEqual(['body']);
    expect(errorsOf(() => body({ ids: 'x' }))).toContain('ids');
    expect(errorsOf(() => body({ ids: [1] }))).toContain('ids');
    expect(body(JSON.parse('{"__proto__": {"polluted": 1}, "constructor": 1}'))).toBeInstanceOf(ReplayBody);
    expect('polluted' in {}).toBe(false);
  });
});

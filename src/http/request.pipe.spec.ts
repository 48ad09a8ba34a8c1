import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
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

  it.each(['0', '201', '1.5', 'ten', '', '-1', 'Infinity', '0x10', '1e2', ' 5', '+5', '5.0'])('refuses limit=%s', (limit) =>
    expect(errorsOf(() => query({ limit }, WindowsQuery))).toContain('limit'),
  );

  it('refuses a body that is no object, and bad members of one that is', () => {
    const body = (value: unknown): unknown => pipe.transform(value, { type: 'body', metatype: ReplayBody });
    expect(body(undefined)).toBeInstanceOf(ReplayBody);
    expect(errorsOf(() => body([1]))).toEqual(['body']);
    expect(errorsOf(() => body({ ids: 'x' }))).toContain('ids');
    expect(errorsOf(() => body({ ids: [1] }))).toContain('ids');
    expect(errorsOf(() => body(JSON.parse('{"__proto__": {"polluted": 1}, "constructor": 1}')))).toEqual([
      '__proto__',
      'constructor',
    ]);
    expect('polluted' in {}).toBe(false);
  });

  it('refuses null, and what is nested, before anything reads it', () => {
    const body = (value: unknown): unknown => pipe.transform(value, { type: 'body', metatype: ReplayBody });
    for (const name of ['channel', 'type', 'address', 'ids', 'reason']) {
      for (const value of [null, { constructor: '1' }, [[1]], [{ toString: 1 }], [null]]) {
        expect(errorsOf(() => body({ [name]: value }))).toEqual([name]);
      }
    }
  });

  it('names a member once, whether it is unknown or wrong', () => {
    const body = (value: unknown): unknown => pipe.transform(value, { type: 'body', metatype: ReplayBody });
    expect(errorsOf(() => body({ ids: null, chanel: 'email', reason: 'mood', toString: 'x' }))).toEqual([
      'ids',
      'chanel',
      'toString',
      'reason',
    ]);
  });

  it('answers every body with the DTO or a refusal', () => {
    const names = fc.constantFrom(
      'channel',
      'type',
      'ids',
      'reason',
      '__proto__',
      'constructor',
      'toString',
      'hasOwnProperty',
      'x',
    );
    const texts = fc.dictionary(names, fc.oneof(fc.jsonValue(), names)).map((value) => JSON.stringify(value));
    fc.assert(
      fc.property(texts, (text) => {
        const value = JSON.parse(text) as object;
        const known = Object.keys(value).every((name) => ['channel', 'type', 'ids', 'reason'].includes(name));
        const errors = errorsOf(() => pipe.transform(value, { type: 'body', metatype: ReplayBody }));
        if (!known) expect(errors.length).toBeGreaterThan(0);
      }),
    );
  });

  it.each(['-5', 'foo 7', '2027-02-30', '2027-02-30T00:00:00Z', 'Nov 20 2026', '2026-11-20T09:00:00', '1e3', ''])(
    'refuses from=%s',
    (from) => expect(errorsOf(() => query({ from }, HistoryQuery))).toEqual(['from']),
  );

  it('takes a date without a time as its start in UTC', () => {
    expect(query({ from: '2026-01-01' }, HistoryQuery)).toMatchObject({ from: Date.UTC(2026, 0, 1) });
  });
});

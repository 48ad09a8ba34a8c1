import { describe, expect, it } from '@jest/globals';
import { FAILURE_REASONS } from '../src/model/failure.js';
import { DELIVERY_STATES } from '../src/model/delivery.js';

/** The parts of the page that need no browser; they are not typed. */
/* eslint-disable @typescript-eslint/no-unsafe-assignment, @typescript-eslint/no-unsafe-call, @typescript-eslint/no-unsafe-member-access, @typescript-eslint/no-unsafe-return, @typescript-eslint/no-unsafe-argument, @typescript-eslint/no-explicit-any */
const part = async (name: string): Promise<any> => await import(`../src/http/dashboard/assets/${name}.js`);
const { ADVICE, REASONS, STATES } = await part('reasons');
const { parseHash, to } = await part('router');
const { bytes, duration, localInput, percent, span } = await part('format');
const { reconcile } = await part('live-list');
const { ledgerOf, troubles } = await part('trouble');

const NOW = Date.UTC(2026, 10, 20, 9);
const SINCE = '2026-11-20T08:33:00.000Z';

function byState(counts: Record<string, number> = {}): Record<string, number> {
  return { ...Object.fromEntries(DELIVERY_STATES.map((state) => [state, 0])), ...counts };
}

function stats(channels: object = {}, counts: Record<string, number> = {}): object {
  const states = byState(counts);
  const accepted = Object.values(states).reduce((sum, count) => sum + count, 0);
  const pending = (counts['gathering'] ?? 0) + (counts['queued'] ?? 0) + (counts['sending'] ?? 0);
  return { counts: { byState: states, accepted, pending }, channels };
}

const channel = (over: object): object => ({
  state: 'ok',
  paused: false,
  byState: byState({ queued: 61 }),
  lastMinute: { attempts: 0, failed: 0 },
  ...over,
});
const OK = { status: 'ok', detail: 'fine' };
const health = (over: object = {}): object => ({
  status: 'ok',
  shuttingDown: false,
  store: OK,
  windows: OK,
  processor: OK,
  batches: OK,
  errors: OK,
  limits: OK,
  eventLoop: OK,
  memory: OK,
  channels: { email: OK },
  ...over,
});

describe('the dashboard says of reasons', () => {
  it('what to do about each of them, and knows every state', () => {
    expect([...REASONS].sort()).toEqual([...FAILURE_REASONS].sort());
    for (const reason of REASONS) expect(ADVICE[reason]).toMatch(/^[A-Z].*\.$/);
    expect(STATES).toEqual([...DELIVERY_STATES]);
  });
});

describe('addresses within the page', () => {
  it.each([
    ['', 'now', undefined, {}],
    ['#/deliveries?state=dead&reason=timed_out', 'deliveries', undefined, { state: 'dead', reason: 'timed_out' }],
    ['#/channels/a%2Fb', 'channels', 'a/b', {}],
    ['#/nothing', 'now', undefined, {}],
    ['#/messages/%E0', 'messages', '%E0', {}],
  ])('%s', (hash, section, id, query) => {
    expect(parseHash(hash)).toEqual({ section, id, query });
  });

  it('lead back to what they were made of', () => {
    const address = 'Ann & Bob <a+b@example.com>?#';
    expect(parseHash(to('deliveries', { address, state: '', reason: undefined }, 'd-1/2'))).toEqual({
      section: 'deliveries',
      id: 'd-1/2',
      query: { address },
    });
  });
});

it('figures are short', () => {
  expect([span(-1), span(59_400), span(60_000), span(7_199_000), span(172_800_000)]).toEqual([
    '0 s',
    '59 s',
    '1 min',
    '1 h',
    '2 d',
  ]);
  expect([duration(undefined), duration(850), duration(1_640)]).toEqual(['–', '850 ms', '1.6 s']);
  expect([percent(0, 0), percent(38, 50)]).toEqual(['0 %', '76 %']);
  expect([bytes(0), bytes(1_500), bytes(14_000_000)]).toEqual(['0 B', '1.5 kB', '14 MB']);
  expect([localInput(undefined), localInput('x')]).toEqual(['', '']);
  expect(Date.parse(localInput(NOW))).toBe(NOW);
});

describe('a list that is read again', () => {
  const keyOf = (item: { id: string }): string => item.id;
  const items = (ids: string): readonly { id: string }[] => Array.from(ids, (id) => ({ id }));
  const rows = (ids: string): readonly object[] => items(ids).map((item) => ({ key: item.id, item }));
  /** `b` is a row, `(b)` one that is gone. */
  const shown = ({ rows: found, newer }: { rows: { key: string; goneAt?: number }[]; newer: number }): string =>
    `${newer} ${found.map(({ key, goneAt }) => (goneAt === undefined ? key : `(${key})`)).join('')}`;

  it.each([
    ['nothing changed', 'abc', 'abc', undefined, '0 abc'],
    ['a newer one is counted, and moves nobody', 'bcd', 'abcd', undefined, '1 bcd'],
    ['one that left is greyed where it is', 'abc', 'ac', undefined, '0 a(b)c'],
    ['what follows fills the place', 'abc', 'acd', undefined, '0 a(b)cd'],
    ['what newer ones pushed off the page stays', 'cdef', 'abcd', 'next', '2 cdef'],
    ['nothing of it is on the page any more', 'ef', 'abcd', 'next', '4 ef'],
    ['all are gone', 'ab', '', undefined, '0 (a)(b)'],
    ['not more than a page', 'abcd', 'abcdef', undefined, '0 abcd'],
  ])('%s', (_, before, after, next, expected) => {
    expect(shown(reconcile(rows(before), { items: items(after), next }, keyOf, 4, NOW))).toBe(expected);
  });

  it('remembers since when a row is gone, until it is back', () => {
    const gone = reconcile(rows('ab'), { items: items('a') }, keyOf, 4, NOW).rows;
    expect(reconcile(gone, { items: items('a') }, keyOf, 4, NOW + 5_000).rows[1].goneAt).toBe(NOW);
    expect(reconcile(gone, { items: items('ab') }, keyOf, 4, NOW).rows[1]).not.toHaveProperty('goneAt');
  });
});

describe('what is wrong', () => {
  const texts = (over: object): string[] =>
    troubles({ stats: stats(), health: health(), dead: { open: 0 }, ...over }).map(
      ({ level, text }: { level: string; text: string }) => `${level} ${text}`,
    );

  it('is nothing when everything is healthy, and nothing while the health is not known', () => {
    expect(texts({ stats: stats({ email: channel({}) }) })).toEqual([]);
    expect(texts({ health: undefined, dead: undefined })).toEqual([]);
  });

  it('G7 is a ledger that does not add up', () => {
    expect(ledgerOf(stats({}, { queued: 2, dead: 1, expired: 3 }))).toMatchObject({ accepted: 6, other: 3, addsUp: true });
    const wrong = stats({}, { queued: 2 }) as { counts: { pending: number } };
    wrong.counts.pending = 3;
    expect(texts({ stats: wrong })).toEqual(['error The counts do not add up']);
  });

  it('is a channel that fails, a pause by failure, and a pause that was forgotten, the worst first', () => {
    const channels = {
      webhook: channel({
        state: 'paused_by_operator',
        paused: { by: 'operator', detail: 'paused by an operator', since: SINCE },
      }),
      email: channel({
        state: 'degraded',
        lastMinute: { attempts: 50, failed: 38 },
        lastFailure: { at: SINCE, reason: 'timed_out' },
      }),
      slack: channel({ state: 'paused_by_failure', paused: { by: 'failure', detail: 'token_revoked', since: SINCE } }),
    };
    expect(texts({ stats: stats(channels) })).toEqual([
      'error slack is paused by failure: token_revoked; 61 deliveries wait',
      'warning email: 76 % of 50 attempts in the last minute failed (timed_out)',
      'paused webhook is paused by an operator: 61 deliveries wait',
    ]);
    const [slack, email, webhook] = troubles({ stats: stats(channels), health: health(), dead: { open: 0 } });
    expect(slack).toMatchObject({
      since: SINCE,
      actions: [{ resume: 'slack' }, { href: '#/deliveries?channel=slack&state=queued' }],
    });
    expect(email).toMatchObject({ since: SINCE, isLast: true, advice: ADVICE['timed_out'] });
    expect(webhook).toMatchObject({ since: SINCE, actions: [{ resume: 'webhook' }, expect.anything()] });
  });

  it('is a channel whose error rate health tells of, since then', () => {
    const errors = { status: 'warning', detail: 'attempts of the last minute that failed: email 76 % of 50', since: SINCE };
    const degraded = channel({ state: 'degraded', lastMinute: { attempts: 50, failed: 38 } });
    expect(troubles({ stats: stats({ email: degraded }), health: health({ errors }) })).toMatchObject([
      { since: SINCE, isLast: false },
    ]);
    expect(texts({ health: health({ errors }) })).toEqual([`warning Attempts: ${errors.detail}`]);
  });

  it('is each part of the health that is not ok, once', () => {
    const limits = { status: 'warning', detail: '9 of QUEUE_MAX_PENDING=10 are pending', since: SINCE };
    const channels = {
      email: { status: 'error', detail: 'cannot connect', since: SINCE },
      slack: { status: 'error', detail: 'paused' },
    };
    const slack = channel({ state: 'paused_by_failure', paused: { by: 'failure', detail: 'token_revoked', since: SINCE } });
    expect(texts({ stats: stats({ slack }), health: health({ shuttingDown: true, limits, channels }) })).toEqual([
      'error slack is paused by failure: token_revoked; 61 deliveries wait',
      'error email: cannot connect',
      'warning This process is stopping: it accepts nothing more',
      `warning Limits: ${limits.detail}`,
    ]);
  });

  it('is dead letters, with the newest', () => {
    const newest = { channel: 'email', reason: 'address_rejected', updatedAt: SINCE, lastError: { message: '550 no such user' } };
    expect(troubles({ stats: stats(), health: health(), dead: { open: 307, newest } })).toMatchObject([
      {
        level: 'warning',
        text: '307 dead letters, the last on email: address_rejected',
        detail: '550 no such user',
        since: SINCE,
        isLast: true,
        actions: [{ label: 'Show 307', href: '#/dead' }],
      },
    ]);
  });
});

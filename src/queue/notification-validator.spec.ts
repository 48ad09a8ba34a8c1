import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { InvalidNotificationError } from '../model/errors.js';
import { fingerprintText } from '../model/fingerprint.js';
import { NOTIFICATION_LIMITS, PRIORITIES } from '../model/notification.js';
import { validateNotification } from './notification-validator.js';

const directory = {
  channels: () => ['email', 'sse'],
  missingFor: (channel: string) => (channel === 'slack' ? 'set SLACK_BOT_TOKEN' : undefined),
  namesRecipient: (address: string) => address.startsWith('user:'),
  canonicalAddress: (channel: string, address: string) => (channel === 'email' ? address.toLowerCase() : address),
  addressProblem: (channel: string, address: string) => (channel === 'email' && !address.includes('@') ? 'has no @' : undefined),
};
const good = { type: 'system_update', channel: 'email', to: 'ann@example.com', title: 'Version 2' };
const deep = (levels: number): object => (levels === 0 ? {} : { a: deep(levels - 1) });

function pathsOf(input: unknown): readonly string[] {
  try {
    validateNotification(input, directory);
    return [];
  } catch (error) {
    if (error instanceof InvalidNotificationError) return error.errors.map(({ path }) => path);
    throw error;
  }
}

describe('validateNotification', () => {
  it.each<[string, object]>([
    ['type', { type: 'a'.repeat(64) }],
    ['type', { type: '0-x_y.z' }],
    ['title', { title: 'x'.repeat(200) }],
    ['title', { title: '🚀'.repeat(200) }],
    ['body', { body: 'x'.repeat(NOTIFICATION_LIMITS.bodyBytes) }],
    ['data', { data: { ...deep(7), text: 'x'.repeat(15_000) } }],
    ['to', { to: Array.from({ length: 1_000 }, (_, i) => `r${i}@example.com`) }],
    ['actor', { actor: { id: '7', name: 'Bob' } }],
    ['keys', { groupKey: 'g', dedupeKey: 'd', idempotencyKey: 'x'.repeat(200) }],
    ['times', { sendAt: '2026-11-20T09:00:00Z', expiresAt: '2026-11-21T09:00:00+01:00' }],
    ['times', { sendAt: new Date(1_800_000_000_000) }],
    ['locale', { locale: 'de-AT' }],
    ['locale', { locale: 'zh-Hant-TW' }],
    ['timeZone', { timeZone: 'Europe/Vienna' }],
    ['timeZone', { timeZone: 'UTC' }],
    ['no title on sse', { channel: 'sse', to: 'ann', title: undefined }],
  ])('takes %s at its limit', (_, over) => expect(pathsOf({ ...good, ...over })).toEqual([]));

  it.each<[string, object]>([
    ['type', { type: '' }],
    ['type', { type: 'A' }],
    ['type', { type: '_a' }],
    ['type', { type: 'a'.repeat(65) }],
    ['channel', { channel: 'pigeon' }],
    ['to', { to: undefined }],
    ['to', { to: [] }],
    ['to', { to: 'nobody' }],
    ['to', { to: Array.from({ length: 1_001 }, () => 'a@b') }],
    ['to.1', { to: ['a@b', 'nobody', 'c@d'] }],
    ['title', { title: '' }],
    ['title', { title: 'x'.repeat(201) }],
    ['title', { title: 'a\nb' }],
    ['title', { title: 'a\ud800' }],
    ['body', { body: 'x'.repeat(NOTIFICATION_LIMITS.bodyBytes + 1) }],
    ['body', { body: 7 }],
    ['actor.id', { actor: {} }],
    ['actor.x', { actor: { id: '7', x: 1 } }],
    ['data', { data: [] }],
    ['data', { data: deep(8) }],
    ['data', { data: { text: 'x'.repeat(NOTIFICATION_LIMITS.dataBytes) } }],
    ['data', { data: JSON.parse('{"a":{"__proto__":{"polluted":1}}}') as object }],
    ['data', { data: { a: Number.NaN } }],
    ['priority', { priority: 'urgent' }],
    ['groupKey', { groupKey: '' }],
    ['dedupeKey', { dedupeKey: 'x'.repeat(201) }],
    ['idempotencyKey', { idempotencyKey: 7 }],
    ['sendAt', { sendAt: 'tomorrow' }],
    ['sendAt', { sendAt: '2026-11-20T09:00:00' }],
    ['sendAt', { sendAt: '2027-02-30T00:00:00Z' }],
    ['expiresAt', { expiresAt: '2027-04-31T00:00:00Z' }],
    ['expiresAt', { expiresAt: '2026-13-40T09:00:00Z' }],
    ['expiresAt', { sendAt: '2026-11-20T09:00:00Z', expiresAt: '2026-11-20T09:00:00Z' }],
    ['titel', { titel: 'x' }],
    ['title', { title: undefined }],
    ['title', { channel: 'sse', title: '' }],
    ['locale', { locale: 'de_AT' }],
    ['locale', { locale: '' }],
    ['locale', { locale: 7 }],
    ['timeZone', { timeZone: 'Vienna' }],
    ['timeZone', { timeZone: '' }],
    ['timeZone', { timeZone: ['UTC'] }],
  ])('refuses %s: %j', (path, over) => expect(pathsOf({ ...good, ...over })).toEqual([path]));

  it.each([
    'body',
    'actor',
    'data',
    'priority',
    'groupKey',
    'dedupeKey',
    'idempotencyKey',
    'sendAt',
    'expiresAt',
    'locale',
    'timeZone',
  ])('refuses null for %s', (name) => expect(pathsOf({ ...good, [name]: null })).toEqual([name]));

  it('names every bad field at once, with what it got and what is allowed', () => {
    expect(() => validateNotification({ ...good, type: 'X', title: '', priority: 1 }, directory)).toThrow(
      /type: got "X"; must match .*title: got ""; must be one line.*priority: got 1; must be one of critical, high, normal, low/,
    );
    expect(pathsOf('text')).toEqual(['notification']);
  });

  it.each(['type', 'channel', 'channels', 'to', 'title', 'body', 'priority'])(
    'refuses a %s of lists in lists, however deep',
    (name) => {
      const nested = Array.from({ length: 50_000 }).reduce<unknown>((inner) => [inner], []);
      expect(pathsOf({ ...good, [name]: nested })[0]).toContain(name);
    },
  );

  it('says an address once, and fills in the priority', () => {
    const { addresses, content } = validateNotification({ ...good, to: ['a@b', 'c@d', 'a@b'] }, directory);
    expect([addresses, content.priority]).toEqual([['a@b', 'c@d'], 'normal']);
  });

  it('makes the same of a default that is said and one that is not, and of one address alone and in a list', () => {
    const { content, addresses } = validateNotification(good, directory);
    const said = validateNotification(
      { title: 'Version 2', priority: 'normal', to: ['ann@example.com'], type: good.type, channel: 'email' },
      directory,
    );
    expect(fingerprintText(said.content, said.addresses)).toBe(fingerprintText(content, addresses));
  });

  it('throws nothing but a refusal, whatever it gets', () => {
    const field = fc.constantFrom(
      'type',
      'channel',
      'to',
      'title',
      'body',
      'actor',
      'data',
      'priority',
      'groupKey',
      'sendAt',
      'expiresAt',
      'locale',
      'timeZone',
    );
    fc.assert(
      fc.property(fc.dictionary(field, fc.jsonValue()), fc.boolean(), (over, based) => {
        const paths = pathsOf(based ? { ...good, ...over } : over);
        if (paths.length > 0) return;
        const { content, addresses } = validateNotification(based ? { ...good, ...over } : over, directory);
        expect(addresses.length).toBeGreaterThan(0);
        expect(PRIORITIES).toContain(content.priority);
      }),
      { numRuns: 1_000 },
    );
  });
});

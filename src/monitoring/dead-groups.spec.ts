import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type DeadLetter } from '../storage/notification-store.js';
import { DeadGroups, normalizedMessage } from './dead-groups.js';

const letter = (over: Partial<DeadLetter>): DeadLetter => ({
  sampleId: 'd-1',
  channel: 'email',
  address: 'ann@x',
  type: 'alert',
  reason: 'temporarily_refused',
  detail: '452 4.2.2 Mailbox full',
  count: 1,
  at: 1_000,
  dismissed: false,
  ...over,
});

describe('normalizedMessage', () => {
  it.each([
    ['452 4.2.2 Mailbox full', '452 4.2.2 Mailbox full'],
    ['550 5.1.1 <ann@example.com>: unknown user 4711', '550 5.1.1 <<address>>: unknown user #'],
    ['the server answered 503 after 12 s: https://example.com/a?b=1', 'the server answered # after # s: <url>'],
    ['', ''],
  ])('%j', (detail, expected) => expect(normalizedMessage(detail)).toBe(expected));

  it('is the same whatever the address and the numbers are', () => {
    fc.assert(
      fc.property(fc.nat(), fc.emailAddress(), (number, address) => {
        expect(normalizedMessage(`refused ${address} in queue ${number}`)).toBe('refused <address> in queue #');
      }),
    );
  });
});

describe('DeadGroups', () => {
  it('counts deliveries and addresses, and says when the first and the last failed', () => {
    const groups = new DeadGroups();
    groups.add(letter({ count: 2 }));
    groups.add(letter({ address: 'bob@x', at: 5_000, sampleId: 'd-2' }));
    groups.add(letter({ at: 9_000, sampleId: 'd-3' }));
    groups.add(letter({ reason: 'timed_out' }));
    const at = (ms: number): string => new Date(ms).toISOString();
    expect(groups.view()).toMatchObject([
      { reason: 'temporarily_refused', count: 4, addresses: 2, firstAt: at(1_000), lastAt: at(9_000), sampleId: 'd-1' },
      { reason: 'timed_out', count: 1, addresses: 1 },
    ]);
  });
});

import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import { allows, readTicket, signTicket } from './stream-ticket.js';

const scope = fc.record({ user: fc.option(fc.string(), { nil: undefined }), topics: fc.array(fc.string(), { maxLength: 5 }) });

it('says what it allows until it expires, under each of the secrets', () => {
  fc.assert(
    fc.property(scope, fc.nat(), ({ user, topics }, expiresAt) => {
      const ticket = signTicket('token', { user, topics, expiresAt });
      expect(readTicket(ticket, ['token'], expiresAt - 1)).toEqual({
        ...(user === undefined ? {} : { user }),
        topics,
        expiresAt,
      });
      expect(readTicket(ticket, ['newer', 'token'], expiresAt - 1)).toBeDefined();
      expect(readTicket(ticket, ['token'], expiresAt)).toBeUndefined();
      expect(readTicket(ticket, ['other'], expiresAt - 1)).toBeUndefined();
      expect(readTicket(ticket, [], expiresAt - 1)).toBeUndefined();
    }),
  );
});

it('is one text: nothing that was changed, and no other form of it, is a ticket', () => {
  fc.assert(
    fc.property(scope, fc.nat(), fc.nat(), fc.string({ maxLength: 3 }), (claims, expiresAt, at, text) => {
      const ticket = signTicket('token', { ...claims, expiresAt });
      const place = at % (ticket.length + 1);
      for (const other of [ticket.slice(0, place) + text + ticket.slice(place), ticket.slice(0, place) + text]) {
        if (other !== ticket) expect(readTicket(other, ['token'], expiresAt - 1)).toBeUndefined();
      }
      // 43 characters of base64url hold 258 bits, two more than the signature has.
      const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
      const last = alphabet.indexOf(ticket.at(-1) ?? '');
      for (const bits of [1, 2, 3]) {
        expect(readTicket(ticket.slice(0, -1) + alphabet.charAt(last ^ bits), ['token'], expiresAt - 1)).toBeUndefined();
      }
    }),
  );
});

it('allows its user or none, and its topics or some of them', () => {
  const ticket = { user: 'ann', topics: ['a', 'b'], expiresAt: 0 };
  expect(allows(ticket, { user: 'ann', topics: ['b', 'a'] })).toBe(true);
  expect(allows(ticket, { topics: [] })).toBe(true);
  expect(allows(ticket, { user: 'bob', topics: [] })).toBe(false);
  expect(allows(ticket, { user: 'ann', topics: ['a', 'c'] })).toBe(false);
  expect(allows({ topics: ['a'], expiresAt: 0 }, { user: 'ann', topics: [] })).toBe(false);
});

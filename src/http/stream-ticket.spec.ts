import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import { isTicketFor, signTicket } from './stream-ticket.js';

it('opens the stream of its user until it expires, and no other', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), fc.nat(), (user, other, expiresAt) => {
      const ticket = signTicket('token', user, expiresAt);
      expect(isTicketFor(ticket, 'token', user, expiresAt - 1)).toBe(true);
      expect(isTicketFor(ticket, 'token', user, expiresAt)).toBe(false);
      expect(isTicketFor(ticket, 'token', other, expiresAt - 1)).toBe(user === other);
      expect(isTicketFor(ticket, 'other', user, expiresAt - 1)).toBe(false);
      expect(isTicketFor(`${ticket}x`, 'token', user, expiresAt - 1)).toBe(false);
    }),
  );
});

it('is one text: no other form of its expiry or of its signature opens the stream', () => {
  fc.assert(
    fc.property(fc.string(), fc.nat(), fc.integer({ min: 1, max: 3 }), (user, expiresAt, bits) => {
      const ticket = signTicket('token', user, expiresAt);
      expect(isTicketFor(`0${ticket}`, 'token', user, expiresAt - 1)).toBe(false);
      // 43 characters of base64url hold 258 bits, two more than the signature has.
      const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
      const last = alphabet.indexOf(ticket.at(-1) ?? '');
      const other = `${ticket.slice(0, -1)}${alphabet.charAt(last ^ bits)}`;
      expect(isTicketFor(other, 'token', user, expiresAt - 1)).toBe(false);
    }),
  );
});

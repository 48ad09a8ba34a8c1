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

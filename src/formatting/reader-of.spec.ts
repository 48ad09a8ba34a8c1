import { describe, expect, it } from '@jest/globals';
import { claimedMessage } from '../../test/support/claimed-message.js';
import { readerOfMessage } from './reader-of.js';

const known = () => ({ locale: 'fr', timeZone: 'Europe/Paris' });

describe('readerOfMessage', () => {
  it('takes what is known of the address where no notification says anything', () => {
    expect(readerOfMessage(claimedMessage(), known)).toEqual(known());
    expect(readerOfMessage(claimedMessage(), () => undefined)).toEqual({});
  });

  it('takes what the notification says first, field by field', () => {
    expect(readerOfMessage(claimedMessage([{ locale: 'de-AT' }]), known)).toEqual({ locale: 'de-AT', timeZone: 'Europe/Paris' });
    expect(readerOfMessage(claimedMessage([{ timeZone: 'UTC' }]), () => undefined)).toEqual({ timeZone: 'UTC' });
  });

  it('takes of a digest the newest that says it', () => {
    const message = claimedMessage([{ locale: 'de', timeZone: 'UTC' }, { locale: 'it' }, {}]);
    expect(readerOfMessage(message, known)).toEqual({ locale: 'it', timeZone: 'UTC' });
  });
});

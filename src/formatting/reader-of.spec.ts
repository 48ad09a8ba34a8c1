import { describe, expect, it } from '@jest/globals';
import { claimedMessage } from '../../test/support/claimed-message.js';
import { readerOfMessage } from './reader-of.js';

const reader = { locale: 'fr', timeZone: 'Europe/Paris' };

describe('readerOfMessage', () => {
  it('takes what was looked up where no notification says anything', () => {
    expect(readerOfMessage(claimedMessage([{}], { reader }))).toEqual(reader);
    expect(readerOfMessage(claimedMessage(), reader)).toEqual(reader);
    expect(readerOfMessage(claimedMessage())).toEqual({});
  });

  it('takes what the notification says first, field by field', () => {
    expect(readerOfMessage(claimedMessage([{ locale: 'de-AT' }], { reader }))).toEqual({
      locale: 'de-AT',
      timeZone: 'Europe/Paris',
    });
    expect(readerOfMessage(claimedMessage([{ timeZone: 'UTC' }]))).toEqual({ timeZone: 'UTC' });
  });

  it('takes of a digest the newest that says it', () => {
    const message = claimedMessage([{ locale: 'de', timeZone: 'UTC' }, { locale: 'it' }, {}], { reader });
    expect(readerOfMessage(message)).toEqual({ locale: 'it', timeZone: 'UTC' });
  });
});

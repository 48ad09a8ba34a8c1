import { describe, expect, it } from '@jest/globals';
import { claimedMessage } from '../../test/support/claimed-message.js';
import { readerSettingsOf } from './reader-settings-of.js';

const readerSettings = { locale: 'fr', timeZone: 'Europe/Paris' };

describe('readerSettingsOf', () => {
  it('takes what was looked up where no notification says anything', () => {
    expect(readerSettingsOf(claimedMessage([{}], { readerSettings }))).toEqual(readerSettings);
    expect(readerSettingsOf(claimedMessage(), readerSettings)).toEqual(readerSettings);
    expect(readerSettingsOf(claimedMessage())).toEqual({});
  });

  it('takes what the notification says first, field by field', () => {
    expect(readerSettingsOf(claimedMessage([{ locale: 'de-AT' }], { readerSettings }))).toEqual({
      locale: 'de-AT',
      timeZone: 'Europe/Paris',
    });
    expect(readerSettingsOf(claimedMessage([{ timeZone: 'UTC' }]))).toEqual({ timeZone: 'UTC' });
  });

  it('takes of a digest the newest that says it', () => {
    const message = claimedMessage([{ locale: 'de', timeZone: 'UTC' }, { locale: 'it' }, {}], { readerSettings });
    expect(readerSettingsOf(message)).toEqual({ locale: 'it', timeZone: 'UTC' });
  });
});

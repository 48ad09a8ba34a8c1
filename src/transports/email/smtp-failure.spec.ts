import { describe, expect, it } from '@jest/globals';
import { FAILURE_REASONS } from '../../model/failure.js';
import { type SmtpFault, smtpFailure } from './smtp-failure.js';

function fault(overrides: Partial<SmtpFault>): SmtpFault {
  return { message: 'it failed', contentSent: false, ...overrides };
}

const reply = (response: string, command = 'RCPT TO', code = 'EENVELOPE'): SmtpFault =>
  fault({ code, command, response, responseCode: Number(response.slice(0, 3)), contentSent: code === 'EMESSAGE' });

describe('smtpFailure', () => {
  it.each([
    [reply('421 4.3.2 closing', 'DATA', 'ECONNECTION'), 'retry session_closed'],
    [reply('421 4.3.2 closing', 'DATA', 'EMESSAGE'), 'retry session_closed'],
    [reply('450 4.2.1 mailbox busy'), 'retry temporarily_refused'],
    [reply('450 4.2.1 rate exceeded'), 'retry rate_limited'],
    [reply('451 4.7.1 greylisted'), 'retry rate_limited'],
    [reply('452 too many recipients'), 'retry rate_limited'],
    [reply('452 4.3.1 insufficient storage'), 'retry temporarily_refused'],
    [reply('455 parameters'), 'retry temporarily_refused'],
    [reply('454 4.7.0 try later', 'AUTH PLAIN', 'EAUTH'), 'retry temporarily_refused'],
    [reply('550 no such user'), 'permanent address_rejected'],
    [reply('551 moved'), 'permanent address_rejected'],
    [reply('553 name not allowed'), 'permanent address_rejected'],
    [reply('554 5.1.2 bad host'), 'permanent address_rejected'],
    [reply('550 5.7.1 spam', 'DATA', 'EMESSAGE'), 'permanent content_rejected'],
    [reply('550 5.1.1 no such user', 'DATA', 'EMESSAGE'), 'permanent address_rejected'],
    [reply('552 too big', 'DATA', 'EMESSAGE'), 'permanent content_rejected'],
    [reply('554 refused', 'DATA', 'EMESSAGE'), 'permanent content_rejected'],
    [reply('500 5.3.0 error', 'MAIL FROM'), 'permanent content_rejected'],
    [reply('530 5.7.0 authentication required', 'MAIL FROM'), 'channel_unavailable credentials_rejected'],
    [reply('535 5.7.8 bad credentials', 'AUTH PLAIN', 'EAUTH'), 'channel_unavailable credentials_rejected'],
    [fault({ code: 'EAUTH' }), 'channel_unavailable credentials_rejected'],
    [fault({ code: 'EDNS' }), 'retry connection_failed'],
    [fault({ code: 'ESOCKET' }), 'retry connection_failed'],
    [fault({ code: 'ETLS' }), 'retry connection_failed'],
    [fault({ code: 'ECONNECTION' }), 'retry connection_failed'],
    [fault({ code: 'ETIMEDOUT' }), 'retry timed_out'],
    [fault({ code: 'EABORT' }), 'retry interrupted'],
    [fault({ code: 'ECONNECTION', contentSent: true }), 'uncertain uncertain'],
    [fault({ code: 'ETIMEDOUT', contentSent: true }), 'uncertain uncertain'],
    [fault({ code: 'EABORT', contentSent: true }), 'uncertain uncertain'],
    [fault({ code: 'EPROTOCOL', contentSent: true }), 'uncertain uncertain'],
    [fault({ code: 'EMESSAGE' }), 'permanent content_rejected'],
    [fault({ code: 'EENVELOPE' }), 'permanent address_rejected'],
    [fault({}), 'retry connection_failed'],
  ])('%#: %j is %s', (given, verdict) => {
    const { kind, failure } = smtpFailure(given);
    expect(`${kind} ${failure.reason}`).toBe(verdict);
    expect(FAILURE_REASONS).toContain(failure.reason);
  });

  it.each([
    [reply('550 5.1.1 no such user'), true],
    [reply('550-5.1.1 no such user\r\n550 5.1.1 at all', 'RCPT TO'), true],
    [reply('550 5.1.2 no such host'), true],
    [reply('553 5.1.3 bad syntax'), true],
    [reply('551 5.1.6 moved'), true],
    [reply('556 5.1.10 null MX'), true],
    [reply('550 5.1.1 no such user', 'DATA', 'EMESSAGE'), true],
    [reply('550 5.1.8 bad sender', 'MAIL FROM'), undefined],
    [reply('550 5.1.1 bad sender', 'MAIL FROM'), undefined],
    [reply('550 no such user'), undefined],
    [reply('550 5.7.1 blocked'), undefined],
    [reply('550 5.1.11 something else'), undefined],
    [reply('550 5.1.4 ambiguous'), undefined],
    [reply('550 5.2.1 mailbox disabled'), undefined],
    [reply('450 4.1.1 greylisted'), undefined],
    [reply('451 5.1.1 nonsense'), undefined],
  ])('%#: %j says of the address that it does not exist: %s', (given, bounced) => {
    expect(smtpFailure(given).addressBounced).toBe(bounced);
  });

  it('hands on when the server wants to see it again', () => {
    expect(smtpFailure(reply('451 please retry after 90 seconds')).retryAfterMs).toBe(90_000);
    expect(smtpFailure(reply('450 try again in 2 minutes')).retryAfterMs).toBe(120_000);
    expect(smtpFailure(reply('450 later')).retryAfterMs).toBeUndefined();
  });

  it('makes one line of at most 500 characters of what the server said', () => {
    const { message } = smtpFailure(reply(`550-no\r\n550 ${'x'.repeat(10_000)}`)).failure;
    expect(message).toMatch(/^550-no 550 x+$/);
    expect(message).toHaveLength(500);
  });
});

import { describe, expect, it } from '@jest/globals';
import { claimedMessage } from '../../../test/support/claimed-message.js';
import { type ClaimedMessage } from '../../model/message.js';
import { unsubscribeScope } from '../../model/unsubscribe-token.js';
import { type WindowPolicy } from '../../model/window.js';
import { createEmailFormatter } from './email.formatter.js';
import { unsubscribeHeaders } from './unsubscribe-headers.js';
import { unsubscribeLink } from './unsubscribe-link.js';

describe('the link to unsubscribe', () => {
  const signed = { pageUrl: 'https://x.example/notifications/unsubscribe', secret: 'a secret of the test' };
  const options = { unsubscribeUrl: 'https://x.example/{address}', signed, required: ['security'] };
  const toPerson = (types: readonly string[], over: Partial<ClaimedMessage> = {}): ClaimedMessage =>
    claimedMessage(
      types.map((type) => ({ type })),
      { recipient: { id: '42', tenant: 'acme' }, address: 'ann@example.com', ...over },
    );
  const scopeIn = (url = '') => unsubscribeScope(new URL(url).searchParams.get('t') ?? '', [signed.secret]);

  it('has the one-click header only for https (RFC 8058)', () => {
    const headersOf = (unsubscribeUrl: string | undefined, address: string) =>
      unsubscribeHeaders(unsubscribeLink(claimedMessage([{}], { address }), { unsubscribeUrl }));
    expect(headersOf('https://example.com/{address}', 'a+b@example.com')).toEqual({
      'List-Unsubscribe': '<https://example.com/a%2Bb%40example.com>',
      'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click',
    });
    expect(headersOf('mailto:leave@example.com?subject={address}', 'a@b.c')).toEqual({
      'List-Unsubscribe': '<mailto:leave@example.com?subject=a%40b.c>',
    });
    expect(headersOf(undefined, 'a@b.c')).toEqual({});
  });

  it('is signed for a recipient, names the types of the mail and no address, and is the one in the mail', () => {
    const mail = createEmailFormatter(options).format(toPerson(['comment', 'reminder', 'comment', 'security']));
    const url = /<(.*)>/.exec(mail.headers['List-Unsubscribe'] ?? '')?.[1];
    expect(url).toMatch(/^https:\/\/x\.example\/notifications\/unsubscribe\?t=/);
    expect(mail.headers['List-Unsubscribe-Post']).toBe('List-Unsubscribe=One-Click');
    expect(scopeIn(url)).toEqual({ recipientId: '42', channel: 'email', types: ['comment', 'reminder'], tenant: 'acme' });
    expect(mail.text).toContain(url);
    expect(mail.html).toContain(url);
    expect(Buffer.from(url?.split('=')[1] ?? '', 'base64url').toString()).not.toContain('ann');
  });

  it('names no type where the mail comes together by a choice', () => {
    const plan = { frequency: 'daily', from: 'person', together: true } as const;
    const policy = { plan } as unknown as WindowPolicy;
    const link = unsubscribeLink(toPerson(['comment', 'reminder'], { policy }), options);
    expect(scopeIn(link?.url)).toMatchObject({ types: '*' });
  });

  it('is the host’s own for an address, and for a recipient where none can be signed', () => {
    expect(unsubscribeLink(claimedMessage([{}], { address: 'ann@example.com' }), options)?.url).toBe(
      'https://x.example/ann%40example.com',
    );
    expect(unsubscribeLink(toPerson(['comment']), { unsubscribeUrl: options.unsubscribeUrl })?.url).toBe(
      'https://x.example/ann%40example.com',
    );
  });

  it('is in no mail of types that nobody can turn off', () => {
    const mail = createEmailFormatter(options).format(toPerson(['security']));
    expect(mail.headers).toEqual({});
    expect(`${mail.text}${mail.html}`).not.toContain('nsubscribe');
    expect(createEmailFormatter(options).format(claimedMessage([{ type: 'security' }])).headers).toEqual({});
  });

  it('a mail with a link of its reader is not shared; and a link that is too long for a header stands only in the mail', () => {
    const shared = { ...options, sharedTypes: ['comment'] };
    expect(createEmailFormatter(shared).format(toPerson(['comment'])).shared).toBeUndefined();
    const common = { unsubscribeUrl: 'https://x.example/leave', sharedTypes: ['comment'] };
    expect(createEmailFormatter(common).format(claimedMessage([{ type: 'comment' }])).shared).toBe(true);
    const long = createEmailFormatter(options).format(toPerson(['comment'], { recipient: { id: 'ü'.repeat(200) } }));
    expect(long.headers).toEqual({});
    expect(long.text).toContain('unsubscribe?t=');
  });
});

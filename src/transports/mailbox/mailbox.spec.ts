import { describe, expect, it } from '@jest/globals';
import { claimedMessage } from '../../../test/support/claimed-message.js';
import { createEmailFormatter } from '../../formatting/email/email.formatter.js';
import { type NotificationContent } from '../../model/notification.js';
import { MAILBOX_CSP, renderMailboxPage } from './mailbox-page.js';
import { Mailbox, MAILBOX_CAPACITY } from './mailbox.js';
import { MailboxTransport } from './mailbox.transport.js';

const formatter = createEmailFormatter({});

async function mailboxWith(contents: readonly Partial<NotificationContent>[]): Promise<Mailbox> {
  const mailbox = new Mailbox();
  const transport = new MailboxTransport(mailbox, { from: 'me@example.com' });
  const messages = contents.map((content) => claimedMessage([content]));
  const results = await transport.send(messages.map((message) => ({ message, content: formatter.format(message) })));
  expect(results).toEqual(contents.map(() => ({ status: 'accepted' })));
  return mailbox;
}

describe('the built-in mailbox', () => {
  it('keeps what the transport gets, newest first', async () => {
    const mailbox = await mailboxWith([{ title: 'one' }, { title: 'two', type: 'reminder' }]);
    expect(mailbox.newest().map(({ subject }) => subject)).toEqual(['two', 'one']);
    expect(mailbox.newest(1)).toEqual([
      expect.objectContaining({
        from: 'me@example.com',
        to: 'ann@example.com',
        type: 'reminder',
        count: 1,
        messageId: expect.stringMatching(/^<m-test-\d+@example\.com>$/),
        date: '2026-11-20T09:01:00.000Z',
        headers: expect.objectContaining({ 'X-Notification-Type': 'reminder', 'X-Notification-Count': '1' }),
      }),
    ]);
  });

  it('G8 forgets the oldest past its capacity, and goes on counting', async () => {
    for (const over of [0, 1, MAILBOX_CAPACITY + 7]) {
      const count = MAILBOX_CAPACITY + over;
      const mailbox = await mailboxWith(Array.from({ length: count }, (_, i) => ({ title: `t${i}` })));
      expect(mailbox.total).toBe(count);
      const titles = mailbox.newest().map(({ subject }) => subject);
      expect(titles).toEqual(Array.from({ length: MAILBOX_CAPACITY }, (_, i) => `t${count - 1 - i}`));
    }
  });

  it('takes the same addresses as the real channel', () => {
    const transport = new MailboxTransport(new Mailbox(), { from: 'me@example.com' });
    expect(transport.validateAddress('ann@example.com')).toBeUndefined();
    expect(transport.validateAddress('ann')).toEqual(expect.any(String));
  });
});

describe('renderMailboxPage', () => {
  it('shows each mail, its headers, its text, and its HTML in a frame without rights', async () => {
    const mailbox = await mailboxWith([{ title: 'Hello', body: 'the text' }]);
    const { body, headers } = renderMailboxPage(mailbox.newest(), mailbox.total);
    for (const part of ['<h2>Hello</h2>', 'ann@example.com', 'X-Notification-Count', 'Message-ID', 'the text', '1 mail since']) {
      expect(body).toContain(part);
    }
    expect(body).toMatch(/<iframe sandbox title="Hello" loading="lazy" srcdoc="&lt;!doctype html&gt;/);
    expect(headers['Content-Security-Policy']).toBe(MAILBOX_CSP);
    expect(MAILBOX_CSP).not.toContain('script');
  });

  it('lets no mail write into the page', async () => {
    const nasty = `</pre></title><script>alert(1)</script>"'><img src=x onerror=alert(1)>`;
    const mailbox = await mailboxWith([
      { title: nasty, body: nasty, actor: { id: nasty }, data: { url: `https://x.example/"onx=` } },
    ]);
    const { body } = renderMailboxPage(mailbox.newest(), mailbox.total);
    expect(body).not.toMatch(/<script|<img|"'>|"onx/);
  });

  it('works under any prefix: it names no address of its own', async () => {
    const mailbox = await mailboxWith([{ title: 'Hello' }]);
    expect(renderMailboxPage(mailbox.newest(), 9).body).not.toMatch(/(?:href|src)="/);
    expect(renderMailboxPage(mailbox.newest(), 9).body).toContain('9 mails since the start, the newest 1 are shown');
  });

  it('says what to do when there is nothing yet', () => {
    expect(renderMailboxPage([], 0).body).toContain('curl -i');
  });
});

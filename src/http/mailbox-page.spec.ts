import { describe, expect, it } from '@jest/globals';
import { claimedMessage } from '../../test/support/claimed-message.js';
import { createEmailFormatter } from '../formatting/email/email.formatter.js';
import { type NotificationContent } from '../model/notification.js';
import { MAILBOX_CAPACITY } from '../storage/mailbox-store.js';
import { MemoryStore } from '../storage/memory/memory-store.js';
import { Mailbox } from '../transports/mailbox/mailbox.js';
import { MailboxTransport } from '../transports/mailbox/mailbox.transport.js';
import { MAILBOX_CSP, renderMailboxPage } from './mailbox-page.js';

async function mailboxWith(content: Partial<NotificationContent>): Promise<Mailbox> {
  const mailbox = new Mailbox(new MemoryStore({ maxPending: 10 }));
  const message = claimedMessage([content]);
  await new MailboxTransport(mailbox, { from: 'me@example.com' }).send([
    { message, content: createEmailFormatter({}).format(message) },
  ]);
  return mailbox;
}

describe('renderMailboxPage', () => {
  it('shows each mail, its headers, its text, and its HTML in a frame without rights', async () => {
    const mailbox = await mailboxWith({ title: 'Hello', body: 'the text' });
    const { body, headers } = renderMailboxPage(await mailbox.page());
    for (const part of [
      '<h2 dir="auto">Hello</h2>',
      'href="#mail-1"',
      'ann@example.com',
      'X-Notification-Count',
      'Message-ID',
      'the text',
      '1 mail so far',
    ]) {
      expect(body).toContain(part);
    }
    expect(body).toMatch(/<iframe sandbox title="Hello" loading="lazy" srcdoc="&lt;!doctype html&gt;/);
    expect(headers['Content-Security-Policy']).toBe(MAILBOX_CSP);
    expect(MAILBOX_CSP).not.toContain('script');
  });

  it('lets no mail write into the page', async () => {
    const nasty = `</pre></title><script>alert(1)</script>"'><img src=x onerror=alert(1)>`;
    const mailbox = await mailboxWith({
      title: nasty,
      body: nasty,
      actor: { id: nasty },
      data: { url: `https://x.example/"onx=` },
    });
    const { body } = renderMailboxPage(await mailbox.page());
    expect(body).not.toMatch(/<script|<img|"'>|"onx/);
  });

  it('works under any prefix: it names no address of its own', async () => {
    const mailbox = await mailboxWith({ title: 'Hello' });
    const { items } = await mailbox.page();
    const { body } = renderMailboxPage({ items, total: 9, next: '8' });
    expect(body).not.toMatch(/(?:href|src|action)="(?!\?|#|dashboard#\/|mailbox")/);
    expect(body).toContain(`9 mails so far, 1 of them on this page; the last ${MAILBOX_CAPACITY} are kept`);
    expect(body).toContain('<a href="?cursor=8">Older mails</a>');
  });

  it('keeps what is searched for in its links', async () => {
    const { items } = await (await mailboxWith({ title: 'Hello' })).page();
    const { body } = renderMailboxPage({ items, total: 9, next: '8' }, { q: 'a&"b', cursor: '20' });
    expect(body).toContain('value="a&amp;&quot;b"');
    expect(body).toContain('<a href="?q=a%26%22b&amp;cursor=8">Older mails</a>');
    expect(body).toContain('<a href="?q=a%26%22b">Newest mails</a>');
    expect(renderMailboxPage({ items: [], total: 9 }, { q: 'x' }).body).toContain('No mail matches.');
  });

  it('says what to do when there is nothing yet', () => {
    expect(renderMailboxPage({ items: [], total: 0 }).body).toContain('curl -i http://127.0.0.1:3000/notifications ');
    const { body } = renderMailboxPage({ items: [], total: 0 }, {}, 'https://digest.example/api/notifications');
    expect(body).toContain('curl -i https://digest.example/api/notifications ');
  });
});

import { describe, expect, it } from '@jest/globals';
import { claimedMessage } from '../../../test/support/claimed-message.js';
import { createEmailFormatter } from '../../formatting/email/email.formatter.js';
import { type NotificationContent } from '../../model/notification.js';
import { MemoryStore } from '../../storage/memory/memory-store.js';
import { Mailbox } from './mailbox.js';
import { MailboxTransport } from './mailbox.transport.js';

const formatter = createEmailFormatter({});

async function mailboxWith(contents: readonly Partial<NotificationContent>[]): Promise<Mailbox> {
  const mailbox = new Mailbox(new MemoryStore({ maxPending: 10 }));
  const transport = new MailboxTransport(mailbox, { from: 'me@example.com' });
  const messages = contents.map((content) => claimedMessage([content]));
  const results = await transport.send(messages.map((message) => ({ message, content: formatter.format(message) })));
  expect(results).toEqual(contents.map(() => ({ status: 'accepted' })));
  return mailbox;
}

describe('the built-in mailbox', () => {
  it('keeps what the transport gets, newest first', async () => {
    const mailbox = await mailboxWith([{ title: 'one' }, { title: 'two', type: 'reminder' }]);
    expect((await mailbox.page()).items.map(({ subject }) => subject)).toEqual(['two', 'one']);
    expect((await mailbox.page({ limit: 1 })).items).toEqual([
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

  it('writes what many batches add meanwhile at once, in order', async () => {
    const store = new MemoryStore({ maxPending: 10 });
    const mailbox = new Mailbox(store);
    const sizes: number[] = [];
    const inner = store.mailbox.add.bind(store.mailbox);
    store.mailbox.add = (mails) => {
      sizes.push(mails.length);
      return inner(mails);
    };
    const transport = new MailboxTransport(mailbox, { from: 'me@example.com' });
    const sends = Array.from({ length: 4 }, (_, i) => {
      const message = claimedMessage([{ title: `t${i}` }]);
      return transport.send([{ message, content: formatter.format(message) }]);
    });
    for (const results of await Promise.all(sends)) expect(results).toEqual([{ status: 'accepted' }]);
    expect(sizes).toEqual([4]);
    expect((await mailbox.page()).items.map(({ subject }) => subject)).toEqual(['t3', 't2', 't1', 't0']);
  });

  it('tries a mail again that the store could not keep', async () => {
    const store = new MemoryStore({ maxPending: 10 });
    store.mailbox.add = () => Promise.reject(new Error('disk full'));
    const message = claimedMessage([{ title: 'one' }]);
    const transport = new MailboxTransport(new Mailbox(store), { from: 'me@example.com' });
    expect(await transport.send([{ message, content: formatter.format(message) }])).toMatchObject([
      { kind: 'retry', failure: { reason: 'temporarily_refused', message: expect.stringContaining('disk full') } },
    ]);
  });

  it('takes the same addresses as the real channel', () => {
    const transport = new MailboxTransport(new Mailbox(new MemoryStore({ maxPending: 10 })), { from: 'me@example.com' });
    expect(transport.validateAddress('ann@example.com')).toBeUndefined();
    expect(transport.validateAddress('ann')).toEqual(expect.any(String));
  });
});

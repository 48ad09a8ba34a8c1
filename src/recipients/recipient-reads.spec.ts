import { afterEach, describe, expect, it } from '@jest/globals';
import { ANN, endApplications, started } from '../../test/support/recipient-application.js';
import { ConflictError, InvalidNotificationError, NotFoundError } from '../model/errors.js';

afterEach(endApplications);

const CHANNELS = ['sse', { channel: 'email', afterMs: 600_000, unless: 'read' }] as const;
const STREAMED = { ...ANN, addresses: { ...ANN.addresses, sse: 'ann' } };

describe('a notification on several channels', () => {
  it('is one answer and one notification, and comes later where it was not read', async () => {
    const { testing, queue, recipients, mails } = await started();
    await recipients.put('42', ANN);
    const { notificationId, deliveries } = await queue.enqueue({
      type: 'comment',
      channels: CHANNELS,
      to: 'user:42',
      title: 'a',
    });
    expect(deliveries.map(({ channel, to }) => [channel, to])).toEqual([
      ['sse', 'user:42'],
      ['email', 'user:42'],
    ]);
    const views = await Promise.all(deliveries.map(({ id }) => queue.find(id)));
    expect(views.map((view) => view?.notificationId)).toEqual([notificationId, notificationId]);
    await testing.advance(599_999);
    expect(mails()).toEqual([]);
    await testing.advance(1);
    expect(mails()).toEqual([['ann@example.com', 'a']]);
  });

  it.each([
    ['user:42', ANN],
    ['an address of the directory', STREAMED],
  ])('that was read in the stream of %s is not mailed', async (_, person) => {
    const { testing, queue, recipients, mails } = await started({ aggregation: { rules: [] } });
    await recipients.put('42', person);
    const { deliveries } = await queue.enqueue({ type: 'comment', channels: CHANNELS, to: 'user:42', title: 'a' });
    const [sse, email] = deliveries.map(({ id }) => id);
    await testing.advance(1_000);
    expect(await queue.markRead(sse ?? '')).toMatchObject({ channel: 'sse', state: 'delivered' });
    expect(await queue.find(email ?? '')).toMatchObject({ state: 'cancelled', reason: 'read' });
    expect(await queue.markRead(sse ?? '')).toMatchObject({ state: 'delivered' });
    await testing.advance(3_600_000);
    expect(mails()).toEqual([]);
  });

  it('of several people is read by each alone', async () => {
    const { testing, queue, recipients, mails } = await started();
    await recipients.put('42', ANN);
    await recipients.put('43', { addresses: { email: 'bob@example.com' } });
    const to = ['user:42', 'user:43'];
    const { deliveries } = await queue.enqueue({ type: 'comment', channels: CHANNELS, to, title: 'a' });
    await queue.markRead(deliveries[0]?.id ?? '');
    await testing.advance(600_000);
    expect(mails()).toEqual([['bob@example.com', 'a']]);
  });

  it('is refused with every wrong channel', async () => {
    const { queue } = await started();
    const errors = async (over: object): Promise<readonly string[]> => {
      const refused = await queue
        .enqueue({ type: 'comment', to: 'user:42', title: 'a', ...over })
        .catch((error: unknown) => error);
      return refused instanceof InvalidNotificationError ? refused.errors.map(({ path }) => path) : [];
    };
    expect(await errors({ channels: [] })).toEqual(['channels']);
    expect(await errors({ channels: ['email'], channel: 'email' })).toEqual(['channels']);
    expect(await errors({ channels: ['email', 'pigeon', 'email'] })).toEqual(['channels.2', 'channels.1']);
    expect(await errors({ channels: ['sse', 'email'], to: ['user:42', 'ann@example.com'] })).toEqual(['to.1']);
    expect(await errors({ channels: ['sse', { channel: 'email', unless: 'read' }] })).toEqual(['channels.1.unless']);
    expect(await errors({ channels: ['sse', { channel: 'email', afterMs: 0.5, after: 1 }] })).toEqual([
      'channels.1.after',
      'channels.1.afterMs',
    ]);
    expect(await errors({ channels: ['sse', 'slack'], email: { subject: 'x' } })).toEqual(['email']);
    expect(await errors({ channels: ['sse', 'email'], title: undefined })).toEqual(['title']);
  });

  it('takes a single channel for an address too, and its fields of email for that channel alone', async () => {
    const { testing, queue, recipients, mails } = await started();
    await recipients.put('42', ANN);
    const later = [{ channel: 'email', afterMs: 600_000 }];
    await queue.enqueue({ type: 'comment', channels: later, to: 'bob@example.com', title: 'a', idempotencyKey: 'k' });
    const again = await queue.enqueue({
      type: 'comment',
      channels: later,
      to: 'bob@example.com',
      title: 'a',
      idempotencyKey: 'k',
    });
    expect(again.deliveries).toMatchObject([{ duplicate: true }]);
    await queue.enqueue({ type: 'comment', channels: ['sse', 'email'], to: 'user:42', title: 'b', email: { subject: 'Hello' } });
    await testing.advance(300_000);
    expect(mails()).toEqual([['ann@example.com', 'b']]);
    await testing.advance(300_000);
    expect(mails()).toEqual([
      ['ann@example.com', 'b'],
      ['bob@example.com', 'a'],
    ]);
  });
});

describe('what a person has read', () => {
  it('leaves tonight’s mail, by groupKey, by id or all of it', async () => {
    const { testing, queue, recipients, comment, mails } = await started();
    await recipients.put('42', ANN);
    await recipients.prefer('42', { choices: [{ channel: 'email', frequency: 'daily' }], digestAt: '18:00' });
    const [, , c] = [await comment('a', { groupKey: 'post-7' }), await comment('b'), await comment('c'), await comment('d')];
    expect(await recipients.read('42', { groupKey: 'post-7' })).toEqual({ read: 1 });
    expect(await recipients.read('42', { ids: [c] })).toEqual({ read: 1 });
    expect(await recipients.read('42', { ids: [c, 'd-none-1'] })).toEqual({ read: 0 });
    expect(await queue.find(c)).toMatchObject({ state: 'cancelled', reason: 'read' });
    await testing.advance(12 * 3_600_000);
    expect(mails()).toEqual([['ann@example.com', 'b d']]);
    await comment('e');
    expect(await recipients.read('42')).toEqual({ read: 1 });
    expect(await recipients.waiting('42')).toEqual([]);
  });

  it('of somebody else stays', async () => {
    const { recipients, comment } = await started();
    await recipients.put('42', ANN);
    await recipients.put('43', { addresses: { email: 'bob@example.com' } });
    const bobs = await comment('a', { to: 'user:43' });
    expect(await recipients.read('42', { ids: [bobs] })).toEqual({ read: 0 });
    await expect(recipients.read('44')).rejects.toThrow(NotFoundError);
    await expect(recipients.read('42', { ids: [], before: 'noon' })).rejects.toMatchObject({
      errors: [{ path: 'ids' }, { path: 'before' }],
    });
  });

  it('for an address that is no recipient, what was sent is a conflict', async () => {
    const { testing, queue, comment } = await started();
    const id = await comment('a', { to: 'bob@example.com' });
    await testing.advance(300_000);
    await expect(queue.markRead(id)).rejects.toThrow(ConflictError);
  });
});

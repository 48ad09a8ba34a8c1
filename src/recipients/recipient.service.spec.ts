import { afterEach, describe, expect, it } from '@jest/globals';
import { ANN, endApplications, started } from '../../test/support/recipient-application.js';
import { NotFoundError, PreconditionFailedError } from '../model/errors.js';
import { NotificationEvents, type ReplannedEvent } from '../model/notification-events.js';

afterEach(endApplications);

describe('the built-in directory', () => {
  it('finds the address when the message is sent', async () => {
    const { testing, recipients, comment, mails } = await started();
    expect(await recipients.put('42', ANN)).toEqual({ created: true });
    await comment('a');
    expect(await recipients.put('42', { ...ANN, addresses: { email: 'Ann@New.Example' } })).toEqual({ created: false });
    await testing.advance(300_000);
    expect(mails()).toEqual([['Ann@new.example', 'a']]);
  });

  it('cancels what is for nobody, or for somebody without an address', async () => {
    const { testing, queue, recipients, comment } = await started();
    const nobody = await comment('a');
    await recipients.put('42', ANN);
    const slack = await comment('b', { channel: 'slack' });
    const gone = await comment('c');
    await recipients.put('42', { addresses: {} });
    await testing.advance(300_000);
    const reasons = await Promise.all([nobody, slack, gone].map(async (id) => (await queue.find(id))?.reason));
    expect(reasons).toEqual(['recipient_gone', 'no_address', 'no_address']);
    expect(testing.transport('email').tried).toEqual([]);
  });

  it('mixes people and addresses', async () => {
    const { testing, queue, recipients, mails } = await started();
    await recipients.put('42', ANN);
    await recipients.prefer('42', { choices: [{ frequency: 'immediate' }] });
    const to = ['user:42', 'bob@example.com'];
    const { deliveries } = await queue.enqueue({ type: 'comment', channel: 'email', to, title: 'a' });
    expect(deliveries.map(({ to: address, route }) => [address, route])).toEqual([
      ['user:42', 'batch'],
      ['bob@example.com', 'aggregate'],
    ]);
    await testing.advance(5_000);
    expect(mails()).toEqual([['ann@example.com', 'a']]);
    await testing.advance(300_000);
    expect(mails()).toEqual([
      ['ann@example.com', 'a'],
      ['bob@example.com', 'a'],
    ]);
  });

  it('without recipients, user:ID is an address like others', async () => {
    const { queue } = await started({ recipients: undefined });
    await expect(queue.enqueue({ type: 'comment', channel: 'email', to: 'user:42', title: 'a' })).rejects.toThrow('to');
  });
});

describe('preferences', () => {
  it('hold for what waits already, and tell so', async () => {
    const { testing, app, recipients, comment, mails } = await started();
    const told: ReplannedEvent[] = [];
    app.get(NotificationEvents).on('replanned', (event) => void told.push(event));
    await recipients.put('42', ANN);
    await recipients.prefer('42', { choices: [{ channel: 'email', frequency: 'daily' }], digestAt: '18:00' });
    await comment('a');
    await comment('b');
    expect(await recipients.waiting('42')).toMatchObject([
      { count: 2, dueAt: '2026-11-24T17:00:00.000Z', heldBy: 'frequency', frequency: 'daily', from: 'person' },
    ]);
    const change = await recipients.prefer('42', { choices: [{ channel: 'email', frequency: 'immediate' }] });
    expect(change).toMatchObject({
      preferences: { choices: [{ channel: 'email', frequency: 'immediate' }], digestAt: '18:00' },
      replanned: { sent: 1, moved: 0, cancelled: 0, unchanged: 0 },
    });
    await testing.advance(5_000);
    expect(mails()).toEqual([['ann@example.com', 'a b']]);
    expect(told.at(-1)).toEqual({ recipientId: '42', sent: 1, moved: 0, cancelled: 0, unchanged: 0 });
  });

  it('change only when they are those that were read', async () => {
    const { recipients } = await started();
    await recipients.put('42', ANN);
    const { etag } = await recipients.find('42');
    const changed = await recipients.prefer('42', { digestAt: '10:00' }, { ifMatch: etag });
    await expect(recipients.prefer('42', { digestAt: '11:00' }, { ifMatch: etag })).rejects.toThrow(PreconditionFailedError);
    expect((await recipients.find('42')).etag).toBe(changed.etag);
  });

  it('are shown with what is in effect, and addresses are masked', async () => {
    const { recipients } = await started({ recipients: { required: ['security'] } });
    await recipients.put('42', ANN);
    await recipients.prefer('42', {
      choices: [
        { channel: 'email', frequency: 'off' },
        { type: 'alert', frequency: 'daily' },
      ],
      digestAt: '18:00',
    });
    const view = await recipients.find('42');
    expect(view).toMatchObject({ id: '42', timeZone: 'Europe/Vienna', addresses: { email: 'a…@example.com' } });
    const mail = view.effective.filter(({ channel }) => channel === 'email');
    expect(mail).toContainEqual({ type: 'reminder', channel: 'email', frequency: 'off', from: 'person' });
    expect(mail).toContainEqual({
      type: 'alert',
      channel: 'email',
      frequency: 'daily',
      from: 'person',
      nextAt: '2026-11-24T17:00:00.000Z',
    });
    expect(mail).toContainEqual(expect.objectContaining({ type: 'security', frequency: 'default', from: 'required' }));
  });

  it('mute until a time, and until they are unmuted', async () => {
    const { testing, recipients, comment, mails } = await started();
    await recipients.put('42', ANN);
    await recipients.mute('42', { until: '2026-11-24T12:00:00Z' });
    await comment('a');
    await recipients.mute('42', { groupKey: 'post-7' });
    await comment('b', { groupKey: 'post-7' });
    await testing.advance(600_000);
    expect(mails()).toEqual([]);
    await recipients.unmute('42');
    await recipients.unmute('42', { groupKey: 'post-7' });
    await testing.advance(5_000);
    expect(mails()).toEqual([['ann@example.com', 'a']]);
    expect((await recipients.find('42')).preferences).toEqual({});
  });

  it('do not hold what is flushed', async () => {
    const { testing, recipients, comment, mails } = await started();
    await recipients.put('42', ANN);
    await recipients.mute('42');
    await comment('a');
    expect(await recipients.flush('42')).toEqual({ flushed: 1 });
    await testing.advance(5_000);
    expect(mails()).toEqual([['ann@example.com', 'a']]);
  });

  it('of somebody who is forgotten are gone, and so is what waits', async () => {
    const { queue, recipients, comment } = await started();
    await recipients.put('42', ANN);
    const id = await comment('a');
    expect(await recipients.forget('42')).toMatchObject({ cancelled: 1 });
    expect(await queue.find(id)).toMatchObject({ state: 'cancelled', reason: 'recipient_gone', to: '' });
    await expect(recipients.find('42')).rejects.toThrow(NotFoundError);
  });

  it('refuse what is wrong, with every field', async () => {
    const { recipients } = await started();
    await expect(recipients.put('42', { addresses: { email: 'nobody', fax: '1' } })).rejects.toMatchObject({
      errors: [{ path: 'addresses.email' }, { path: 'addresses.fax' }],
    });
    await expect(recipients.prefer('42', { digestAt: '9' })).rejects.toMatchObject({ errors: [{ path: 'digestAt' }] });
    await expect(recipients.prefer('42', {})).rejects.toThrow(NotFoundError);
  });
});

describe('tenants', () => {
  it('plan all of their people again in the background', async () => {
    const { testing, recipients, comment, mails } = await started();
    await recipients.putTenant('acme', { choices: [{ frequency: 'daily' }] });
    await recipients.put('42', { ...ANN, tenant: 'acme' });
    await comment('a');
    expect(await recipients.waiting('42')).toMatchObject([{ frequency: 'daily', from: 'tenant' }]);
    await recipients.putTenant('acme', { choices: [{ frequency: 'immediate' }] });
    await testing.advance(5_000);
    expect(mails()).toEqual([['ann@example.com', 'a']]);
  });
});

import { afterEach, describe, expect, it } from '@jest/globals';
import { ANN, endApplications, started, testingWith } from '../../test/support/recipient-application.js';
import { type Recipient, type TenantChoices } from '../model/recipient.js';
import { RecipientDirectory } from '../model/recipient-directory.js';
import { NotificationStore } from '../storage/notification-store.js';

afterEach(endApplications);

class HostDirectory extends RecipientDirectory {
  fails = false;
  asked = 0;
  people: readonly Recipient[] = [{ id: '42', ...ANN, preferences: { choices: [{ frequency: 'immediate' }] } }];

  find(ids: readonly string[]): Promise<ReadonlyMap<string, Recipient>> {
    this.asked++;
    if (this.fails) return Promise.reject(new Error('the database is away'));
    return Promise.resolve(new Map(this.people.filter(({ id }) => ids.includes(id)).map((one) => [one.id, one])));
  }

  override tenant(id: string): Promise<TenantChoices | undefined> {
    return Promise.resolve(id === 'acme' ? { choices: [{ frequency: 'off', locked: true }] } : undefined);
  }
}

describe("a host's directory", () => {
  it('that does not answer holds nothing up: it is planned when it answers', async () => {
    const directory = new HostDirectory();
    const { testing, queue, comment, mails } = await started({ recipients: { directory } });
    directory.fails = true;
    const id = await comment('a');
    expect(await queue.find(id)).toMatchObject({ state: 'gathering', plan: { frequency: 'default', unplanned: true } });
    await testing.advance(60_000);
    expect(mails()).toEqual([]);
    directory.fails = false;
    await testing.advance(10_000);
    expect(mails()).toEqual([['ann@example.com', 'a']]);
    expect(await queue.find(id)).toMatchObject({ state: 'delivered', attempts: 1 });
  });

  it('that does not answer when a message is sent consumes no attempt', async () => {
    const directory = new HostDirectory();
    const { testing, queue, comment, mails } = await started({ recipients: { directory, cacheMs: 0 }, batch: { maxSize: 1 } });
    directory.fails = true;
    const id = await comment('a');
    await testing.advance(400_000);
    expect(mails()).toEqual([]);
    directory.fails = false;
    await testing.advance(20_000);
    expect(mails()).toEqual([['ann@example.com', 'a']]);
    expect(await queue.find(id)).toMatchObject({ state: 'delivered', attempts: 1 });
  });

  it('is asked once while what it said holds, and again when it changed', async () => {
    const directory = new HostDirectory();
    const { testing, recipients, comment, mails } = await started({ recipients: directory });
    for (const title of ['a', 'b', 'c']) await comment(title);
    expect(directory.asked).toBe(1);
    directory.people = [{ id: '42', addresses: { email: 'new@example.com' }, tenant: 'acme' }];
    await recipients.changed(['42']);
    const off = await comment('d');
    await testing.advance(10_000);
    expect(mails()).toEqual([]);
    expect(off).not.toBe('');
  });

  it('without save has its preferences kept by the module', async () => {
    const { recipients } = await started({ recipients: { directory: HostDirectory } });
    await recipients.prefer('42', { digestAt: '10:00' });
    expect((await recipients.find('42')).preferences).toEqual({ choices: [{ frequency: 'immediate' }], digestAt: '10:00' });
    await expect(recipients.put('42', ANN)).rejects.toMatchObject({ status: 405 });
  });
});

describe('a process that ended between a change and its plans', () => {
  it('is followed by one that plans them', async () => {
    const testing = testingWith({});
    const first = await started({}, testing);
    await first.recipients.put('42', ANN);
    await first.recipients.prefer('42', { choices: [{ frequency: 'daily' }] });
    await first.comment('a');
    const store = first.app.get(NotificationStore);
    const { replan } = store;
    store.replan = () => Promise.reject(new Error('the process ends here'));
    await expect(first.recipients.prefer('42', { choices: [{ frequency: 'immediate' }] })).rejects.toThrow('ends here');
    store.replan = replan;
    await endApplications();
    const second = await started({}, testing);
    await testing.advance(5_000);
    expect(second.mails()).toEqual([['ann@example.com', 'a']]);
  });
});

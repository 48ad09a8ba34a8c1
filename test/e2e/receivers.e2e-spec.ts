import { type INestApplicationContext } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { afterEach, describe, expect, it } from '@jest/globals';
import { QueueService } from '../../src/queue/queue.service.js';
import { NotificationStore } from '../../src/storage/notification-store.js';
import { createNotificationTestingModule, type NotificationTesting, type NotificationTestingOptions } from '../../src/testing.js';
import { type SendResult, type Transport } from '../../src/transports/transport.js';

const note = { type: 'note', channel: 'hook', title: 'Hello' };
/** A channel as the webhook is one: a message a call, and many receivers. */
const hooks: Transport = { endpointOf: (address) => address.split('/')[0], send: () => Promise.resolve([]) };

describe('a channel with many receivers', () => {
  let app: INestApplicationContext;
  let testing: NotificationTesting;
  afterEach(async () => {
    const closed = app.close();
    await testing.advance(10_000);
    await closed;
  });

  async function start(options: NotificationTestingOptions = {}): Promise<void> {
    testing = createNotificationTestingModule({
      channels: ['hook'],
      aggregation: { rules: [{ type: 'note', windowMs: 0, maxCount: 1 }] },
      ...options,
    });
    testing.transport('hook').imitate(hooks);
    app = await (await Test.createTestingModule({ imports: [testing.module] }).compile()).init();
  }
  const send = async (host: string, count: number): Promise<void> => {
    for (let i = 0; i < count; i++) await app.get(QueueService).enqueue({ ...note, to: `${host}/${i}` });
  };
  const ofHost = (host: string) => (one: { readonly address: string }) => one.address.startsWith(`${host}/`);

  it('G6 a receiver that is slow holds a third of the slots, and the others get theirs at once', async () => {
    await start();
    const hook = testing.transport('hook');
    const waiting: (() => void)[] = [];
    hook.answerWith(({ address }) =>
      ofHost('slow')({ address })
        ? new Promise<SendResult>((resolve) => waiting.push(() => resolve({ status: 'accepted' })))
        : { status: 'accepted' },
    );
    await send('slow', 90);
    await testing.settled();
    // Nine slots: the tenth is left to other channels.
    expect(hook.tried.filter(ofHost('slow'))).toHaveLength(3);
    await send('good', 20);
    await testing.settled();
    expect(hook.sent.filter(ofHost('good'))).toHaveLength(20);
    for (let done = 0; done < 90; done++) {
      expect(waiting.length).toBeLessThanOrEqual(3);
      waiting.shift()?.();
      await testing.settled();
    }
    expect(hook.sent.filter(ofHost('slow'))).toHaveLength(90);
  });

  it('what is held is not claimed: nothing of it is written until it may go', async () => {
    await start({ perChannel: { hook: { addressIntervalMs: 60_000 } } });
    const settlements: string[] = [];
    const store = app.get(NotificationStore);
    const settle = store.settle.bind(store);
    store.settle = (all, now) => {
      settlements.push(...all.map(({ outcome }) => outcome));
      return settle(all, now);
    };
    for (let i = 0; i < 3; i++) await app.get(QueueService).enqueue({ ...note, to: 'good/1' });
    await testing.advance(59_000);
    expect(settlements).toEqual(['delivered']);
    await testing.advance(60_000);
    expect(settlements).toEqual(['delivered', 'delivered']);
    await testing.advance(60_000);
    expect(settlements).toEqual(['delivered', 'delivered', 'delivered']);
  });
});

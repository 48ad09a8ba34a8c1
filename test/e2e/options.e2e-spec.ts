import { afterEach, describe, expect, it } from '@jest/globals';
import { type INestApplicationContext } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import {
  BatchAggregationService,
  BatchProcessorService,
  type Formatter,
  type NotificationModuleOptions,
  NotificationFormatter,
  QueueService,
} from '../../src/index.js';
import { createNotificationTestingModule, type NotificationTesting } from '../../src/testing.js';

@NotificationFormatter({ channel: 'email', type: 'broken' })
class BrokenFormatter implements Formatter {
  format(): never {
    throw new Error('no such template');
  }
}

describe('options and their effect', () => {
  let notifications: NotificationTesting;
  let app: INestApplicationContext;
  const names: string[] = [];

  async function start(variables: Record<string, string>, options: NotificationModuleOptions = {}): Promise<QueueService> {
    Object.assign(process.env, variables);
    names.push(...Object.keys(variables));
    notifications = createNotificationTestingModule(options);
    const module = await Test.createTestingModule({ imports: [notifications.module], providers: [BrokenFormatter] }).compile();
    module.useLogger(false);
    app = await module.init();
    return app.get(QueueService);
  }

  afterEach(async () => {
    for (const name of names.splice(0)) Reflect.deleteProperty(process.env, name);
    await app.close();
  });

  it('NOTIFICATIONS_DEFAULT_CHANNEL and NOTIFICATIONS_DEFAULT_TO fill what is missing, and nothing else', async () => {
    const queue = await start({ NOTIFICATIONS_DEFAULT_CHANNEL: 'email', NOTIFICATIONS_DEFAULT_TO: 'ops@example.com' });
    const { deliveries } = await queue.enqueue({ type: 'x', title: 'a', priority: 'critical', idempotencyKey: 'k' });
    expect(deliveries).toMatchObject([{ to: 'ops@example.com' }]);
    // A default that is said is the same notification.
    const said = await queue.enqueue({
      type: 'x',
      channel: 'email',
      to: 'ops@example.com',
      title: 'a',
      priority: 'critical',
      idempotencyKey: 'k',
    });
    expect(said.deliveries).toMatchObject([{ id: deliveries[0]?.id, duplicate: true }]);
    await queue.enqueue({ type: 'x', channel: 'webhook', to: 'https://example.com/', title: 'b', priority: 'critical' });
    await queue.enqueue({ type: 'x', to: 'ann@example.com', title: 'c', priority: 'critical' });
    await notifications.settled();
    expect(notifications.transport('email').sent.map(({ address }) => address)).toEqual(['ops@example.com', 'ann@example.com']);
    expect(notifications.transport('webhook').sent).toMatchObject([{ address: 'https://example.com/' }]);
    expect(app.get(BatchAggregationService).shouldAggregate({ type: 'alert' })).toBe(true);
  });

  it.each([
    [
      { NOTIFICATIONS_DEFAULT_CHANNEL: 'pigeon' },
      /NOTIFICATIONS_DEFAULT_CHANNEL names the channel "pigeon"; registered are email/,
    ],
    [
      { NOTIFICATIONS_DEFAULT_CHANNEL: 'email', NOTIFICATIONS_DEFAULT_TO: 'nobody' },
      /NOTIFICATIONS_DEFAULT_TO: got "nobody"; it has no @/,
    ],
  ])('%j stops the start', async (variables, message) => {
    await start({});
    Object.assign(process.env, variables);
    names.push(...Object.keys(variables));
    const { module } = createNotificationTestingModule();
    const wrong = await Test.createTestingModule({ imports: [module] }).compile();
    await expect(wrong.init()).rejects.toThrow(message);
  });

  it('without them a notification that names no channel and no address is refused', async () => {
    const queue = await start({});
    await expect(queue.enqueue({ type: 'x', title: 'a' })).rejects.toThrow(
      /channel: got nothing; must be one of[\s\S]*to: got nothing/,
    );
    expect(app.get(BatchAggregationService).shouldAggregate({ type: 'alert' })).toBe(false);
  });

  it.each([
    [true, 'delivered', 1],
    [false, 'dead', 0],
  ])('formatting.fallback %s: what a formatter of the host cannot render ends %s', async (fallback, state, sent) => {
    const queue = await start({}, { formatting: { fallback } });
    const { deliveries } = await queue.enqueue({
      type: 'broken',
      channel: 'email',
      to: 'a@b.c',
      title: 'a',
      priority: 'critical',
    });
    await notifications.settled();
    const delivery = await queue.find(deliveries[0]?.id ?? '');
    expect(delivery?.state).toBe(state);
    expect(delivery?.lastError?.reason).toBe(fallback ? undefined : 'unrenderable');
    expect(notifications.transport('email').sent).toHaveLength(sent);
  });

  it('G6 readerSettings may be asynchronous; one that never answers harms neither the other messages nor the channel', async () => {
    const queue = await start(
      {},
      {
        formatting: { timeoutMs: 2_000 },
        readerSettings: (_, address) =>
          address === 'lost@example.com' ? new Promise(() => undefined) : Promise.resolve({ locale: 'de', timeZone: 'UTC' }),
      },
    );
    const to = ['lost@example.com', 'ann@example.com'];
    const { deliveries } = await queue.enqueue({ type: 'alert', channel: 'email', to, title: 'a', priority: 'critical' });
    await notifications.advance(2_000);
    const email = notifications.transport('email');
    expect(email.sent).toMatchObject([
      { address: 'ann@example.com', message: { readerSettings: { locale: 'de', timeZone: 'UTC' } } },
    ]);
    expect(email.sent[0]?.content).toMatchObject({ html: expect.stringContaining('<html lang="de"') });
    await notifications.advance(3_600_000);
    const lost = deliveries.find(({ to: address }) => address === 'lost@example.com');
    expect(await queue.find(lost?.id ?? '')).toMatchObject({
      state: 'dead',
      attempts: 5,
      lastError: { reason: 'timed_out', message: 'the look-up of its reader gave no answer within 2000 ms' },
    });
    expect(email.tried).toHaveLength(1);
    expect(app.get(BatchProcessorService).getBatchStatistics().channels).toMatchObject({ email: { paused: false } });
  });

  it('SSE_BATCH_ENABLED=false shows each event on its own, SSE_BATCH_MAX_SIZE closes a batch', async () => {
    const queue = await start({ SSE_BATCH_MAX_SIZE: '2', SSE_BATCH_WINDOW_MS: '5000' });
    for (const title of ['a', 'b', 'c']) await queue.enqueue({ type: 'note', channel: 'sse', to: '7', title });
    await notifications.settled();
    expect(notifications.transport('sse').sent.map(({ titles }) => titles)).toEqual([['a', 'b']]);
    await notifications.advance(5_000);
    expect(notifications.transport('sse').sent).toHaveLength(2);
    await app.close();
    const off = await start({ SSE_BATCH_ENABLED: 'false' });
    for (const title of ['a', 'b', 'c']) await off.enqueue({ type: 'note', channel: 'sse', to: '7', title });
    await notifications.settled();
    expect(notifications.transport('sse').sent.map(({ titles }) => titles)).toEqual([['a'], ['b'], ['c']]);
  });
});

import { afterEach, describe, expect, it } from '@jest/globals';
import { type INestApplicationContext, Injectable, type LoggerService, Module, Scope } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import {
  BatchProcessorService,
  type EndedDelivery,
  type NotificationEvent,
  NotificationEvents,
  OnNotification,
  QueueService,
} from '../src/index.js';
import { createNotificationTestingModule, type NotificationTesting } from '../src/testing.js';

const REFUSED = {
  status: 'failed',
  kind: 'permanent',
  failure: { reason: 'address_rejected', message: '550 no such user' },
} as const;

@Injectable()
class Orders {
  readonly heard: EndedDelivery[] = [];
  readonly accepted: number[] = [];

  @OnNotification('delivered')
  @OnNotification('dead')
  @OnNotification('cancelled')
  @OnNotification('expired')
  @OnNotification('replaced')
  onEnd(delivery: EndedDelivery): void {
    this.heard.push(delivery);
  }

  @OnNotification('accepted')
  onAccepted({ rows }: NotificationEvent<'accepted'>): void {
    this.accepted.push(...rows.map(({ count }) => count));
  }
}

@Injectable()
class Faulty {
  @OnNotification('delivered')
  throws({ address }: EndedDelivery): void {
    throw new TypeError(`no order for ${address}`);
  }

  @OnNotification('delivered')
  rejects(): Promise<void> {
    return Promise.reject(new RangeError('the database is away'));
  }
}

@Injectable({ scope: Scope.REQUEST })
class PerRequest {
  @OnNotification('dead')
  onDead(): void {
    throw new Error('it is never called');
  }
}

class Lines implements LoggerService {
  readonly lines: string[] = [];
  readonly log = (): void => undefined;
  readonly warn = this.log;
  readonly error = (text: unknown): void => void this.lines.push(`error ${String(text)}`);
  readonly debug = (text: unknown): void => void this.lines.push(`debug ${String(text)}`);
}

describe('events', () => {
  let app: INestApplicationContext | undefined;
  const logger = new Lines();

  afterEach(async () => {
    logger.lines.length = 0;
    await app?.close();
    app = undefined;
  });

  async function start(
    providers: readonly (new () => object)[],
  ): Promise<{ readonly testing: NotificationTesting; readonly queue: QueueService; readonly host: INestApplicationContext }> {
    const testing = createNotificationTestingModule();
    class Host {}
    Module({ imports: [testing.module], providers: [...providers] })(Host);
    // eslint-disable-next-line @typescript-eslint/no-unsafe-class-instance-assignment -- Nest types its options as a class
    app = await NestFactory.createApplicationContext(Host, { logger, abortOnError: false });
    return { testing, queue: app.get(QueueService), host: app };
  }

  it('a host hears of every final state of a delivery, with the keys that it knows it by', async () => {
    const { queue, testing, host } = await start([Orders]);
    testing.transport('email').answerWith(({ address }) => (address === 'dead@x.org' ? REFUSED : { status: 'accepted' }));
    const say = async (over: object): Promise<string> => {
      const notification = { type: 'order', channel: 'email', to: 'ann@x.org', title: 'Order', ...over };
      const { deliveries } = await queue.enqueue(notification);
      return deliveries[0]?.id ?? '';
    };
    const delivered = await say({ priority: 'critical', idempotencyKey: 'order-91', groupKey: 'shop' });
    const dead = await say({ priority: 'critical', to: 'dead@x.org', idempotencyKey: 'order-92' });
    await testing.settled();
    const cancelled = await say({ title: 'Cancelled' });
    await queue.cancel(cancelled);
    const replaced = await say({ dedupeKey: 'server' });
    await say({ dedupeKey: 'server' });
    await host.get(BatchProcessorService).pause('email');
    const expired = await say({
      priority: 'critical',
      to: 'late@x.org',
      expiresAt: new Date(testing.clock.now() + 1_000).toISOString(),
    });
    await testing.advance(1_000);

    const { heard, accepted } = host.get(Orders);
    const told = heard.map(({ id, state, reason, idempotencyKey, groupKey }) => ({
      id,
      state,
      reason,
      idempotencyKey,
      groupKey,
    }));
    expect(told).toEqual([
      { id: delivered, state: 'delivered', idempotencyKey: 'order-91', groupKey: 'shop' },
      { id: dead, state: 'dead', reason: 'address_rejected', idempotencyKey: 'order-92' },
      { id: cancelled, state: 'cancelled', reason: 'cancelled' },
      { id: replaced, state: 'replaced', reason: 'replaced' },
      { id: expired, state: 'expired', reason: 'expired' },
    ]);
    expect(heard[0]).toMatchObject({ channel: 'email', address: 'ann@x.org', type: 'order', messageId: expect.any(String) });
    expect(accepted).toEqual([1, 1, 1, 1, 1, 1]);
  });

  it('a listener that throws or rejects is logged with its name, once, and disturbs nobody', async () => {
    const { queue, testing, host } = await start([Faulty, Orders]);
    const quiet = host.get(NotificationEvents).on('delivered', function onDelivered() {
      throw new Error('mine');
    });
    for (const to of ['ann@x.org', 'bob@x.org'])
      await queue.enqueue({ type: 'order', channel: 'email', to, title: 'Order', priority: 'critical' });
    await testing.settled();
    quiet();
    expect(host.get(Orders).heard.map(({ state }) => state)).toEqual(['delivered', 'delivered']);
    expect(host.get(BatchProcessorService).getBatchStatistics()).toBeDefined();
    expect(logger.lines.filter((line) => line.startsWith('error')).toSorted()).toEqual([
      'error the listener Faulty.rejects of the event delivered failed: RangeError: the database is away (this is logged once)',
      'error the listener Faulty.throws of the event delivered failed: TypeError: no order for ann@x.org (this is logged once)',
      'error the listener onDelivered of the event delivered failed: Error: mine (this is logged once)',
    ]);
    expect(logger.lines.filter((line) => line.startsWith('debug'))).toContainEqual(expect.stringContaining('events.spec.ts'));
  });

  it('a marked method without an instance stops the start, and is named', async () => {
    await expect(start([PerRequest])).rejects.toThrow('PerRequest.onDead is marked with @OnNotification');
  });
});

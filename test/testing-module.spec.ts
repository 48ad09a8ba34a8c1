import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type INestApplicationContext, Injectable, Module } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import {
  BatchProcessorService,
  NotificationModule,
  NotificationTransport,
  QueueService,
  type SendResult,
  type Transport,
} from '../src/index.js';
import { createNotificationTestingModule, ManualClock, type NotificationTesting, RecordingTransport } from '../src/testing.js';

/** The application of docs/testing.md. */
@Injectable()
class Orders {
  constructor(private readonly queue: QueueService) {}

  async place(number: string, to: string): Promise<void> {
    await this.queue.enqueue({ type: 'order', channel: 'email', to, title: `Order ${number}` });
  }
}

@Injectable()
@NotificationTransport('sms')
class SmsTransport implements Transport {
  validateAddress(address: string): string | undefined {
    return /^\+\d+$/.test(address) ? undefined : 'it must be a telephone number';
  }

  send(): Promise<readonly SendResult[]> {
    throw new Error('a test must not send');
  }
}

@Module({
  imports: [NotificationModule.forRoot({ store: { path: '/nonexistent/never-opened.db' } })],
  providers: [Orders, SmsTransport],
})
class ShopModule {}

describe('createNotificationTestingModule', () => {
  let notifications: NotificationTesting;
  let app: INestApplicationContext;

  beforeEach(async () => {
    notifications = createNotificationTestingModule({
      aggregation: { rules: [{ type: 'order', windowMs: 60_000, maxCount: 20 }] },
    });
    const testing = await Test.createTestingModule({ imports: [notifications.module], providers: [Orders] }).compile();
    app = await testing.init();
  });
  afterEach(() => app.close());

  it('shows what goes out, at its time', async () => {
    await app.get(Orders).place('42', 'ann@example.com');
    await app.get(Orders).place('43', 'ann@example.com');
    await notifications.advance(59_999);
    expect(notifications.transport('email').sent).toEqual([]);
    await notifications.advance(1);
    expect(notifications.transport('email').sent.map(({ titles }) => titles)).toEqual([['Order 42', 'Order 43']]);
  });

  it('fails as it is told to, and sees the retry', async () => {
    const email = notifications.transport('email');
    email.answerWith(({ attempt }) =>
      attempt === 1
        ? { status: 'failed', kind: 'retry', failure: { reason: 'timed_out', message: 'no answer' } }
        : { status: 'accepted' },
    );
    await app.get(Orders).place('42', 'ann@example.com');
    await notifications.advance(60_000);
    expect([email.tried.length, email.sent.length]).toEqual([1, 0]);
    await notifications.advance(60_000);
    expect(email.sent).toMatchObject([{ attempt: 2, titles: ['Order 42'] }]);
    email.reset();
    expect([email.tried, email.sent]).toEqual([[], []]);
  });

  it('retries after half of the back-off, in every run', async () => {
    const email = notifications.transport('email');
    const retry = { status: 'failed', kind: 'retry', failure: { reason: 'timed_out', message: 'no answer' } } as const;
    email.answerWith(({ attempt }) => (attempt <= 2 ? retry : { status: 'accepted' }));
    await app.get(QueueService).enqueue({ type: 'a', channel: 'email', to: 'ann@x.org', title: 'a', priority: 'critical' });
    await notifications.settled();
    for (const [tried, waitMs] of [
      [1, 499],
      [2, 1],
      [2, 999],
      [3, 1],
    ] as const) {
      await notifications.advance(waitMs);
      expect(email.tried).toHaveLength(tried);
    }
  });

  it('replaces the parts of an application that imports the module, its own transports too', async () => {
    const notifications = createNotificationTestingModule();
    const builder = Test.createTestingModule({ imports: [ShopModule] });
    const shop = await notifications.override(builder).compile();
    await shop.init();
    const queue = shop.get(QueueService);
    await expect(queue.enqueue({ type: 'code', channel: 'sms', to: 'nobody', title: '1234' })).rejects.toThrow('telephone');
    await queue.enqueue({ type: 'code', channel: 'sms', to: '+431', title: '1234', priority: 'critical' });
    await notifications.settled();
    expect(notifications.transport('sms').sent).toMatchObject([{ address: '+431', titles: ['1234'] }]);
    await shop.close();
  });

  it('goes on over a restart', async () => {
    await app.get(Orders).place('42', 'ann@example.com');
    await app.close();
    const again = await Test.createTestingModule({ imports: [notifications.module] }).compile();
    await again.init();
    await notifications.advance(60_000);
    expect(notifications.transport('email').sent).toHaveLength(1);
    await again.close();
  });

  it('has every built-in channel and those it is told of, and leaves no timer', async () => {
    const more = createNotificationTestingModule({ channels: ['pigeon'], startAt: new Date(5_000) });
    const other = await Test.createTestingModule({ imports: [more.module] }).compile();
    await other.init();
    expect(more.clock.now()).toBe(5_000);
    expect(
      other
        .get(BatchProcessorService)
        .channels()
        .map(({ name }) => name)
        .toSorted(),
    ).toEqual(['email', 'pigeon', 'push', 'slack', 'sse', 'teams', 'webhook']);
    await other.get(QueueService).enqueue({ type: 'x', channel: 'pigeon', to: 'coop', title: 'coo', priority: 'critical' });
    await more.settled();
    expect(more.transport('pigeon').sent).toHaveLength(1);
    await other.close();
    expect(more.clock.pending).toBe(0);
  });

  it('settles while a transport holds what it was given', async () => {
    const { promise, resolve } = Promise.withResolvers<SendResult>();
    notifications.transport('email').answerWith(() => promise);
    await app.get(QueueService).enqueue({ type: 'a', channel: 'email', to: 'ann@x.org', title: 'a', priority: 'critical' });
    await notifications.settled();
    expect(notifications.transport('email')).toMatchObject({ inFlight: 1, tried: { length: 1 }, sent: [] });
    resolve({ status: 'accepted' });
    await notifications.settled();
    expect(notifications.transport('email')).toMatchObject({ inFlight: 0, sent: { length: 1 } });
  });

  it('every example of docs/testing.md stands in this file, or in one of those of the suites', () => {
    const lines = (text: string): string =>
      text
        .split('\n')
        .map((line) => line.trim())
        .filter((line) => line !== '' && !line.startsWith('import '))
        .join('\n');
    const suites = ['./transport-suite.spec.ts', './store-suite.spec.ts'].map((file) => new URL(file, import.meta.url));
    const here = [new URL(import.meta.url), ...suites].map((file) => lines(readFileSync(file, 'utf8'))).join('\n');
    const document = readFileSync(new URL('../docs/testing.md', import.meta.url), 'utf8');
    const examples = [...document.matchAll(/```ts\n(.*?)```/gs)].map(([, code]) => lines(code ?? ''));
    expect(examples.length).toBeGreaterThan(3);
    for (const example of examples) expect(here).toContain(example);
  });
});

describe('ManualClock', () => {
  it('fires timers in order, each at its time, those set on the way too', () => {
    const clock = new ManualClock(0);
    const fired: string[] = [];
    const note = (name: string) => () => void fired.push(`${name} ${clock.now()}`);
    clock.setTimer(20, note('b'));
    clock.setTimer(10, () => {
      note('a')();
      clock.setTimer(5, note('c'));
    });
    clock.setTimer(12, note('never')).cancel();
    clock.advance(18);
    expect(fired).toEqual(['a 10', 'c 15']);
    expect([clock.now(), clock.pending, clock.nextTimerAt]).toEqual([18, 1, 20]);
    clock.advance(2);
    expect(fired.at(-1)).toBe('b 20');
  });

  it('shows another time, and timers keep their delays', () => {
    const clock = new ManualClock(1_000);
    let firedAt = 0;
    clock.setTimer(10, () => (firedAt = clock.now()));
    clock.set(400);
    clock.advance(9);
    expect(firedAt).toBe(0);
    clock.advance(1);
    expect(firedAt).toBe(410);
  });
});

describe('RecordingTransport', () => {
  it('stands alone where a transport is wanted', async () => {
    const transport = new RecordingTransport<string>();
    expect(transport).toMatchObject({ batching: true, ephemeral: false, inFlight: 0 });
    expect(transport.validateAddress('anything')).toBeUndefined();
    expect(await transport.send([])).toEqual([]);
  });
});

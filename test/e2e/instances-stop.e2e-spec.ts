import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type Type } from '@nestjs/common';
import { BatchProcessorService, type NotificationModuleOptions, QueueService } from '../../src/index.js';
import { NotificationStore } from '../../src/storage/notification-store.js';
import { type SendResult } from '../../src/transports/transport.js';
import { type TestInstance, TestInstances } from '../support/instances.js';

const MINUTE_MS = 60_000;
const ACCEPTED: SendResult = { status: 'accepted' };
const ONE_BY_ONE = { aggregation: { enabled: false }, batch: { timeoutMs: 0, maxSize: 1, maxConcurrency: 1 } };
const WINDOW = { aggregation: { rules: [{ windowMs: MINUTE_MS, maxCount: 100 }] } };

describe('stopping an instance of several', () => {
  let all: TestInstances;
  beforeEach(() => {
    all = new TestInstances();
  });
  afterEach(() => all.stopAll());

  const say = async (on: TestInstance, title: string, more: object = {}): Promise<void> => {
    await on
      .get(QueueService)
      .enqueue({ type: 'note', channel: 'email', to: `${title.replaceAll(' ', '')}@example.com`, title, ...more });
  };
  /** Its transport does not answer; call what it returns to let it answer, and everything after it at once. */
  const hold = (one: TestInstance, channel = 'email'): (() => void) => {
    const { promise, resolve } = Promise.withResolvers<SendResult>();
    one.transport(channel).answerWith(() => promise);
    return () => {
      one.transport(channel).answerWith(() => ACCEPTED);
      resolve(ACCEPTED);
    };
  };
  const startTwo = async (
    options: NotificationModuleOptions,
    other = options,
  ): Promise<readonly [TestInstance, TestInstance]> => [await all.start(options), await all.start(other)];

  it('G9 ends what it has in flight, and leaves what is ready to the others', async () => {
    const [a, b] = await startTwo(ONE_BY_ONE);
    const [answerA, answerB] = [hold(a), hold(b)];
    for (let i = 0; i < 20; i++) await say(a, `n${i}`);
    await all.advance(2_000);
    expect([a, b].map((one) => one.transport('email').inFlight)).toEqual([1, 1]);
    const stopped = all.stop(a);
    await all.settled();
    answerA();
    await stopped;
    expect(a.transport('email').tried).toHaveLength(1);
    expect(a.sent()).toHaveLength(1);
    answerB();
    await all.advance(2_000);
    expect(b.sent()).toHaveLength(19);
  });

  it('sends what is ready itself when the others only accept, and when nobody else is there', async () => {
    const [worker] = await startTwo(ONE_BY_ONE, { ...ONE_BY_ONE, delivery: { enabled: false } });
    for (const channel of ['email', 'slack']) {
      const answer = hold(worker, channel);
      for (let i = 0; i < 5; i++) await say(worker, `n${i}`, channel === 'slack' ? { channel, to: `C${i}` } : {});
      await all.settled();
      expect(worker.transport(channel).inFlight).toBe(1);
      answer();
    }
    await all.stop(worker);
    expect([worker.sent().length, worker.sent('slack').length]).toEqual([5, 5]);
  });

  it('SHUTDOWN_FLUSH: only the stop of the last one that lives flushes, of three that stop one after the other', async () => {
    const options = { ...WINDOW, shutdown: { flush: true } };
    const [a, b] = await startTwo(options);
    const c = await all.start(options);
    for (const one of [a, b, c]) await say(one, `n${all.clock.now()}`, { to: 'ann@example.com' });
    await say(c, 'other');
    for (const one of [a, b]) {
      await all.stop(one);
      expect((await c.store.snapshot()).windows).toMatchObject({ open: 2, items: 4 });
    }
    await all.stop(c);
    expect([a, b, c].map((one) => one.sent().flat().length)).toEqual([0, 0, 4]);
  });

  it('of an instance that died the last one flushes the windows too', async () => {
    const options = { ...WINDOW, shutdown: { flush: true } };
    const [a, b] = await startTwo(options);
    await say(a, 'one');
    a.get<NotificationStore>(NotificationStore as Type<NotificationStore>).heartbeat = () =>
      Promise.reject(new Error('it hangs'));
    await all.advance(20_000);
    await all.stop(b);
    expect(b.sent()).toEqual([['one']]);
  });

  it('an instance whose store does not answer ends what it has in flight and stops', async () => {
    const [a] = await startTwo(ONE_BY_ONE);
    const answer = hold(a);
    await say(a, 'one');
    await say(a, 'two');
    await all.settled();
    const store = a.get<NotificationStore>(NotificationStore as Type<NotificationStore>);
    store.instances = () => Promise.reject(new Error('the store is away'));
    const stopping = a.get(BatchProcessorService).shutdown();
    await all.settled();
    answer();
    await all.settled();
    await expect(stopping).resolves.toMatchObject({ sent: 1 });
    expect(a.transport('email').tried).toHaveLength(1);
  });

  it('one that only accepts keeps what it accepts, steers, and sends nothing', async () => {
    const [worker, web] = await startTwo(ONE_BY_ONE, { ...ONE_BY_ONE, delivery: { enabled: false } });
    await web.get(BatchProcessorService).pause('email', 'the web');
    await say(web, 'one');
    await all.advance(5_000);
    expect([...web.sent(), ...worker.sent()]).toEqual([]);
    await web.get(BatchProcessorService).resume('email', 'the web');
    await all.advance(2_000);
    expect(worker.sent()).toEqual([['one']]);
    await all.stop(worker);
    await say(web, 'two', { priority: 'critical' });
    await all.advance(MINUTE_MS);
    expect(web.sent()).toEqual([]);
    await all.stop(web);
    expect(web.sent()).toEqual([]);
    const later = await all.start(ONE_BY_ONE);
    await all.advance(1_000);
    expect(later.sent()).toEqual([['two']]);
  });
});

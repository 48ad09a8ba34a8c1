import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type Type } from '@nestjs/common';
import {
  BatchAggregationService,
  BatchProcessorService,
  HealthService,
  MetricsService,
  NotificationEvents,
  type NotificationModuleOptions,
  QueueService,
  StatisticsService,
} from '../../src/index.js';
import { PACKAGE_VERSION } from '../../src/model/package-version.js';
import { HealthJob } from '../../src/jobs/health.job.js';
import { HistoryRecorder } from '../../src/monitoring/history-recorder.js';
import { Instance } from '../../src/storage/instance.js';
import { NotificationStore } from '../../src/storage/notification-store.js';
import { type TestInstance, TestInstances } from '../support/instances.js';

const MINUTE_MS = 60_000;

describe('instances that share a store', () => {
  let all: TestInstances;
  let a: TestInstance;
  let b: TestInstance;
  beforeEach(() => {
    all = new TestInstances();
  });
  afterEach(() => all.stopAll());

  const startTwo = async (options: NotificationModuleOptions = {}): Promise<void> => {
    [a, b] = [await all.start(options), await all.start(options)];
  };
  const say = async (
    on: TestInstance,
    title: string,
    more: { readonly to?: string; readonly type?: string } = {},
  ): Promise<void> => {
    await on.get(QueueService).enqueue({ type: 'note', channel: 'email', to: 'ann@example.com', title, ...more });
  };
  const open = async (): Promise<number> => (await a.store.snapshot()).windows.open;
  const WINDOW = { aggregation: { rules: [{ windowMs: MINUTE_MS, maxCount: 100 }] } };
  const AT_ONCE = { aggregation: { enabled: false }, batch: { timeoutMs: 0 } };

  it('gathers in one window what both accept, and sends it once', async () => {
    await startTwo(WINDOW);
    await say(a, 'one');
    await say(b, 'two');
    expect(await open()).toBe(1);
    await all.advance(2 * MINUTE_MS);
    expect([...a.sent(), ...b.sent()]).toEqual([['one', 'two']]);
  });

  it('finds what another one accepted without being woken, within a second', async () => {
    await startTwo(AT_ONCE);
    await a.get(BatchProcessorService).shutdown();
    await b.store.accept(
      [
        {
          content: { type: 'note', channel: 'email', title: 'hello', priority: 'normal' },
          addresses: ['ann@example.com'],
          route: 'individual',
        },
      ],
      all.clock.now(),
    );
    await all.advance(1_000);
    expect(b.sent()).toEqual([['hello']]);
  });

  it('G2 sends what a dead instance held, and takes no word of it later', async () => {
    await startTwo(AT_ONCE);
    let answer: () => void = () => undefined;
    a.transport('email').answerWith(() => new Promise((resolve) => (answer = () => resolve({ status: 'accepted' }))));
    await say(a, 'hello');
    await all.settled();
    expect(a.transport('email').inFlight).toBe(1);
    // It hangs: no heartbeat of it reaches the store any more.
    a.store.heartbeat = () => Promise.reject(new Error('it hangs'));
    await all.advance(20_000);
    expect(b.sent()).toEqual([['hello']]);
    answer();
    await all.settled();
    expect(await b.store.snapshot()).toMatchObject({ pending: 0, messages: { queued: 0, sending: 0 } });
    expect((await b.store.deliveries({})).items).toMatchObject([{ state: 'delivered', attempts: 2 }]);
  });

  it('a pause that one is told holds for all, also for one that starts later, until it is resumed anywhere', async () => {
    await startTwo(AT_ONCE);
    await a.get(BatchProcessorService).pause('email', 'ops');
    const c = await all.start(AT_ONCE);
    await Promise.all([say(a, '1'), say(b, '2'), say(c, '3')]);
    await all.advance(MINUTE_MS);
    expect([a, b, c].flatMap((one) => one.sent())).toEqual([]);
    for (const one of [a, b, c]) {
      const email = one
        .get(BatchProcessorService)
        .channels()
        .find(({ name }) => name === 'email');
      expect(email?.paused).toMatchObject({ by: 'operator', detail: 'paused by ops' });
    }
    await b.get(BatchProcessorService).resume('email');
    await all.advance(1_000);
    expect(
      [a, b, c]
        .flatMap((one) => one.sent())
        .flat()
        .toSorted(),
    ).toEqual(['1', '2', '3']);
  });

  it('keeps both pauses when two channels are paused at once, on two instances', async () => {
    await startTwo();
    await Promise.all([a.get(BatchProcessorService).pause('email'), b.get(BatchProcessorService).pause('slack')]);
    await all.settled();
    for (const one of [a, b, await all.start()]) {
      const paused = one
        .get(BatchProcessorService)
        .channels()
        .filter((status) => status.paused !== false);
      expect(paused.map(({ name }) => name).toSorted()).toEqual(['email', 'slack']);
    }
  });

  it('rules that one is given hold for all; a signal that is lost is made up for by the next heartbeat', async () => {
    await startTwo(AT_ONCE);
    await a.get(BatchAggregationService).setRules([{ type: 'note', windowMs: MINUTE_MS, maxCount: 10 }]);
    await all.settled();
    expect(b.get(BatchAggregationService).getRules()).toHaveLength(1);
    // A write that signals nobody.
    const name = 'aggregation rules';
    all.core.store.settings.delete(name);
    const { version } = await a.store.state.setting(name);
    const publish = a.store.state.publish.bind(a.store.state);
    a.store.state.publish = () => undefined;
    await a.store.state.compareAndSet(name, version, undefined);
    a.store.state.publish = publish;
    expect(b.get(BatchAggregationService).getRules()).toHaveLength(1);
    await all.advance(5_000);
    expect(b.get(BatchAggregationService).getRules()).toEqual([]);
  });

  it('keeps a channel to its rate over all instances', async () => {
    const options = { ...AT_ONCE, perChannel: { email: { messagesPerSecond: 10 } } };
    await startTwo(options);
    const c = await all.start(options);
    for (let i = 0; i < 60; i++) await say([a, b, c][i % 3]!, `n${i}`, { to: `u${i}@example.com` });
    const sent = (): number => [a, b, c].reduce((sum, one) => sum + one.sent().length, 0);
    await all.settled();
    const first = sent();
    expect(first).toBeLessThanOrEqual(10);
    for (let second = 1; second <= 5; second++) {
      await all.advance(1_000);
      expect(sent()).toBeLessThanOrEqual(10 + second * 10);
    }
    await all.advance(2_000);
    expect(sent()).toBe(60);
  });

  it('keeps the interval of an address over all instances, and consumes no attempt for it', async () => {
    await startTwo({ ...AT_ONCE, perChannel: { email: { addressIntervalMs: 2_000 } } });
    const at: number[] = [];
    for (const one of [a, b]) {
      one.transport('email').answerWith(() => {
        at.push(all.clock.now());
        return { status: 'accepted' };
      });
    }
    for (let i = 0; i < 3; i++) for (const one of [a, b]) await say(one, `${i}`);
    await all.advance(15_000);
    expect(at).toHaveLength(6);
    at.slice(1).forEach((time, index) => expect(time - at[index]!).toBeGreaterThanOrEqual(2_000));
    expect((await a.store.deliveries({})).items.map(({ attempts }) => attempts)).toEqual([1, 1, 1, 1, 1, 1]);
  });

  it('all leave an address alone as long as its receiver said to one of them', async () => {
    await startTwo({ ...AT_ONCE, perChannel: { email: { addressIntervalMs: 100 } } });
    const failure = { reason: 'rate_limited', message: 'slow down' } as const;
    a.transport('email').answerWith(() => ({ status: 'failed', kind: 'deferred', failure, retryAfterMs: 60_000 }));
    b.transport('email').answerWith(() => ({ status: 'failed', kind: 'deferred', failure, retryAfterMs: 60_000 }));
    await say(a, 'one');
    await all.settled();
    await say(b, 'two');
    await say(b, 'three', { to: 'bob@example.com' });
    const tried = (): number => a.transport('email').tried.length + b.transport('email').tried.length;
    await all.advance(MINUTE_MS - 1);
    expect(tried()).toBe(2);
    for (const one of [a, b]) one.transport('email').reset();
    await all.advance(2_000);
    expect([...a.sent(), ...b.sent()].flat().toSorted()).toEqual(['one', 'three', 'two']);
  });

  it('tells of one condition once, and once that it is over, also when the leader stopped meanwhile', async () => {
    await startTwo({
      ...AT_ONCE,
      queue: { maxPending: 10 },
      health: { alertTo: 'slack:C0OPS', intervalMs: 30_000 },
    });
    await a.get(BatchProcessorService).pause('email');
    for (let i = 0; i < 10; i++) await say(a, `n${i}`, { to: `u${i}@example.com` });
    const look = async (...on: readonly TestInstance[]): Promise<void> => {
      for (const one of on) await one.get(HealthJob).runOnce(all.clock.now());
      await all.advance(1_000);
    };
    const alerts = (): readonly string[] => [...a.sent('slack'), ...b.sent('slack')].flat();
    await look(a, b, a, b);
    expect((await a.get(HealthService).report()).limits.status).not.toBe('ok');
    expect(alerts()).toHaveLength(1);
    await all.stop(a);
    await look(b);
    expect(alerts()).toHaveLength(1);
    await b.get(BatchProcessorService).resume('email');
    await all.advance(2_000);
    await look(b);
    expect(alerts()).toHaveLength(2);
    expect(alerts()[1]).toContain('limits has recovered');
  });

  it('one of three tells of the store, and each of itself with its name, until it has recovered or is gone', async () => {
    const options = {
      ...AT_ONCE,
      queue: { maxPending: 10 },
      health: { alertTo: 'slack:C0OPS', intervalMs: 30_000 },
    };
    await startTwo(options);
    const c = await all.start(options);
    const heard = [a, b, c].map((one) => {
      const parts: string[] = [];
      one.get(NotificationEvents).on('healthChanged', ({ part, status }) => parts.push(`${part} ${status}`));
      return parts;
    });
    const look = async (...on: readonly TestInstance[]): Promise<void> => {
      for (const one of on) await one.get(HealthJob).runOnce(all.clock.now());
      await all.advance(1_000);
    };
    const alerts = (): readonly string[] => [a, b, c].flatMap((one) => one.sent('slack').flat()).toSorted();
    const [nameB, nameC] = [b, c].map((one) => one.get(Instance).name);
    await look(a, b, c);
    const failure = { reason: 'credentials_rejected', message: 'no' } as const;
    for (const one of [a, b, c]) {
      one.transport('email').answerWith(() => ({ status: 'failed', kind: 'channel_unavailable', failure }));
    }
    for (const one of [b, c]) {
      await say(one, 'hello');
      await all.settled();
    }
    for (let i = 0; i < 7; i++) await say(a, `n${i}`, { to: `u${i}@example.com` });
    await look(a, b, c, a, b, c);
    const limits = 'Notifications: limits is unhealthy (warning)';
    const channel = (name: string | undefined, how: string): string => `Notifications: channel email of ${name} ${how}`;
    expect(alerts().filter((title) => title.includes('limits'))).toEqual([limits]);
    expect(alerts()).toEqual(
      expect.arrayContaining([channel(nameB, 'is unhealthy (error)'), channel(nameC, 'is unhealthy (error)')]),
    );
    expect(heard.flat().filter((part) => part.startsWith('limits'))).toEqual(['limits warning']);
    const before = alerts().length;
    await all.stop(c);
    await look(a, b, a, b);
    expect(alerts()).toHaveLength(before + 1);
    expect(alerts()).toContain(channel(nameC, 'has recovered'));
  });

  it('getStatistics of each instance knows all of the store before its start ends, and follows it every second', async () => {
    await startTwo(WINDOW);
    await say(a, 'one');
    const c = await all.start(WINDOW);
    expect(c.get(QueueService).getStatistics()).toMatchObject({
      asOf: all.clock.now(),
      pending: 1,
      windows: { open: 1, items: 1 },
    });
    await say(a, 'two');
    expect(c.get(QueueService).getStatistics().pending).toBe(1);
    await all.advance(1_000);
    for (const one of [a, b, c]) {
      const { asOf, pending, windows } = one.get(QueueService).getStatistics();
      expect({ asOf, pending, items: windows.items }).toEqual({ asOf: all.clock.now(), pending: 2, items: 2 });
    }
    expect(b.get(BatchAggregationService).getStatistics()).toMatchObject({ open: 1, items: 2, asOf: all.clock.now() });
  });

  it('figures of the store are exported and sampled by one instance, so that a sum is right, and by another one when that one hangs', async () => {
    await startTwo(WINDOW);
    const c = await all.start(WINDOW);
    for (const [index, one] of [a, b, c].entries()) await say(one, `n${index}`, { to: `u${index}@example.com` });
    const sumOf = async (metric: string, on = [a, b, c]): Promise<number> => {
      const pages = await Promise.all(on.map((one) => one.get(MetricsService).scrape()));
      const samples = pages.flatMap((page) => page.match(new RegExp(`^${metric}\\{.*\\} (\\S+)$`, 'gm')) ?? []);
      return samples.reduce((sum, sample) => sum + Number(sample.slice(sample.lastIndexOf(' '))), 0);
    };
    for (const metric of ['nestjs_digest_pending', 'nestjs_digest_windows_open', 'nestjs_digest_deliveries']) {
      expect(await sumOf(metric)).toBe(3);
    }
    expect(await sumOf('nestjs_digest_accepted_total')).toBe(3);
    // It hangs: its heartbeat does not reach the store, so that it does not know that it lives.
    a.get<NotificationStore>(NotificationStore as Type<NotificationStore>).heartbeat = () =>
      Promise.reject(new Error('it hangs'));
    await all.advance(30_000);
    expect(await sumOf('nestjs_digest_pending')).toBe(3);
    expect(await sumOf('nestjs_digest_pending', [b, c])).toBe(3);
    await all.advance(MINUTE_MS / 2);
    const { items } = await b.get(HistoryRecorder).history({ stepMs: MINUTE_MS, from: all.clock.now() - MINUTE_MS });
    expect(Math.max(...items.map(({ averagePending = 0 }) => averagePending))).toBe(3);
  });

  it('lists the instances with their version, channels and heartbeat; one that only accepts sends on none', async () => {
    a = await all.start();
    b = await all.start({ delivery: { enabled: false } });
    await all.advance(5_000);
    const { instances } = await b.get(StatisticsService).statistics();
    const at = new Date(all.clock.now()).toISOString();
    expect(instances).toMatchObject([
      { self: false, version: PACKAGE_VERSION, channels: expect.arrayContaining(['email', 'slack', 'sse']), heartbeatAt: at },
      { self: true, version: PACKAGE_VERSION, channels: [], heartbeatAt: at },
    ]);
  });

  it('the counts go on being read after a read that failed', async () => {
    await startTwo(WINDOW);
    const store = b.get<NotificationStore>(NotificationStore as Type<NotificationStore>);
    const snapshot = store.snapshot.bind(store);
    store.snapshot = () => Promise.reject(new Error('the store is away'));
    await say(a, 'one');
    await all.advance(2_000);
    expect(b.get(QueueService).getStatistics().pending).toBe(0);
    store.snapshot = snapshot;
    await all.advance(1_000);
    expect(b.get(QueueService).getStatistics().pending).toBe(1);
  });

  it('slows its callers by what is pending in the store, not by what it accepted itself', async () => {
    const options = { ...WINDOW, queue: { maxPending: 100 } };
    await startTwo(options);
    await Promise.all(Array.from({ length: 99 }, (_, i) => say(a, `n${i}`)));
    await all.advance(1_000);
    let isAccepted = false;
    const accepted = say(b, 'one more').then(() => (isAccepted = true));
    await all.settled();
    expect(isAccepted).toBe(false);
    await all.advance(1_000);
    await accepted;
    expect(isAccepted).toBe(true);
  });

  it('a stop flushes nobody else’s windows; the stop of the last one does as SHUTDOWN_FLUSH says', async () => {
    await startTwo({ ...WINDOW, shutdown: { flush: true } });
    await say(a, 'one');
    await say(b, 'two', { to: 'bob@example.com' });
    await all.stop(a);
    expect(a.sent()).toEqual([]);
    expect((await b.store.snapshot()).windows.open).toBe(2);
    await all.stop(b);
    expect(b.sent().flat().toSorted()).toEqual(['one', 'two']);
  });
});

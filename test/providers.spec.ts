import { describe, expect, it } from '@jest/globals';
import { type INestApplicationContext, Module, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Test } from '@nestjs/testing';
import * as main from '../src/index.js';
import { createNotificationTestingModule } from '../src/testing.js';

/** The providers that are promised. */
const PROMISED = [
  main.QueueService,
  main.BatchAggregationService,
  main.BatchProcessorService,
  main.StatisticsService,
  main.HealthService,
  main.MaintenanceService,
  main.MetricsService,
  main.NotificationEvents,
  main.Clock,
  main.EmailTransport,
  main.SlackTransport,
  main.SseTransport,
  main.WebhookTransport,
  main.PushTransport,
  main.PushDevices,
  main.TeamsTransport,
  main.SlackMessageFormatterFactory,
] as const;
const TRANSPORTS = [
  ['email', main.EmailTransport, 'ann@example.com'],
  ['slack', main.SlackTransport, 'C0123ABCD'],
  ['sse', main.SseTransport, '7'],
  ['webhook', main.WebhookTransport, 'https://example.com/hook'],
  ['push', main.PushTransport, '7'],
  ['teams', main.TeamsTransport, 'ops'],
] as const;

type Token = Type | symbol;

/** What a module of `NotificationModule` provides and exports, by token. */
function described(): { readonly provided: ReadonlySet<unknown>; readonly exported: ReadonlySet<unknown> } {
  const { providers = [], exports = [] } = main.NotificationModule.forRoot();
  const tokens = providers.map((provider) => (typeof provider === 'function' ? provider : provider.provide));
  return { provided: new Set(tokens), exported: new Set(exports) };
}

it('a notification before the module is initialised is refused with what to do', async () => {
  const module = main.NotificationModule.forRoot({ store: { path: ':memory:' } });
  const app = await Test.createTestingModule({ imports: [module] }).compile();
  const job = { type: 'x', channel: 'email', to: 'ann@example.com', title: 'Hello' };
  await expect(app.get(main.QueueService).enqueue(job)).rejects.toThrow(
    'the module is not initialised yet (await app.init() or app.listen() first)',
  );
  await app.close();
});

it('starts in an application context too, where routes have no server', async () => {
  @Module({ imports: [main.NotificationModule.forRoot({ store: { path: ':memory:' }, http: { open: true } })] })
  class Worker {}
  // eslint-disable-next-line @typescript-eslint/no-unsafe-class-instance-assignment -- Nest types its options as a class
  const app = await NestFactory.createApplicationContext(Worker, { logger: false, abortOnError: false });
  expect(app.get(main.QueueService).getStatistics().pending).toBe(0);
  await app.close();
});

it.each([
  ['flush', (app: INestApplicationContext, filter: object) => app.get(main.BatchAggregationService).flush(filter)],
  ['inspect', (app: INestApplicationContext, filter: object) => app.get(main.BatchAggregationService).inspect(filter)],
  ['replay', (app: INestApplicationContext, filter: object) => app.get(main.BatchProcessorService).replay(filter)],
  ['deliveries', (app: INestApplicationContext, filter: object) => app.get(main.QueueService).deliveries(filter)],
  [
    'cancelAll',
    (app: INestApplicationContext, filter: object) => app.get(main.QueueService).cancelAll({ groupKey: 'x', ...filter }),
  ],
])('%s refuses a filter with a field that it does not know, instead of meaning everything', async (_, run) => {
  const notifications = createNotificationTestingModule();
  const app = await Test.createTestingModule({ imports: [notifications.module] }).compile();
  await app.init();
  await app.get(main.QueueService).enqueue({ type: 'alert', channel: 'email', to: 'ann@example.com', title: 'Hello' });
  await expect(run(app, { adress: 'bob@example.com' })).rejects.toThrow(/adress: is unknown; allowed are .*address/);
  expect(app.get(main.BatchAggregationService).getStatistics().closed).toEqual({});
  await app.close();
});

describe('the providers of the module', () => {
  it('that can be imported by name can all be injected, and those that can be injected can be imported', () => {
    const { provided, exported } = described();
    const importable = new Set<unknown>(Object.values(main));
    const internal = new Set<unknown>([main.NotificationStore]);
    const hidden = [...provided].filter((token) => importable.has(token) && !exported.has(token) && !internal.has(token));
    const nameless = [...exported].filter((token) => !importable.has(token));
    expect([hidden, nameless]).toEqual([[], []]);
    expect(PROMISED.filter((token) => !exported.has(token))).toEqual([]);
  });

  it.each(PROMISED.map((token) => [token.name, token as Token] as const))(
    '%s is injected into a host’s provider',
    async (_, token) => {
      @Module({ providers: [{ provide: 'host', inject: [token], useFactory: (injected: unknown) => injected }] })
      class HostModule {}
      const notifications = createNotificationTestingModule();
      const app = await Test.createTestingModule({ imports: [notifications.module, HostModule] }).compile();
      expect(app.get<unknown>('host', { strict: false })).toBe(app.get(token));
      await app.close();
    },
  );

  it.each(PROMISED.map((token) => [token.name, token as Token] as const))(
    '%s is what overrideProvider puts in its place',
    async (_, token) => {
      const { module } = createNotificationTestingModule();
      const original = await Test.createTestingModule({ imports: [module] }).compile();
      const own: unknown = Object.create(original.get<object>(token));
      const app = await Test.createTestingModule({ imports: [createNotificationTestingModule().module] })
        .overrideProvider(token)
        .useValue(own)
        .compile();
      expect(app.get<unknown>(token)).toBe(own);
      await original.close();
      await app.close();
    },
  );

  it.each(TRANSPORTS)('%s is sent by the transport that stands in the place of the built-in one', async (channel, token, to) => {
    const sent: string[] = [];
    const own: main.Transport = {
      batching: true,
      send: (messages) => {
        sent.push(...messages.map(({ message }) => message.address));
        return Promise.resolve(messages.map(() => ({ status: 'accepted' })));
      },
    };
    const app = await Test.createTestingModule({ imports: [main.NotificationModule.forRoot({ store: { path: ':memory:' } })] })
      .overrideProvider(token)
      .useValue(own)
      .compile();
    app.useLogger(false);
    await app.init();
    const finished = new Promise((resolve) => app.get(main.NotificationEvents).on('batchFinished', resolve));
    await app.get(main.QueueService).enqueue({ type: 'x', channel, to, title: 'Hello', priority: 'critical' });
    await finished;
    expect(sent).toEqual([to]);
    await app.close();
  });
});

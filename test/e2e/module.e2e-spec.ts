import { type DynamicModule, Inject, Injectable, Module, type Type } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { describe, expect, it } from '@jest/globals';
import { NOTIFICATION_OPTIONS, type NotificationModuleOptions, type ResolvedOptions } from '../../src/config/options.js';
import { defineEmailTemplate } from '../../src/formatting/email/define-email-template.js';
import { type Formatter } from '../../src/formatting/formatter.js';
import { NotificationFormatter } from '../../src/formatting/notification-formatter.decorator.js';
import { SlackMessageFormatterFactory } from '../../src/formatting/slack/slack-message-formatter.factory.js';
import { type ClaimedMessage } from '../../src/model/message.js';
import { NotificationEvents } from '../../src/model/notification-events.js';
import * as main from '../../src/index.js';
import { type NotificationOptionsFactory } from '../../src/module/host-options.js';
import { NotificationModule } from '../../src/notification.module.js';
import { QueueService } from '../../src/queue/queue.service.js';
import { EmailTransport } from '../../src/transports/email/email.transport.js';
import { Mailbox } from '../../src/transports/mailbox/mailbox.js';
import { NotificationTransport } from '../../src/transports/notification-transport.decorator.js';
import { SlackTransport } from '../../src/transports/slack/slack.transport.js';
import { SseTransport } from '../../src/transports/sse/sse.transport.js';
import { WebhookTransport } from '../../src/transports/webhook/webhook.transport.js';
import { type OutgoingMessage, type SendResult, type Transport } from '../../src/transports/transport.js';

const MEMORY = { store: { path: ':memory:' }, batch: { timeoutMs: 1 } } as const;

@NotificationTransport('sms')
class SmsTransport implements Transport<string> {
  readonly sent: string[] = [];

  send(messages: readonly OutgoingMessage<string>[]): Promise<readonly SendResult[]> {
    this.sent.push(...messages.map(({ content }) => content));
    return Promise.resolve(messages.map(() => ({ status: 'accepted' as const })));
  }
}

@NotificationTransport('sms')
class OtherSmsTransport extends SmsTransport {}

@NotificationTransport('email')
class SecondMailTransport extends SmsTransport {}

@NotificationTransport('email', { replace: true })
class OwnMailTransport extends SmsTransport {}

@NotificationTransport('email', { replace: true })
class OtherMailTransport extends SmsTransport {}

@NotificationTransport('slack', { replace: true })
class OwnSlackTransport extends SmsTransport {}

@NotificationFormatter({ channel: 'sms' })
class SmsFormatter implements Formatter<string> {
  format({ entries }: ClaimedMessage): string {
    return entries.map(({ content }) => content.title).join(' | ');
  }
}

@NotificationFormatter({ channel: 'pigeon' })
class PigeonFormatter extends SmsFormatter {}

async function boot(options: NotificationModuleOptions, providers: (new () => object)[] = []) {
  const module = await Test.createTestingModule({
    imports: [NotificationModule.forRoot({ ...MEMORY, ...options })],
    providers,
  }).compile();
  return module.init();
}

describe('NotificationModule', () => {
  it('finds a host’s transport and formatter, and sends through them', async () => {
    const app = await boot({}, [SmsTransport, SmsFormatter]);
    const sent = new Promise((resolve) => app.get(NotificationEvents).on('batchFinished', resolve));
    await app.get(QueueService).enqueue({ type: 'x', channel: 'sms', to: 'ann', title: 'Hello', priority: 'critical' });
    await sent;
    expect(app.get(SmsTransport).sent).toEqual(['Hello']);
    await app.close();
  });

  it('falls back to the built-in look when a template throws, and counts it', async () => {
    const broken = defineEmailTemplate({ type: 'x', subject: '<%= it.nothing.there %>', text: '', html: '' });
    const good = defineEmailTemplate({ type: 'y', subject: 'Ours: <%= it.summary %>', text: 't', html: 'h' });
    const app = await boot({ email: { templates: [broken, good] }, readerSettings: () => ({ locale: 'de' }) });
    let failed = 0;
    app.get(NotificationEvents).on('formatterFailed', () => failed++);
    let left = 2;
    const sent = new Promise<void>((resolve) =>
      app.get(NotificationEvents).on('batchFinished', ({ size }) => {
        left -= size;
        if (left === 0) resolve();
      }),
    );
    for (const type of ['x', 'y']) {
      await app.get(QueueService).enqueue({ type, channel: 'email', to: 'a@b.c', title: `Hello ${type}`, priority: 'critical' });
    }
    await sent;
    const { items } = await app.get(Mailbox).page();
    const subjects = items.map(({ subject }) => subject);
    expect(subjects.toSorted()).toEqual(['Hello x', 'Ours: Hello y']);
    expect(failed).toBe(1);
    await app.close();
  });

  it.each<[string, NotificationModuleOptions, (new () => object)[], RegExp]>([
    [
      'a channel registered twice',
      {},
      [SmsTransport, OtherSmsTransport],
      /"sms" is registered twice: by SmsTransport and by OtherSmsTransport/,
    ],
    ['a built-in channel registered again', {}, [SecondMailTransport], /"email" is registered twice/],
    ['a built-in channel replaced twice', {}, [OwnMailTransport, OtherMailTransport], /"email" is replaced twice/],
    ['a formatter for an unknown channel', {}, [PigeonFormatter], /a formatter names the channel "pigeon"; registered are email/],
    [
      'a rule for an unknown channel',
      { aggregation: { rules: [{ channel: 'pigeon', windowMs: 1, maxCount: 1 }] } },
      [],
      /AGGREGATION_RULES\[0\] names the channel "pigeon"/,
    ],
    ['limits of an unknown channel', { perChannel: { pigeon: {} } }, [], /the option perChannel names the channel "pigeon"/],
  ])('%s stops the start', async (_, options, providers, message) => {
    await expect(boot(options, providers)).rejects.toThrow(message);
  });

  it('lets a transport of the host take the place of a built-in one, also of one without credentials', async () => {
    const app = await boot({}, [OwnMailTransport, OwnSlackTransport]);
    const own = { email: app.get(OwnMailTransport), slack: app.get(OwnSlackTransport) };
    const sent = new Promise<void>((resolve) => {
      let left = 2;
      app.get(NotificationEvents).on('batchFinished', ({ size }) => ((left -= size) === 0 ? resolve() : undefined));
    });
    await app.get(QueueService).enqueue({ type: 'x', channel: 'email', to: 'a@b.c', title: 'Hello', priority: 'critical' });
    await app.get(QueueService).enqueue({ type: 'x', channel: 'slack', to: 'C1', title: 'Hello', priority: 'critical' });
    await sent;
    const { items } = await app.get(Mailbox).page();
    expect([own.email.sent.length, own.slack.sent.length, items.length]).toEqual([1, 1, 0]);
    await app.close();
  });

  it('has its built-in transports as providers, which a test replaces', async () => {
    const mail = new SmsTransport();
    const module = await Test.createTestingModule({ imports: [NotificationModule.forRoot(MEMORY)] })
      .overrideProvider(EmailTransport)
      .useValue(mail)
      .compile();
    const app = await module.init();
    const sent = new Promise((resolve) => app.get(NotificationEvents).on('batchFinished', resolve));
    await app.get(QueueService).enqueue({ type: 'x', channel: 'email', to: 'a@b.c', title: 'Hello', priority: 'critical' });
    await sent;
    expect(mail.sent).toHaveLength(1);
    for (const token of [SlackTransport, SseTransport, WebhookTransport, SlackMessageFormatterFactory]) {
      expect(app.get(token)).toBeInstanceOf(token);
    }
    await app.close();
  });

  it.each([
    ['email', { NODE_ENV: 'production' }, /to use "email", set SMTP_URL, or EMAIL_MAILBOX=true/],
    ['slack', {}, /to use "slack", set SLACK_BOT_TOKEN or SLACK_WEBHOOK_URL/],
    ['pigeon', {}, /got "pigeon"; must be one of email, webhook, sse$/],
  ])('a notification for %s with %j names what must be set', async (channel, variables, message) => {
    const before = { ...process.env };
    Object.assign(process.env, variables);
    try {
      const app = await boot({});
      await expect(app.get(QueueService).enqueue({ type: 'x', channel, to: 'C1', title: 'a' })).rejects.toThrow(message);
      await app.close();
    } finally {
      process.env = before;
    }
  });

  it.each([
    ['production', 'true', true],
    ['production', 'false', false],
    ['production', '', false],
    ['development', '', true],
    ['development', 'false', false],
  ])('with NODE_ENV=%s and EMAIL_MAILBOX=%s the mailbox takes mail: %s', async (NODE_ENV, EMAIL_MAILBOX, takes) => {
    const before = { ...process.env };
    Object.assign(process.env, { NODE_ENV, EMAIL_MAILBOX });
    try {
      const app = await boot({});
      const accepted = app.get(QueueService).enqueue({ type: 'x', channel: 'email', to: 'a@b.c', title: 'a' });
      expect(
        await accepted.then(
          () => true,
          () => false,
        ),
      ).toBe(takes);
      await app.close();
    } finally {
      process.env = before;
    }
  });

  it('works its options out by a factory of the host’s', async () => {
    @Injectable()
    class Secrets {
      readonly path = ':memory:';
    }
    @Module({ providers: [Secrets], exports: [Secrets] })
    class SecretsModule {}
    @Injectable()
    class Host {
      constructor(@Inject(NOTIFICATION_OPTIONS) readonly options: ResolvedOptions) {}
    }
    const imported = NotificationModule.forRootAsync({
      imports: [SecretsModule],
      inject: [Secrets],
      useFactory: (secrets: Secrets) => ({ store: { path: secrets.path }, batch: { maxSize: 7 } }),
    });
    const module = await Test.createTestingModule({ imports: [imported], providers: [Host] }).compile();
    const app = await module.init();
    expect(app.get(Host).options).toMatchObject({ store: { path: ':memory:' }, batch: { maxSize: 7 }, http: false });
    await app.close();
  });

  it.each(['useClass', 'useExisting'] as const)('works its options out by a provider of the host (%s)', async (how) => {
    @Injectable()
    class Secrets {
      readonly path = ':memory:';
    }
    @Injectable()
    class Options implements NotificationOptionsFactory {
      constructor(private readonly secrets: Secrets) {}

      createNotificationOptions(): NotificationModuleOptions {
        return { store: { path: this.secrets.path }, batch: { maxSize: 7 } };
      }
    }
    @Module({ providers: [Secrets, Options], exports: [Secrets, Options] })
    class SecretsModule {}
    const imported = NotificationModule.forRootAsync({ imports: [SecretsModule], [how]: Options });
    const app = await (await Test.createTestingModule({ imports: [imported] }).compile()).init();
    expect(app.get(NOTIFICATION_OPTIONS)).toMatchObject({ store: { path: ':memory:' }, batch: { maxSize: 7 }, http: false });
    await app.close();
  });

  it('takes exactly one of useFactory, useClass and useExisting', () => {
    expect(() => NotificationModule.forRootAsync({})).toThrow(/got 0 of useFactory, useClass and useExisting/);
    const useFactory = (): NotificationModuleOptions => ({});
    expect(() => NotificationModule.forRootAsync({ useFactory, useExisting: 'x' })).toThrow(/got 2 of/);
  });

  it('refuses an unknown option of a factory at the start, with the nearest name', async () => {
    const useFactory = (): NotificationModuleOptions => {
      const options = { ...MEMORY, monitorng: false };
      return options;
    };
    const module = Test.createTestingModule({ imports: [NotificationModule.forRootAsync({ useFactory })] });
    await expect(module.compile()).rejects.toThrow(/monitorng: there is no such option; did you mean monitoring/);
  });

  it('is global by default, and with isGlobal: false for those who import it', async () => {
    @Injectable()
    class User {
      constructor(readonly queue: QueueService) {}
    }
    @Module({ providers: [User] })
    class FeatureModule {}
    for (const isGlobal of [true, false]) {
      for (const imported of [
        NotificationModule.forRoot({ ...MEMORY, http: true, isGlobal }),
        NotificationModule.forRootAsync({ useFactory: () => MEMORY, http: true, isGlobal }),
      ]) {
        const alone = Test.createTestingModule({ imports: [imported, FeatureModule] });
        if (!isGlobal) {
          await expect(alone.compile()).rejects.toThrow(/QueueService/);
          const importing = { module: FeatureModule, imports: [imported] };
          const app = await (await Test.createTestingModule({ imports: [imported, importing] }).compile()).init();
          expect(app.get(User, { strict: false }).queue).toBe(app.get(QueueService));
          await app.close();
          continue;
        }
        const app = await (await alone.compile()).init();
        expect(app.get(User, { strict: false }).queue).toBe(app.get(QueueService));
        await app.close();
      }
    }
  });

  it('exports what a host can name, and nothing else', async () => {
    const values = new Set<unknown>(Object.values(main));
    const { exports = [] } = NotificationModule.forRoot(MEMORY);
    expect(exports.filter((token) => !values.has(token))).toEqual([]);
    expect(exports).toEqual(
      expect.arrayContaining([
        EmailTransport,
        SlackTransport,
        SseTransport,
        WebhookTransport,
        SlackMessageFormatterFactory,
        main.HealthService,
        main.StatisticsService,
      ]),
    );
    @Injectable()
    class Monitor {
      constructor(readonly health: main.HealthService) {}
    }
    const app = await boot({}, [Monitor as unknown as new () => object]);
    expect(await app.get(Monitor).health.report()).toMatchObject({ status: 'ok' });
    await app.close();
  });

  it('refuses two different forRoot in one application; the same one may be imported twice', async () => {
    const shared = NotificationModule.forRoot(MEMORY);
    const once = (name: string, imported: DynamicModule): DynamicModule => {
      const Feature = { [name]: class {} }[name] as Type;
      return { module: Feature, imports: [imported] };
    };
    const good = await Test.createTestingModule({
      imports: [once('A', shared), once('B', shared), NotificationModule],
    }).compile();
    const app = await good.init();
    await app.get(QueueService).enqueue({ type: 'x', channel: 'email', to: 'a@b.c', title: 'a' });
    await app.close();
    const other = NotificationModule.forRoot({ ...MEMORY, batch: { maxSize: 2 } });
    const bad = await Test.createTestingModule({ imports: [once('A', shared), once('B', other)] }).compile();
    await expect(bad.init()).rejects.toThrow(/imports 2 different NotificationModule\.forRoot\(…\).*Import it once/);
  });

  it.each<[string, string, unknown, (options: ResolvedOptions) => unknown]>([
    ['BATCH_MAX_SIZE', '7', 7, ({ batch }) => batch.maxSize],
    ['BATCH_MAX_CONCURRENCY', '3', 3, ({ batch }) => batch.maxConcurrency],
    ['BATCH_TIMEOUT_MS', '0', 0, ({ batch }) => batch.timeoutMs],
    ['BATCH_TRIGGER', 'all', 'all', ({ batch }) => batch.trigger],
    ['BATCH_DYNAMIC_SIZING', 'false', false, ({ batch }) => batch.dynamicSizing],
    ['BATCH_MAX_ATTEMPTS', '2', 2, ({ batch }) => batch.maxAttempts],
    ['BATCH_RETRY_BASE_MS', '9', 9, ({ batch }) => batch.retryBaseMs],
    ['ON_UNCERTAIN', 'dead', 'dead', ({ onUncertain }) => onUncertain],
    ['SHUTDOWN_GRACE_MS', '1', 1, ({ shutdown }) => shutdown.graceMs],
    ['SHUTDOWN_FLUSH', 'true', true, ({ shutdown }) => shutdown.flush],
    ['DELIVERY_ENABLED', 'false', false, ({ delivery }) => delivery.enabled],
    ['EMAIL_POOL_SIZE', '2', 2, ({ email }) => email.poolSize],
    ['EMAIL_FROM', 'a@b.c', 'a@b.c', ({ email }) => email.from],
    ['EMAIL_FROM', 'Shop <a@b.c>', 'Shop <a@b.c>', ({ email }) => email.from],
    ['EMAIL_FROM', 'Shop <a@b.c>', 'b.c', ({ email }) => email.brandName],
    ['EMAIL_BRAND_NAME', 'Shop & Sons', 'Shop & Sons', ({ email }) => email.brandName],
    ['EMAIL_UNSUBSCRIBE_URL', 'https://b.c/{address}', 'https://b.c/{address}', ({ email }) => email.unsubscribeUrl],
    ['SLACK_PAGE_SIZE', '3', 3, ({ slack }) => slack.pageSize],
    ['HEALTH_STUCK_AFTER_MS', '9', 9, ({ health }) => health.stuckAfterMs],
    ['HEALTH_ERROR_RATE', '0.25', 0.25, ({ health }) => health.errorRate],
    ['HEALTH_NEAR_LIMIT', '0.5', 0.5, ({ health }) => health.nearLimit],
    ['STORE_URL', 'sqlite::memory:', ':memory:', ({ store }) => store.path],
    ['SMTP_URL', 'smtp://127.0.0.1:2525', 'smtp://127.0.0.1:2525', ({ email }) => email.smtpUrl],
    ['AGGREGATION_ENABLED', 'false', false, ({ aggregation }) => aggregation.enabled],
    ['AGGREGATION_WINDOW_MS', '5', 5, ({ aggregation }) => aggregation.windowMs],
    ['AGGREGATION_MAX_COUNT', '6', 6, ({ aggregation }) => aggregation.maxCount],
    [
      'AGGREGATION_RULES',
      '[{"type":"x","windowMs":1,"maxCount":2}]',
      [{ type: 'x', windowMs: 1, maxCount: 2 }],
      ({ aggregation }) => aggregation.rules,
    ],
    ['SLACK_BOT_TOKEN', 'xoxb-1', 'xoxb-1', ({ slack }) => slack.botToken],
    ['SLACK_WEBHOOK_URL', 'http://x.y/z', 'http://x.y/z', ({ slack }) => slack.webhookUrl],
    ['SLACK_API_URL', 'http://x.y/api/', 'http://x.y/api/', ({ slack }) => slack.apiUrl],
    ['QUEUE_MAX_PENDING', '8', 8, ({ queue }) => queue.maxPending],
    ['BACKLOG_POLICY', 'expire', 'expire', ({ backlog }) => backlog.policy],
    ['BACKLOG_MAX_AGE_MS', '60000', 60_000, ({ backlog }) => backlog.maxAgeMs],
    ['WEBHOOK_ALLOW_PRIVATE', 'true', true, ({ webhook }) => webhook.allowPrivate],
    ['WEBHOOK_TIMEOUT_MS', '200', 200, ({ webhook }) => webhook.timeoutMs],
  ])('reads %s=%s', async (name, text, value, read) => {
    process.env[name] = text;
    try {
      const module = await Test.createTestingModule({
        imports: [NotificationModule.forRoot({ store: { path: ':memory:' } })],
      }).compile();
      expect(read(module.get<ResolvedOptions>(NOTIFICATION_OPTIONS))).toEqual(value);
    } finally {
      Reflect.deleteProperty(process.env, name);
    }
  });

  it('names every wrong variable and option in one error, and leaves what belongs to the host alone', async () => {
    const variables = { REDIS_URL: 'redis://x', DATABASE_URL: 'postgres://x', BATCH_MAX_SIZE: 'many' };
    Object.assign(process.env, variables);
    try {
      const wrong = boot({ onUncertain: 'maybe', email: { poolsize: 3 } } as unknown as NotificationModuleOptions);
      await expect(wrong).rejects.toThrow(
        /BATCH_MAX_SIZE: got "many"[\s\S]*onUncertain: got "maybe"[\s\S]*email.poolsize: there is no such option; did you mean email.poolSize/,
      );
      await expect(wrong).rejects.toThrow(/^(?![\s\S]*_URL)/);
    } finally {
      for (const name of Object.keys(variables)) Reflect.deleteProperty(process.env, name);
    }
  });
});

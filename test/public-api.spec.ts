import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from '@jest/globals';
import * as main from '../src/index.js';
import * as postgres from '../src/postgres.js';
import * as redis from '../src/redis.js';
import * as terminus from '../src/terminus.js';
import * as websocket from '../src/websocket.js';
import * as testing from '../src/testing.js';
import { PackedPackage } from './support/packed-package.js';

/** What a host may import; a change here is a change for every host. */
const MAIN = {
  values: [
    'BatchAggregationService',
    'BatchProcessorService',
    'Clock',
    'ConflictError',
    'DirectoryUnavailableError',
    'EmailTransport',
    'HealthService',
    'HostDirectoryError',
    'IdempotencyConflictError',
    'InvalidConfigurationError',
    'InvalidNotificationError',
    'InvalidRequestError',
    'MaintenanceService',
    'MetricsService',
    'NOTIFICATION_OPTIONS',
    'NotFoundError',
    'NotificationChannel',
    'NotificationError',
    'NotificationEvents',
    'NotificationFormatter',
    'NotificationModule',
    'NotificationPriority',
    'NotificationStore',
    'NotificationTransport',
    'NotificationType',
    'OnNotification',
    'PreconditionFailedError',
    'PushDevices',
    'PushTransport',
    'QueueFullError',
    'QueueService',
    'RecipientDirectory',
    'RecipientService',
    'SharedState',
    'ShuttingDownError',
    'SlackMessageFormatterFactory',
    'SlackTransport',
    'SseTransport',
    'StatisticsService',
    'StoreFailedError',
    'StoreLockedError',
    'StoreMovedError',
    'StoreNotMigratedError',
    'StoreUnusableError',
    'StoreVersionError',
    'SuppressionService',
    'TeamsTransport',
    'TransactionExecutor',
    'TransactionRequiredError',
    'TransactionsUnsupportedError',
    'UnknownChannelError',
    'WebhookTransport',
    'WorkAdmin',
    'WorkStore',
    'defineEmailTemplate',
    'describeNotificationRoutes',
    'escapeSlack',
    'generateVapidKeys',
    'messageFormatterContext',
  ],
  types: [
    'AcceptReport',
    'AcceptResult',
    'AcceptTally',
    'Acceptance',
    'AcceptedDelivery',
    'AcceptedNotification',
    'Actor',
    'AdaptiveCard',
    'AddressLoad',
    'AddressSnapshot',
    'AddressStatistics',
    'AdvanceReport',
    'AggregationOptions',
    'AggregationRule',
    'AggregationStatistics',
    'ApplyRulesReport',
    'ApplyRulesResult',
    'ArrivalPlan',
    'BacklogOptions',
    'BacklogPolicy',
    'BacklogReport',
    'BatchOptions',
    'BatchStatistics',
    'BatchTrigger',
    'BreakerState',
    'BuiltInChannel',
    'BuiltInType',
    'BusiestAddressesView',
    'BusyAddress',
    'CancelFilter',
    'CancelReason',
    'CancelReport',
    'CardElement',
    'ChannelAddress',
    'ChannelBatchStatistics',
    'ChannelOptions',
    'ChannelPause',
    'ChannelStatistics',
    'ChannelStatus',
    'ChannelStep',
    'Choice',
    'ChoiceSource',
    'Claim',
    'ClaimHolds',
    'ClaimRequest',
    'ClaimedMessage',
    'CleanupOptions',
    'CloseReason',
    'CloseShape',
    'ClosedWindow',
    'ContentGrouping',
    'CountRow',
    'CountedPhrase',
    'DeadFilter',
    'DeadLetter',
    'DeadQuery',
    'DefaultsOptions',
    'DeliveryError',
    'DeliveryFilter',
    'DeliveryInTransaction',
    'DeliveryOptions',
    'DeliveryPlan',
    'DeliveryQuery',
    'DeliveryState',
    'DeliveryView',
    'DigestAuthor',
    'DigestEntry',
    'DigestGroup',
    'DigestOptions',
    'DigestOrder',
    'DismissReport',
    'DkimOptions',
    'EffectiveChoice',
    'EmailAccountOptions',
    'EmailAttachment',
    'EmailBrandOptions',
    'EmailContent',
    'EmailFields',
    'EmailOptions',
    'EmailTemplate',
    'EmailTemplateView',
    'EndedDelivery',
    'EndedObserver',
    'EnqueueManyReport',
    'EntryItem',
    'ErrorCode',
    'EventLoopDelayView',
    'Expiring',
    'ExportPage',
    'ExtendReport',
    'Failure',
    'FailureReason',
    'FcmDevice',
    'FieldError',
    'FinalState',
    'FlushReport',
    'FlushResult',
    'ForgetReport',
    'Formatter',
    'FormatterTarget',
    'FormattingOptions',
    'Frequency',
    'GroupBy',
    'HealthEntry',
    'HealthOptions',
    'HealthReport',
    'HeartbeatReport',
    'HeldBy',
    'HistoryRow',
    'HistoryStore',
    'HostPool',
    'HostStore',
    'Hours',
    'HttpGuard',
    'HttpOptions',
    'ImmediateFormatter',
    'InstanceDescription',
    'InstanceRecord',
    'InstanceView',
    'JsonObject',
    'JsonValue',
    'KnownSnapshot',
    'Lane',
    'MailboxMail',
    'MailboxPage',
    'MailboxStore',
    'MemoryOptions',
    'MessageAttempt',
    'MessageEntry',
    'MessageFormatterContext',
    'MessageRecord',
    'MessageView',
    'MessageWindow',
    'MetricsOptions',
    'MetricsRegistry',
    'MoveMark',
    'MovedAllowance',
    'MovedAnswer',
    'MovedAttachment',
    'MovedCount',
    'MovedDelivery',
    'MovedGathering',
    'MovedHistory',
    'MovedIdentity',
    'MovedMail',
    'MovedMailTotal',
    'MovedMessage',
    'MovedRecipient',
    'MovedRepeat',
    'MovedReplay',
    'MovedRow',
    'MovedSequence',
    'MovedSetting',
    'MovedSuppression',
    'NewSuppression',
    'Notification',
    'NotificationAttachment',
    'NotificationContent',
    'NotificationEvent',
    'NotificationEventMap',
    'NotificationEventName',
    'NotificationInTransaction',
    'NotificationModuleAsyncOptions',
    'NotificationModuleOptions',
    'NotificationModuleRootOptions',
    'NotificationOptionsFactory',
    'NotificationTransportOptions',
    'OpenReport',
    'OpeningRule',
    'OpeningRules',
    'Outcome',
    'OutgoingMessage',
    'OwnPhrases',
    'Page',
    'PageRequest',
    'Phrases',
    'PlanSubject',
    'PlannedWindow',
    'PluralForms',
    'PoolStatistics',
    'Preferences',
    'PreferencesChange',
    'PreferencesPatch',
    'ProcessingFailure',
    'PruneReport',
    'PruneRequest',
    'PushContent',
    'PushDevice',
    'PushOptions',
    'PushPayload',
    'Quantiles',
    'QueueOptions',
    'QueueStatistics',
    'RateGrant',
    'ReadFilter',
    'ReaderSettings',
    'ReaderSettingsLookup',
    'Readiness',
    'ReadinessReport',
    'Recipient',
    'RecipientDirectorySource',
    'RecipientPlan',
    'RecipientProfile',
    'RecipientRow',
    'RecipientStore',
    'RecipientView',
    'RecipientWindow',
    'RecipientsOptions',
    'Refusal',
    'RegisteredDevice',
    'RenderKeep',
    'ReplanReport',
    'Replanned',
    'ReplannedEvent',
    'Replanner',
    'ReplayProgress',
    'ReplayReport',
    'ResolvedHttpOptions',
    'ResolvedOptions',
    'ResolvedPostgresOptions',
    'ResolvedPushOptions',
    'ResolvedRecipientsOptions',
    'ResolvedRedisOptions',
    'ResolvedStoreOptions',
    'RetentionOptions',
    'Route',
    'Schedule',
    'SendContext',
    'SendResult',
    'SentBatchStatistics',
    'SequencePage',
    'SequenceQuery',
    'SequencedMessage',
    'ServiceAccount',
    'SettleReport',
    'Settlement',
    'SharedRate',
    'SharedSetting',
    'ShutdownOptions',
    'ShutdownReport',
    'SlackContent',
    'SlackMessageFormatter',
    'SlackOptions',
    'SlackPage',
    'Slice',
    'Sliced',
    'SseBatch',
    'SseBatchOptions',
    'SseItem',
    'SseOptions',
    'Statistics',
    'StoreHealth',
    'StoreOptions',
    'StoreSnapshot',
    'StoreTraits',
    'StoreTransfer',
    'StoredAttachment',
    'StoredEmailFields',
    'StoredMail',
    'SuppressionQuery',
    'SuppressionReason',
    'SuppressionRecord',
    'SuppressionRemoval',
    'SuppressionRequest',
    'SuppressionResult',
    'SuppressionStore',
    'SuppressionView',
    'TeamsContent',
    'TeamsOptions',
    'TenantChoice',
    'TenantChoices',
    'TimeStatistics',
    'TimerHandle',
    'Transport',
    'TransportHealth',
    'TransportState',
    'TransportTarget',
    'TypePhrases',
    'UncertainPolicy',
    'WaitingDelivery',
    'WaitingView',
    'WebPushDevice',
    'WebhookContent',
    'WebhookItem',
    'WebhookOptions',
    'Weekday',
    'WindowFacts',
    'WindowFilter',
    'WindowPolicy',
    'WindowPreview',
    'WindowQuery',
    'WindowTimes',
    'WindowView',
  ],
};
const TESTING = {
  values: [
    'ManualClock',
    'RecordingTransport',
    'STORE_SUITE_MAX_PENDING',
    'STORE_SUITE_START_AT',
    'createMemoryStore',
    'createNotificationTestingModule',
    'describeSharedStore',
    'describeStore',
    'describeTransport',
    'describeWindows',
  ],
  types: [
    'Answer',
    'MemoryStoreSettings',
    'NotificationTesting',
    'NotificationTestingOptions',
    'OpenEmptyStore',
    'OpenStore',
    'ProviderOverrides',
    'ReceiverAnswer',
    'RecordedMessage',
    'SharedStoreUnderTest',
    'StoreSuiteRunner',
    'StoreUnderTest',
    'SuiteExpect',
    'SuiteExpectation',
    'SuiteMatchers',
    'TransportSuiteRunner',
    'TransportSuiteSettings',
    'TransportUnderTest',
  ],
};
const WEBSOCKET = { values: ['NotificationGateway'], types: [] };
const TERMINUS = { values: ['NotificationHealthIndicator'], types: ['NotificationHealthResult'] };

const POSTGRES = {
  values: ['PostgresStore', 'fromDrizzle', 'fromKnex', 'fromKysely', 'fromPg', 'fromPrisma', 'fromTypeOrm'],
  types: [
    'DrizzleTag',
    'DrizzleTransaction',
    'KnexTransaction',
    'KyselyTransaction',
    'PgClient',
    'PgPool',
    'PgPoolClient',
    'PgQuery',
    'PgResult',
    'PgTransactionClient',
    'PgTypes',
    'PostgresLimits',
    'PostgresOptions',
    'PostgresStoreOptions',
    'PrismaTransactionClient',
    'TypeOrmEntityManager',
    'WakingMode',
  ],
};

const REDIS = {
  values: ['RedisStore'],
  types: ['RedisArgument', 'RedisClient', 'RedisLimits', 'RedisOptions', 'RedisPipeline', 'RedisStoreOptions'],
};

/** The names that an entry exports only as types. */
function typesOf(file: string): string[] {
  const text = readFileSync(new URL(`../src/${file}`, import.meta.url), 'utf8');
  const own = [...text.matchAll(/\btype (\w+)(?: as (\w+))?/g)].map(([, name = '', alias]) => alias ?? name);
  const lists = [...text.matchAll(/^export \* from '\.\/(.+)\.js';$/gm)].flatMap(([, list = '']) => typesOf(`${list}.ts`));
  return [...own, ...lists].toSorted();
}

describe('the public interface', () => {
  it('of nestjs-digest', () => {
    expect(Object.keys(main).toSorted()).toEqual(MAIN.values);
    expect(typesOf('index.ts')).toEqual(MAIN.types);
  });

  it('of nestjs-digest/testing', () => {
    expect(Object.keys(testing).toSorted()).toEqual(TESTING.values);
    expect(typesOf('testing.ts')).toEqual(TESTING.types);
  });

  it('of nestjs-digest/terminus', () => {
    expect(Object.keys(terminus).toSorted()).toEqual(TERMINUS.values);
    expect(typesOf('terminus.ts')).toEqual(TERMINUS.types);
  });

  it('of nestjs-digest/postgres', () => {
    expect(Object.keys(postgres).toSorted()).toEqual(POSTGRES.values);
    expect(typesOf('postgres.ts')).toEqual(POSTGRES.types);
  });

  it('of nestjs-digest/redis', () => {
    expect(Object.keys(redis).toSorted()).toEqual(REDIS.values);
    expect(typesOf('redis.ts')).toEqual(REDIS.types);
  });

  it('of nestjs-digest/websocket', () => {
    expect(Object.keys(websocket).toSorted()).toEqual(WEBSOCKET.values);
    expect(typesOf('websocket.ts')).toEqual(WEBSOCKET.types);
  });
});

describe('the packed package', () => {
  let packed: PackedPackage;
  beforeAll(() => {
    packed = new PackedPackage();
  });

  /** Sends a mail to the mailbox by what `main` and `testing` are. */
  const use = `
    const notifications = testing.createNotificationTestingModule();
    const app = await NestFactory.createApplicationContext(notifications.module, { logger: false });
    await app.get(main.QueueService).enqueue({ type: 'a', channel: 'email', to: 'ann@example.com', title: 'hello', priority: 'critical' });
    await notifications.settled();
    const names = [Object.keys(main), Object.keys(testing)].map((keys) => keys.filter((key) => /^[A-Za-z]/.test(key) && key !== 'default'));
    console.log(JSON.stringify([...names, notifications.transport('email').sent.map(({ titles }) => titles)]));
    await app.close();`;
  const expected = [MAIN.values, TESTING.values, [['hello']]];
  const sorted = (output: string): unknown => {
    const [mainNames, testingNames, sent] = JSON.parse(output) as [string[], string[], unknown];
    return [mainNames.toSorted(), testingNames.toSorted(), sent];
  };

  it('holds what runs and what explains it, and nothing else', () => {
    const folders = new Set(packed.files.map((file) => file.split('/')[0]));
    expect([...folders].toSorted()).toEqual([
      '.env.example',
      'CHANGELOG.md',
      'LICENSE',
      'README.md',
      'SECURITY.md',
      'dist',
      'docs',
      'package.json',
    ]);
    for (const entry of ['index', 'testing', 'terminus', 'postgres', 'redis', 'websocket'].flatMap((name) => [
      name,
      `cjs/${name}`,
    ])) {
      expect(packed.files).toContain(`dist/${entry}.js`);
      expect(packed.files).toContain(`dist/${entry}.d.ts`);
    }
    expect(packed.files.filter((file) => /\.spec\.|tsbuildinfo|\.db$|\.map$|\.png$/.test(file))).toEqual([]);
    // The suites that hosts run need no runner of ours.
    const suites = packed.files.filter((file) => /\.conformance\.js$/.test(file));
    expect(suites).toContain('dist/storage/store.conformance.js');
    expect(suites.filter((file) => /@jest|fast-check/.test(packed.read(file)))).toEqual([]);
    // `npx nestjs-digest start` is the stand-alone application.
    expect(packed.files).toContain('dist/stand-alone.js');
    expect(packed.files.filter((file) => file.startsWith('dist/main.'))).toEqual([]);
  });

  it('can be imported', () => {
    const program = `
      import 'reflect-metadata';
      import { NestFactory } from '@nestjs/core';
      import * as main from 'nestjs-digest';
      import * as testing from 'nestjs-digest/testing';
      ${use}`;
    expect(sorted(packed.run('host.mjs', program))).toEqual(expected);
  });

  it('can be required', () => {
    const program = `
      require('reflect-metadata');
      const { NestFactory } = require('@nestjs/core');
      const main = require('nestjs-digest');
      const testing = require('nestjs-digest/testing');
      void (async () => { ${use} })();`;
    expect(sorted(packed.run('host.cjs', program))).toEqual(expected);
  });

  it('is loaded once when a process imports and requires it', () => {
    const program = `
      import 'reflect-metadata';
      import { createRequire } from 'node:module';
      import * as main from 'nestjs-digest';
      import * as testing from 'nestjs-digest/testing';
      import * as terminus from 'nestjs-digest/terminus';
      import * as postgres from 'nestjs-digest/postgres';
      import * as redis from 'nestjs-digest/redis';
      import * as websocket from 'nestjs-digest/websocket';
      const require = createRequire(import.meta.url);
      const pairs = [[main, require('nestjs-digest')], [testing, require('nestjs-digest/testing')], [terminus, require('nestjs-digest/terminus')], [postgres, require('nestjs-digest/postgres')], [redis, require('nestjs-digest/redis')], [websocket, require('nestjs-digest/websocket')]];
      console.log(JSON.stringify(pairs.flatMap(([a, b]) => Object.keys(a).filter((name) => a[name] !== b[name]))));`;
    expect(JSON.parse(packed.run('both.mjs', program))).toEqual([]);
  });

  /** As a Jest does that cannot load ESM: only by the condition `require`. */
  const commonJs = `
    require('reflect-metadata');
    const { NestFactory } = require('@nestjs/core');
    const home = require('node:path').dirname(require.resolve('nestjs-digest/package.json'));
    const { exports: entries } = require('nestjs-digest/package.json');
    const entry = (name) => require(home + '/' + entries[name].require.default);
    const [main, testing, terminus] = [entry('.'), entry('./testing'), entry('./terminus')];`;

  it('works as CommonJS, with one copy of each class', () => {
    const program = `${commonJs}
      if (Object.keys(terminus).join() !== 'NotificationHealthIndicator') throw new Error('terminus');
      void (async () => { ${use} })();`;
    expect(sorted(packed.run('commonjs.cjs', program))).toEqual(expected);
  });

  it('as CommonJS serves the dashboard', () => {
    const program = `${commonJs}
      void (async () => {
        const { module } = testing.createNotificationTestingModule({ http: { open: true } });
        const app = await NestFactory.create(module, { logger: false });
        await app.listen(0, '127.0.0.1');
        const types = [];
        for (const file of ['', '/dashboard.js', '/dashboard.css', '/uplot.js', '/uplot.css']) {
          const answer = await fetch((await app.getUrl()) + '/notifications/dashboard' + file);
          types.push(answer.status + ' ' + answer.headers.get('content-type').split(';')[0] + ' ' + ((await answer.text()).length > 500));
        }
        console.log(JSON.stringify(types));
        await app.close();
      })();`;
    expect(JSON.parse(packed.run('dashboard.cjs', program))).toEqual([
      '200 text/html true',
      '200 text/javascript true',
      '200 text/css true',
      '200 text/javascript true',
      '200 text/css true',
    ]);
  });

  it('loads neither @nestjs/config, @nestjs/schedule nor an HTTP platform, and no channel before it is used', () => {
    const program = `
      import 'reflect-metadata';
      import { registerHooks } from 'node:module';
      const loaded = new Set();
      registerHooks({ resolve: (name, context, next) => (loaded.add(name), next(name, context)) });
      await import('nestjs-digest');
      const { createRequire } = await import('node:module');
      const require = createRequire(import.meta.url);
      const { exports: entries } = require('nestjs-digest/package.json');
      require('./node_modules/nestjs-digest/' + entries['.'].require.default);
      console.log(JSON.stringify([...loaded].filter((name) => /^(@nestjs\\/(config|schedule|swagger|platform|websockets)|ws$|@slack|undici|pg$|ioredis|bullmq|node:sqlite)/.test(name))));`;
    expect(JSON.parse(packed.run('loaded.mjs', program))).toEqual([]);
  });

  it.each(['host.mts', 'host.cts'])(
    'has its types, as %s',
    (name) => {
      const names = ({ values, types }: typeof MAIN): string => [...values, ...types].join(', ');
      const program = `
      import type { ${names(MAIN)} } from 'nestjs-digest';
      import type { ${names(TESTING)} } from 'nestjs-digest/testing';
      import type { ${names(TERMINUS)} } from 'nestjs-digest/terminus';
      import type { ${names(POSTGRES)} } from 'nestjs-digest/postgres';
      import type { ${names(REDIS)} } from 'nestjs-digest/redis';
      import type { ${names(WEBSOCKET)} } from 'nestjs-digest/websocket';
      export type All = [NotificationModule, NotificationTesting];`;
      const options = ['--module', 'nodenext', '--target', 'es2024', '--strict', '--skipLibCheck', '--ignoreConfig'];
      expect(packed.check(name, program, options)).toBe('');
    },
    60_000,
  );
});

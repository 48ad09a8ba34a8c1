import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { InvalidConfigurationError } from '../model/errors.js';
import { VARIABLE_NAMES } from './environment.js';
import { type NotificationModuleOptions } from './options.js';
import { resolveOptions } from './resolve.js';
import { settingsIn } from './setting.js';
import { SETTINGS } from './settings.js';
import { resolveStandAlone } from './stand-alone.js';

function problemsOf(variables: Record<string, string>, options: object = {}): readonly string[] {
  try {
    resolveStandAlone(variables, options);
  } catch (error) {
    if (error instanceof InvalidConfigurationError) return error.problems;
    throw error;
  }
  return [];
}

describe('resolveOptions', () => {
  it('has a default for everything', () => {
    const options = resolveOptions({}, {});
    expect(options.batch).toEqual({
      maxSize: 100,
      maxConcurrency: 10,
      timeoutMs: 5_000,
      trigger: 'both',
      dynamicSizing: true,
      maxAttempts: 5,
      retryBaseMs: 1_000,
    });
    expect(options).toMatchObject({
      onUncertain: 'retry',
      delivery: { enabled: true },
      shutdown: { graceMs: 10_000, flush: false },
      email: { from: 'notifications@localhost', poolSize: 5 },
      aggregation: { enabled: true, windowMs: 300_000, maxCount: 20, rules: [] },
      store: { path: './data/notifications.db' },
      queue: { maxPending: 1_000_000 },
      http: false,
    });
    expect(resolveStandAlone({})).toMatchObject({ host: '127.0.0.1', port: 3_000 });
  });

  it('takes the option over the variable over the default; an empty variable is none', () => {
    const variables = { BATCH_MAX_SIZE: '7', BATCH_TIMEOUT_MS: '9', BATCH_TRIGGER: '', AGGREGATION_ENABLED: 'false' };
    const { batch, aggregation } = resolveOptions({ batch: { maxSize: 3 } }, variables);
    expect([batch.maxSize, batch.timeoutMs, batch.trigger, aggregation.enabled]).toEqual([3, 9, 'both', false]);
  });

  it.each([
    ['BATCH_MAX_SIZE', '0'],
    ['BATCH_MAX_CONCURRENCY', '1.5'],
    ['BATCH_TIMEOUT_MS', '-1'],
    ['BATCH_TRIGGER', 'never'],
    ['BATCH_DYNAMIC_SIZING', 'maybe'],
    ['BATCH_MAX_ATTEMPTS', 'abc'],
    ['BATCH_RETRY_BASE_MS', '0'],
    ['ON_UNCERTAIN', 'pray'],
    ['SHUTDOWN_GRACE_MS', '1e3'],
    ['SHUTDOWN_FLUSH', 'yes'],
    ['EMAIL_POOL_SIZE', '0'],
    ['AGGREGATION_ENABLED', '2'],
    ['AGGREGATION_WINDOW_MS', '-5'],
    ['AGGREGATION_MAX_COUNT', '0'],
    ['AGGREGATION_RULES', '{}'],
    ['SMTP_URL', 'http://mail.example.com'],
    ['EMAIL_FROM', 'nobody'],
    ['HEALTH_ALERT_TO', 'somebody'],
    ['PORT', '70000'],
    ['QUEUE_MAX_PENDING', '0'],
    ['API_TOKEN', 'short'],
  ])('refuses %s=%s by name', (name, value) => {
    const problems = problemsOf({ [name]: value });
    expect(problems).toHaveLength(1);
    expect(problems[0]?.startsWith(`${name}: `)).toBe(true);
  });

  it.each<[string, object]>([
    ['batch.maxSize', { batch: { maxSize: 0 } }],
    ['onUncertain', { onUncertain: 'pray' }],
    ['aggregation.rules[0].windowMs', { aggregation: { rules: [{ windowMs: -1, maxCount: 1 }] } }],
    ['email.from', { email: { from: 'nobody' } }],
    ['email.dkim', { email: { dkim: { domainName: 'x' } } }],
    ['email.templates[0]', { email: { templates: [{}] } }],
    ['readerSettings', { readerSettings: {} }],
    ['slack.pageSize', { slack: { pageSize: 11 } }],
    ['webhook.secrets[1]', { webhook: { secrets: [`whsec_${'A'.repeat(32)}`, 'x'] } }],
    ['perChannel.sms.messagesPerSecond', { perChannel: { sms: { messagesPerSecond: 0 } } }],
    ['health.errorRate', { health: { errorRate: 2 } }],
    ['health.nearLimit', { health: { nearLimit: 0 } }],
    ['retention.finishedMs', { retention: { finishedMs: 1 } }],
    ['batch', { batch: 5 }],
  ])('refuses the option %s by its path', (path, options) => {
    const problems = problemsOf({}, options);
    expect(problems).toHaveLength(1);
    expect(problems[0]?.startsWith(`${path}: got `)).toBe(true);
  });

  it.each<[string, object, string]>([
    ['batchs', { batchs: {} }, 'did you mean batch?'],
    ['email.poolsize', { email: { poolsize: 3 } }, 'did you mean email.poolSize?'],
    ['perChannel.slack.timeout', { perChannel: { slack: { timeout: 1 } } }, 'did you mean perChannel.slack.timeoutMs?'],
    ['http.prefx', { http: { prefx: 'x' } }, 'did you mean http.prefix?'],
    ['foo', { foo: 1 }, 'known are batch, perChannel'],
  ])('refuses the unknown option %s, with the nearest name', (path, options, hint) => {
    const problems = problemsOf({}, options);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(`${path}: there is no such option; `);
    expect(problems[0]).toContain(hint);
  });

  it('names wrong variables, options and unknown options in one error', () => {
    const problems = problemsOf({ BATCH_TIMEOUT_MS: 'x', PORT: 'y' }, { batch: { maxSize: 0, size: 1 } });
    expect(problems.map((problem) => problem.split(':')[0]).sort()).toEqual([
      'BATCH_TIMEOUT_MS',
      'PORT',
      'batch.maxSize',
      'batch.size',
    ]);
  });

  it('takes an option that is undefined for one that is not set, at any depth', () => {
    const options: NotificationModuleOptions = {
      batch: { maxSize: undefined },
      email: { smtpUrl: undefined },
      slack: undefined,
      http: undefined,
    };
    expect(resolveOptions(options, { BATCH_MAX_SIZE: '4' })).toEqual({
      ...resolveOptions({}, { BATCH_MAX_SIZE: '4' }),
    });
  });

  it.each([
    ['sqlite:./data/x.db', './data/x.db'],
    ['sqlite:/var/lib/x.db', '/var/lib/x.db'],
    ['sqlite:///var/lib/x.db', '/var/lib/x.db'],
    ['sqlite::memory:', ':memory:'],
  ])('STORE_URL=%s wins over STORE_PATH, and a path of the host over both', (STORE_URL, path) => {
    const variables = { STORE_URL, STORE_PATH: './other.db' };
    expect(resolveOptions({}, variables).store.path).toBe(path);
    expect(resolveOptions({ store: { path: 'own.db' } }, variables).store.path).toBe('own.db');
    expect(resolveOptions({ store: { path: 'own.db', url: 'sqlite:url.db' } }, variables).store.path).toBe('url.db');
  });

  it('STORE_URL=postgres://… leads to PostgreSQL, with the schema that it or the host names', () => {
    const STORE_URL = 'postgres://user:hunter2@db:5433/x?sslmode=require&schema=mine';
    const url = 'postgres://user:hunter2@db:5433/x?sslmode=require';
    const postgresOf = (options: NotificationModuleOptions, more: Record<string, string> = {}): unknown =>
      resolveOptions(options, { STORE_URL, ...more }).store.postgres;
    expect(postgresOf({})).toEqual({ url, schema: 'mine', migrate: true });
    expect(postgresOf({}, { NODE_ENV: 'production' })).toEqual({ url, schema: 'mine', migrate: false });
    expect(postgresOf({ store: { migrate: true, schema: 'ours' } }, { NODE_ENV: 'production' })).toEqual({
      url,
      schema: 'ours',
      migrate: true,
    });
    expect(postgresOf({ store: { path: 'own.db' } })).toBeUndefined();
    expect(resolveOptions({ store: { url: 'postgresql:///x?host=/run/postgresql' } }, {}).store.postgres).toMatchObject({
      url: 'postgresql:///x?host=/run/postgresql',
    });
    const pool = { totalCount: 0, connect: () => Promise.resolve({}) };
    expect(postgresOf({ store: { pool } })).toEqual({ pool, migrate: true });
    expect(() => resolveOptions({ store: { pool: {} as never, schema: 'pg_own' } }, {})).toThrow(
      /a Pool of the package pg[^]*63 bytes/,
    );
  });

  it('takes a store on Redis with its prefix, and what is accepted of it', () => {
    const redisOf = (STORE_URL: string) => resolveOptions({}, { STORE_URL }).store.redis;
    expect(redisOf('redis://:secret@cache:6380/1')).toEqual({ url: 'redis://:secret@cache:6380/1' });
    expect(redisOf('rediss://cache?prefix=shop&acceptLoss=true')).toEqual({
      url: 'rediss://cache',
      prefix: 'shop',
      acceptLoss: true,
    });
    expect(resolveOptions({ store: { path: 'own.db' } }, { STORE_URL: 'redis://cache' }).store).toMatchObject({ path: 'own.db' });
    expect(resolveOptions({ store: { path: 'own.db' } }, { STORE_URL: 'redis://cache' }).store.redis).toBeUndefined();
  });

  it.each([
    ['redis://:hunter2#@cache/x', 'redis://user:password@host:6379/0'],
    ['redis:', 'special characters percent-encoded'],
    ['redis://:hunter2@cache?prefix={a}', 'prefix is without braces'],
    ['redis://:hunter2@cache?acceptLoss=maybe', 'redis://user:password@host:6379/0'],
    ['mysql://user:hunter2@db', 'postgres://user:password@host:5432/database'],
    ['postgres://user:hunter2#@db/x', 'special characters percent-encoded'],
    ['postgres:x', 'special characters percent-encoded'],
    ['sqlite:', 'sqlite:PATH'],
    ['sqlite://x.db', 'sqlite:PATH'],
  ])('STORE_URL=%s is refused with what is allowed, and not shown', (STORE_URL, allowed) => {
    const [problem = '', ...others] = problemsOf({ STORE_URL });
    expect(others).toEqual([]);
    expect(problem).toMatch(/^STORE_URL: got a value that is not shown; it must be /);
    expect(problem).toContain(allowed);
    expect(problem).not.toContain('hunter2');
  });

  it('takes a store of the host as it is, or as store.use', () => {
    const own = { traits: {}, claim: () => Promise.resolve({}) };
    expect(resolveOptions({ store: own }, {}).store.use).toBe(own);
    expect(resolveOptions({ store: { use: own } }, {}).store.use).toBe(own);
    expect(() => resolveOptions({ store: { use: {} as never } }, {})).toThrow('extends NotificationStore');
  });

  it('never reads what belongs to the host', () => {
    const variables = { REDIS_URL: 'redis://cache', DATABASE_URL: 'postgres://shop' };
    expect(problemsOf(variables)).toEqual([]);
    expect(VARIABLE_NAMES).toEqual(expect.not.arrayContaining(Object.keys(variables)));
  });

  it('names every wrong one at once, and shows no secret', () => {
    const problems = problemsOf({ BATCH_MAX_SIZE: 'x', SMTP_URL: 'mail://user:hunter2secret@host', PORT: '70000' });
    expect(problems.map((problem) => problem.split(':')[0]).sort()).toEqual(['BATCH_MAX_SIZE', 'PORT', 'SMTP_URL']);
    expect(problems.join()).not.toContain('hunter2');
  });

  it('checks every field of a rule', () => {
    const rules = [
      { type: 'alert', windowMs: -1, maxCount: 2, minCount: 3, colour: 'red', schedule: { cron: 'x', timeZone: 'UTC' } },
    ];
    const problems = problemsOf({ AGGREGATION_RULES: JSON.stringify(rules) }).join('\n');
    for (const field of ['windowMs', 'minCount', 'colour', 'schedule'])
      expect(problems).toContain(`AGGREGATION_RULES[0].${field}`);
  });

  it('.env.example names every variable, and no other', () => {
    const names = [...readFileSync('.env.example', 'utf8').matchAll(/^#([A-Z_]+)=/gm)].map(([, name]) => name);
    expect(names.sort()).toEqual([...VARIABLE_NAMES].sort());
  });

  it('docs/configuration.md has every variable and every option', () => {
    const documented = readFileSync('docs/configuration.md', 'utf8');
    const paths = settingsIn(SETTINGS).map(([path]) => path);
    expect([...VARIABLE_NAMES, ...paths].filter((name) => !documented.includes(`\`${name}\``))).toEqual([]);
  });
});

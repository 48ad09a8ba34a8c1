import { plainToInstance } from 'class-transformer';
import { validateSync } from 'class-validator';
import { InvalidConfigurationError } from '../model/errors.js';
import { addressOf, emailAddressProblem } from '../transports/email/email-address.js';
import { webhookSecretProblem } from '../transports/webhook/webhook-signature.js';
import { resolveHttp } from './http-options.js';
import { Environment, SECRET_VARIABLES, VARIABLE_NAMES, type VariableName } from './environment.js';
import { BATCH_TRIGGERS, type ChannelOptions, type NotificationModuleOptions, type ResolvedOptions } from './options.js';
import { parseRules } from './rule-parser.js';

const DAY_MS = 24 * 60 * 60 * 1000;
const DEFAULT_RETENTION = { finishedMs: 7 * DAY_MS, historyMs: 31 * DAY_MS };
const DEFAULT_HEALTH = { stuckAfterMs: 60_000, errorRate: 0.5, nearLimit: 0.9 };
const DEFAULT_SLACK_PAGE = 5;
const MAX_SLACK_PAGE = 10;
const SHOWN_CHARACTERS = 60;

type Variables = Readonly<Record<string, string | undefined>>;

/**
 * Every option with its value: what the host set, else the environment, else the default.
 *
 * @throws InvalidConfigurationError naming every wrong variable, what it got and what it allows
 */
export function resolveOptions(options: NotificationModuleOptions, variables: Variables): ResolvedOptions {
  const problems: string[] = [];
  const env = read({ ...variables, ...fromOptions(options) }, problems);
  const rules = parseRules(env.AGGREGATION_RULES, problems);
  const fromProblem = emailAddressProblem(addressOf(env.EMAIL_FROM));
  if (fromProblem !== undefined) problems.push(`EMAIL_FROM: got ${shown('EMAIL_FROM', env.EMAIL_FROM)}: ${fromProblem}`);
  const retention = { ...DEFAULT_RETENTION, ...options.retention };
  if (retention.finishedMs < DAY_MS) {
    problems.push(
      `retention.finishedMs: got ${retention.finishedMs}; it must be at least ${DAY_MS}, as idempotency keys are kept 24 h`,
    );
  }
  const secrets = secretsOf(env.WEBHOOK_SECRETS);
  secrets.forEach((secret, index) => {
    const problem = webhookSecretProblem(secret);
    if (problem !== undefined) problems.push(`WEBHOOK_SECRETS[${index}]: got a value that is not shown; it must be ${problem}`);
  });
  problems.push(...healthProblems(options.health));
  problems.push(...Object.entries(options.perChannel ?? {}).flatMap(([name, channel]) => channelProblems(name, channel)));
  const pageSize = options.slack?.pageSize ?? DEFAULT_SLACK_PAGE;
  if (!Number.isInteger(pageSize) || pageSize < 1 || pageSize > MAX_SLACK_PAGE) {
    problems.push(`slack.pageSize: got ${pageSize}; it must be a whole number, 1..${MAX_SLACK_PAGE}`);
  }
  const http = resolveHttp(options.http, env.API_TOKEN, problems);
  if (problems.length > 0) throw new InvalidConfigurationError(problems);
  return {
    batch: {
      maxSize: env.BATCH_MAX_SIZE,
      maxConcurrency: env.BATCH_MAX_CONCURRENCY,
      timeoutMs: env.BATCH_TIMEOUT_MS,
      trigger: env.BATCH_TRIGGER,
      dynamicSizing: env.BATCH_DYNAMIC_SIZING,
      maxAttempts: env.BATCH_MAX_ATTEMPTS,
      retryBaseMs: env.BATCH_RETRY_BASE_MS,
    },
    perChannel: options.perChannel ?? {},
    onUncertain: env.ON_UNCERTAIN,
    shutdown: { graceMs: env.SHUTDOWN_GRACE_MS, flush: env.SHUTDOWN_FLUSH },
    aggregation: {
      enabled: env.AGGREGATION_ENABLED,
      windowMs: env.AGGREGATION_WINDOW_MS,
      maxCount: env.AGGREGATION_MAX_COUNT,
      rules,
    },
    email: {
      ...(env.SMTP_URL === undefined ? {} : { smtpUrl: env.SMTP_URL }),
      allowPlaintext: env.SMTP_ALLOW_PLAINTEXT,
      from: env.EMAIL_FROM,
      poolSize: env.EMAIL_POOL_SIZE,
      ...(options.email?.unsubscribeUrl === undefined ? {} : { unsubscribeUrl: options.email.unsubscribeUrl }),
      ...(options.email?.dkim === undefined ? {} : { dkim: options.email.dkim }),
      sharedTypes: options.email?.sharedTypes ?? [],
      templates: options.email?.templates ?? [],
    },
    reader: (channel, address) => {
      try {
        return options.reader?.(channel, address);
      } catch {
        return undefined;
      }
    },
    slack: {
      ...(env.SLACK_BOT_TOKEN === undefined ? {} : { botToken: env.SLACK_BOT_TOKEN }),
      ...(env.SLACK_WEBHOOK_URL === undefined ? {} : { webhookUrl: env.SLACK_WEBHOOK_URL }),
      ...(env.SLACK_API_URL === undefined ? {} : { apiUrl: env.SLACK_API_URL }),
      pageSize,
    },
    webhook: { secrets, allowPrivate: env.WEBHOOK_ALLOW_PRIVATE, timeoutMs: env.WEBHOOK_TIMEOUT_MS },
    sse: { criticalTypes: options.sse?.criticalTypes ?? ['error', 'hub_state'] },
    store: {
      path: env.STORE_PATH,
      compressMinBytes: env.STORE_COMPRESS_MIN_BYTES,
      compressLevel: env.STORE_COMPRESS_LEVEL,
    },
    queue: { maxPending: env.QUEUE_MAX_PENDING },
    memory: { pressureMb: env.MEMORY_PRESSURE_MB },
    health: healthOf(options.health, env.HEALTH_ALERT_TO),
    backlog: { policy: env.BACKLOG_POLICY, maxAgeMs: env.BACKLOG_MAX_AGE_MS },
    retention,
    http,
  };
}

function healthProblems({
  stuckAfterMs = 1,
  errorRate = 1,
  nearLimit = 1,
}: NonNullable<NotificationModuleOptions['health']> = {}) {
  return [
    ...(stuckAfterMs > 0 ? [] : [`health.stuckAfterMs: got ${stuckAfterMs}; it must be more than 0`]),
    ...(errorRate >= 0 && errorRate <= 1 ? [] : [`health.errorRate: got ${errorRate}; it must be 0..1`]),
    ...(nearLimit > 0 && nearLimit <= 1 ? [] : [`health.nearLimit: got ${nearLimit}; it must be over 0, at most 1`]),
  ];
}

function channelProblems(name: string, channel: ChannelOptions): readonly string[] {
  const { trigger, timeoutMs, messagesPerSecond, addressIntervalMs, maxAddresses } = channel;
  const positive = (value: number | undefined): boolean => value === undefined || (Number.isFinite(value) && value > 0);
  return [
    ...(trigger === undefined || BATCH_TRIGGERS.includes(trigger) ? [] : [`trigger: it must be ${BATCH_TRIGGERS.join(', ')}`]),
    ...(timeoutMs === undefined || timeoutMs >= 0 ? [] : ['timeoutMs: it must be 0 or more']),
    ...(positive(messagesPerSecond) ? [] : ['messagesPerSecond: it must be more than 0']),
    ...(positive(maxAddresses) ? [] : ['maxAddresses: it must be more than 0']),
    ...(positive(addressIntervalMs) ? [] : ['addressIntervalMs: it must be more than 0']),
  ].map((problem) => `perChannel.${name}.${problem}`);
}

function healthOf(given: NotificationModuleOptions['health'], alertTo: string | undefined): ResolvedOptions['health'] {
  const { stuckAfterMs, errorRate, nearLimit } = { ...DEFAULT_HEALTH, ...given };
  const [channel = '', ...address] = alertTo?.split(':') ?? [];
  return {
    stuckAfterMs,
    errorRate,
    nearLimit,
    ...(alertTo === undefined ? {} : { alertTo: { channel, address: address.join(':') } }),
  };
}

/** A list, or a text of them with commas between. */
function secretsOf(value: unknown): readonly string[] {
  const list = typeof value === 'string' ? value.split(',') : Array.isArray(value) ? value : [];
  return list.map((secret) => String(secret).trim());
}

/** Where the stand-alone application listens. @throws InvalidConfigurationError */
export function resolveServer(variables: Variables): { readonly host: string; readonly port: number } {
  const problems: string[] = [];
  const env = read({ HOST: variables['HOST'], PORT: variables['PORT'] }, problems);
  if (problems.length > 0) throw new InvalidConfigurationError(problems);
  return { host: env.HOST, port: env.PORT };
}

function read(values: Readonly<Record<string, unknown>>, problems: string[]): Environment {
  const given = Object.fromEntries(
    Object.entries(values).filter(([name, value]) => VARIABLE_NAMES.includes(name) && value !== undefined && value !== ''),
  );
  const env = plainToInstance(Environment, given, { exposeDefaultValues: true });
  for (const { property, value, constraints } of validateSync(env)) {
    const allowed = Object.values(constraints ?? {}).map((text) => text.replace(`${property} must`, 'it must'));
    problems.push(`${property}: got ${shown(property, value)}; ${allowed.reverse().join(', ')}`);
  }
  return env;
}

function shown(name: string, value: unknown): string {
  if (SECRET_VARIABLES.has(name)) return 'a value that is not shown';
  return JSON.stringify(value).slice(0, SHOWN_CHARACTERS);
}

/** What the host set, under the names of the variables that mean the same. */
function fromOptions({
  batch,
  shutdown,
  aggregation,
  email,
  slack,
  webhook,
  store,
  queue,
  backlog,
  http,
  ...rest
}: NotificationModuleOptions): Record<string, unknown> {
  const values: Partial<Record<VariableName, unknown>> = {
    BATCH_MAX_SIZE: batch?.maxSize,
    BATCH_MAX_CONCURRENCY: batch?.maxConcurrency,
    BATCH_TIMEOUT_MS: batch?.timeoutMs,
    BATCH_TRIGGER: batch?.trigger,
    BATCH_DYNAMIC_SIZING: batch?.dynamicSizing,
    BATCH_MAX_ATTEMPTS: batch?.maxAttempts,
    BATCH_RETRY_BASE_MS: batch?.retryBaseMs,
    ON_UNCERTAIN: rest.onUncertain,
    SHUTDOWN_GRACE_MS: shutdown?.graceMs,
    SHUTDOWN_FLUSH: shutdown?.flush,
    AGGREGATION_ENABLED: aggregation?.enabled,
    AGGREGATION_WINDOW_MS: aggregation?.windowMs,
    AGGREGATION_MAX_COUNT: aggregation?.maxCount,
    AGGREGATION_RULES: aggregation?.rules,
    SMTP_URL: email?.smtpUrl,
    SMTP_ALLOW_PLAINTEXT: email?.allowPlaintext,
    EMAIL_FROM: email?.from,
    EMAIL_POOL_SIZE: email?.poolSize,
    SLACK_BOT_TOKEN: slack?.botToken,
    SLACK_WEBHOOK_URL: slack?.webhookUrl,
    SLACK_API_URL: slack?.apiUrl,
    WEBHOOK_SECRETS: webhook?.secrets,
    WEBHOOK_ALLOW_PRIVATE: webhook?.allowPrivate,
    WEBHOOK_TIMEOUT_MS: webhook?.timeoutMs,
    STORE_PATH: store?.path,
    STORE_COMPRESS_MIN_BYTES: store?.compressMinBytes,
    STORE_COMPRESS_LEVEL: store?.compressLevel,
    REDIS_URL: rest.redisUrl,
    QUEUE_MAX_PENDING: queue?.maxPending,
    MEMORY_PRESSURE_MB: rest.memory?.pressureMb,
    HEALTH_ALERT_TO: rest.health?.alertTo,
    BACKLOG_POLICY: backlog?.policy,
    BACKLOG_MAX_AGE_MS: backlog?.maxAgeMs,
    API_TOKEN: typeof http === 'object' ? http.apiToken : undefined,
  };
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}

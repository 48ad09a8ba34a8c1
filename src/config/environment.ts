import { Transform } from 'class-transformer';
import { IsBoolean, IsIn, IsInt, IsNotEmpty, IsOptional, IsString, Matches, Max, Min } from 'class-validator';
import { BACKLOG_POLICIES, type BacklogPolicy } from '../model/backlog.js';
import { BATCH_TRIGGERS, type BatchTrigger, UNCERTAIN_POLICIES, type UncertainPolicy } from './options.js';

/** A week; longer waits in front of a batch are a mistake. */
const MAX_WAIT_MS = 7 * 24 * 60 * 60 * 1000;
/** A year; a window longer than this is a mistake. */
export const MAX_WINDOW_MS = 366 * 24 * 60 * 60 * 1000;
export const MAX_WINDOW_COUNT = 100_000;

/** Whole numbers as text, and nothing that merely looks like one. */
function Whole(): PropertyDecorator {
  return Transform(({ value }: { value: unknown }) =>
    typeof value === 'string' && /^-?\d{1,15}$/.test(value.trim()) ? Number(value) : value,
  );
}

function Flag(): PropertyDecorator {
  const words: Readonly<Record<string, boolean>> = { true: true, '1': true, false: false, '0': false };
  return Transform(({ value }: { value: unknown }) =>
    typeof value === 'string' ? (words[value.trim().toLowerCase()] ?? value) : value,
  );
}

function IntegerBetween(least: number, most: number): PropertyDecorator {
  return (target, key) => {
    Whole()(target, key);
    IsInt()(target, key);
    Min(least)(target, key);
    Max(most)(target, key);
  };
}

function Optional(pattern: RegExp, message: string): PropertyDecorator {
  return (target, key) => {
    IsOptional()(target, key);
    IsString()(target, key);
    Matches(pattern, { message })(target, key);
  };
}

/** The environment variables and their defaults: the only place that names them. `docs/configuration.md` says what each means. */
export class Environment {
  @IntegerBetween(1, 10_000) BATCH_MAX_SIZE = 100;
  @IntegerBetween(1, 1_000) BATCH_MAX_CONCURRENCY = 10;
  @IntegerBetween(0, MAX_WAIT_MS) BATCH_TIMEOUT_MS = 5_000;
  @IsIn(BATCH_TRIGGERS) BATCH_TRIGGER: BatchTrigger = 'both';
  @Flag() @IsBoolean() BATCH_DYNAMIC_SIZING = true;
  @IntegerBetween(1, 1_000) BATCH_MAX_ATTEMPTS = 5;
  @IntegerBetween(1, MAX_WAIT_MS) BATCH_RETRY_BASE_MS = 1_000;
  @IsIn(UNCERTAIN_POLICIES) ON_UNCERTAIN: UncertainPolicy = 'retry';
  @IntegerBetween(0, MAX_WAIT_MS) SHUTDOWN_GRACE_MS = 10_000;
  @Flag() @IsBoolean() SHUTDOWN_FLUSH = false;
  @IntegerBetween(1, 1_000) EMAIL_POOL_SIZE = 5;
  @Flag() @IsBoolean() AGGREGATION_ENABLED = true;
  @IntegerBetween(0, MAX_WINDOW_MS) AGGREGATION_WINDOW_MS = 300_000;
  @IntegerBetween(1, MAX_WINDOW_COUNT) AGGREGATION_MAX_COUNT = 20;
  /** JSON; `aggregation-rule.schema.ts` checks what is in it. */
  @IsOptional() AGGREGATION_RULES?: unknown;
  @Flag() @IsBoolean() SMTP_ALLOW_PLAINTEXT = false;
  @Optional(/^smtps?:\/\/[^\s]+$/, 'an address like smtp://user:pass@host:587 or smtps://host') SMTP_URL?: string;
  @IsString() @IsNotEmpty() EMAIL_FROM = 'notifications@localhost';
  @Optional(/^\S+$/, 'a token without spaces') SLACK_BOT_TOKEN?: string;
  @Optional(/^https?:\/\/\S+$/, 'an http(s) address') SLACK_WEBHOOK_URL?: string;
  @Optional(/^https?:\/\/\S+$/, 'an http(s) address') SLACK_API_URL?: string;
  @IsOptional() WEBHOOK_SECRETS?: unknown;
  @Flag() @IsBoolean() WEBHOOK_ALLOW_PRIVATE = false;
  @IntegerBetween(100, 60_000) WEBHOOK_TIMEOUT_MS = 15_000;
  @IsString() @IsNotEmpty() STORE_PATH = './data/notifications.db';
  @IntegerBetween(0, 1_000_000) STORE_COMPRESS_MIN_BYTES = 0;
  @IntegerBetween(1, 9) STORE_COMPRESS_LEVEL = 1;
  @Optional(/^$/, 'nothing: this release has the embedded store only, unset it') REDIS_URL?: string;
  @IsIn(BACKLOG_POLICIES) BACKLOG_POLICY: BacklogPolicy = 'send';
  @IntegerBetween(1_000, MAX_WINDOW_MS) BACKLOG_MAX_AGE_MS = 86_400_000;
  @IntegerBetween(1, 100_000_000) QUEUE_MAX_PENDING = 1_000_000;
  @IntegerBetween(0, 10_000_000) MEMORY_PRESSURE_MB = 0;
  @Optional(/^[a-z][a-z0-9_-]*:\S+$/, 'a channel and an address, like email:ops@example.com') HEALTH_ALERT_TO?: string;
  @IsString() @IsNotEmpty() HOST = '127.0.0.1';
  @IntegerBetween(0, 65_535) PORT = 3_000;
  @Optional(/^\S{8,}$/, 'at least 8 characters without spaces') API_TOKEN?: string;
}

export type VariableName = keyof Environment;

/** Never shown, not even when they are wrong. */
export const SECRET_VARIABLES: ReadonlySet<string> = new Set<VariableName>([
  'SMTP_URL',
  'SLACK_BOT_TOKEN',
  'SLACK_WEBHOOK_URL',
  'WEBHOOK_SECRETS',
  'REDIS_URL',
  'API_TOKEN',
]);

const OPTIONAL_NAMES: readonly VariableName[] = [
  'AGGREGATION_RULES',
  'HEALTH_ALERT_TO',
  'SMTP_URL',
  'SLACK_BOT_TOKEN',
  'SLACK_WEBHOOK_URL',
  'SLACK_API_URL',
  'WEBHOOK_SECRETS',
  'REDIS_URL',
  'API_TOKEN',
];

/** Every variable; those with a default are found on an instance. */
export const VARIABLE_NAMES: readonly string[] = [...new Set([...Object.keys(new Environment()), ...OPTIONAL_NAMES])];

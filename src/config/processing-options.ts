import { MAX_WAIT_MS } from './limits.js';
import { option, type SettingsOf, variable } from './setting.js';
import { flag, oneOf, positiveNumber, wholeNumber } from './value-reader.js';

/** When a part-filled batch goes: see `BATCH_TRIGGER`. */
const BATCH_TRIGGERS = ['size', 'timeout', 'both', 'all'] as const;
/** When a part-filled batch is sent: when it is full, after its time, after either, or after both. */
export type BatchTrigger = (typeof BATCH_TRIGGERS)[number];

/** What becomes of a message whose content was sent and whose answer never came: see `ON_UNCERTAIN`. */
export const UNCERTAIN_POLICIES = ['retry', 'dead'] as const;
/** What becomes of a message that may have been taken: `retry` may repeat it, `dead` may lose it. */
export type UncertainPolicy = (typeof UNCERTAIN_POLICIES)[number];

/** Batches and retries. */
export interface BatchOptions {
  /** `BATCH_MAX_SIZE`: most messages in a batch, 1..10 000; 1 turns batching off. Defaults to 100. */
  readonly maxSize?: number | undefined;
  /** `BATCH_MAX_CONCURRENCY`: batches in flight at once over all channels, 1..1000. Defaults to 10. */
  readonly maxConcurrency?: number | undefined;
  /** `BATCH_TIMEOUT_MS`: longest that a part-filled batch waits for more, ms. Defaults to 5000. */
  readonly timeoutMs?: number | undefined;
  /** `BATCH_TRIGGER`: `size`, `timeout`, `both` (either is enough) or `all` (both must hold). Defaults to `both`. */
  readonly trigger?: BatchTrigger | undefined;
  /** `BATCH_DYNAMIC_SIZING`: lets the batch size follow load, between 1 and `maxSize`. Defaults to true. */
  readonly dynamicSizing?: boolean | undefined;
  /** `BATCH_MAX_ATTEMPTS`: attempts of a delivery before it is dead, 1..1000. Defaults to 5. */
  readonly maxAttempts?: number | undefined;
  /** `BATCH_RETRY_BASE_MS`: first back-off, ms; doubles with full jitter, at most 15 minutes. Defaults to 1000. */
  readonly retryBaseMs?: number | undefined;
}

/** What holds for one channel and not for the others. Nothing of it has a variable. */
export interface ChannelOptions {
  /** As `BATCH_TRIGGER`. */
  readonly trigger?: BatchTrigger | undefined;
  /** As `BATCH_TIMEOUT_MS`. */
  readonly timeoutMs?: number | undefined;
  /** Most messages a second, over all its addresses; what is beyond waits. */
  readonly messagesPerSecond?: number | undefined;
  /** Least time between two messages to one address, ms; what comes earlier waits. */
  readonly addressIntervalMs?: number | undefined;
  /**
   * Most addresses with open windows at a time; past it the windows of the least recently active ones are flushed. Defaults to
   * `SLACK_MAX_CHANNELS` on `slack`, and to no limit elsewhere.
   */
  readonly maxAddresses?: number | undefined;
}

/** What a stop waits for and sends. */
export interface ShutdownOptions {
  /** `SHUTDOWN_GRACE_MS`: on stop, time for what is in flight and due, ms. Defaults to 10 000. */
  readonly graceMs?: number | undefined;
  /** `SHUTDOWN_FLUSH`: on stop, close and send open windows too. Defaults to false. */
  readonly flush?: boolean | undefined;
}

/** Whether this instance sends. */
export interface DeliveryOptions {
  /** `DELIVERY_ENABLED`: false: this instance accepts and steers, and sends nothing. Defaults to true. */
  readonly enabled?: boolean | undefined;
}

export const BATCH_SETTINGS = {
  maxSize: variable('BATCH_MAX_SIZE', wholeNumber(1, 10_000), 100),
  maxConcurrency: variable('BATCH_MAX_CONCURRENCY', wholeNumber(1, 1_000), 10),
  timeoutMs: variable('BATCH_TIMEOUT_MS', wholeNumber(0, MAX_WAIT_MS), 5_000),
  trigger: variable('BATCH_TRIGGER', oneOf(BATCH_TRIGGERS), 'both'),
  dynamicSizing: variable('BATCH_DYNAMIC_SIZING', flag(), true),
  maxAttempts: variable('BATCH_MAX_ATTEMPTS', wholeNumber(1, 1_000), 5),
  retryBaseMs: variable('BATCH_RETRY_BASE_MS', wholeNumber(1, MAX_WAIT_MS), 1_000),
} satisfies SettingsOf<BatchOptions>;

export const CHANNEL_SETTINGS = {
  trigger: option<BatchTrigger | undefined>(oneOf(BATCH_TRIGGERS), undefined),
  timeoutMs: option<number | undefined>(wholeNumber(0, MAX_WAIT_MS), undefined),
  messagesPerSecond: option<number | undefined>(positiveNumber(), undefined),
  addressIntervalMs: option<number | undefined>(positiveNumber(), undefined),
  maxAddresses: option<number | undefined>(positiveNumber(), undefined),
} satisfies SettingsOf<ChannelOptions>;

export const DELIVERY_SETTINGS = {
  enabled: variable('DELIVERY_ENABLED', flag(), true),
} satisfies SettingsOf<DeliveryOptions>;

export const SHUTDOWN_SETTINGS = {
  graceMs: variable('SHUTDOWN_GRACE_MS', wholeNumber(0, MAX_WAIT_MS), 10_000),
  flush: variable('SHUTDOWN_FLUSH', flag(), false),
} satisfies SettingsOf<ShutdownOptions>;

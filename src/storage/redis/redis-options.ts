import { type Clock, SystemClock } from '../../model/clock.js';
import { type Randomness, SystemRandomness } from '../../model/randomness.js';
import { type RedisClient } from './redis-client.js';

export const DEFAULT_PREFIX = 'nestjs-digest';

/** Where a store on Redis is, and how long it waits. */
export interface RedisOptions {
  /** `redis://user:password@host:6379/0`, or `rediss:` with TLS. One of `url` and `connection` is needed. */
  readonly url?: string | undefined;
  /** A connection of ioredis that the host has, instead of `url`. The store uses it and never ends it. */
  readonly connection?: RedisClient | undefined;
  /** Begins the keys, as their hash tag: all of them are in one slot of a cluster. Defaults to `nestjs-digest`. */
  readonly prefix?: string | undefined;
  /** Opens it although a restart of the server loses what it holds: without an append-only file, or with eviction. Health says so all the time. */
  readonly acceptLoss?: boolean | undefined;
  /** For tests. */
  readonly limits?: Partial<RedisLimits> | undefined;
}

/** How long the store waits, ms. */
export interface RedisLimits {
  /** For the answer to what is sent at once. */
  readonly answerMs: number;
  /** From here on, what fails is not repeated any more. */
  readonly repeatMs: number;
}

export const REDIS_LIMITS: RedisLimits = { answerMs: 5_000, repeatMs: 8_000 };

/** Where the store takes time and chance from: waits for the network follow the machine's clock, also where a test moves the clock of the module. */
export interface Surroundings {
  readonly clock: Clock;
  readonly randomness: Randomness;
}

export const SURROUNDINGS: Surroundings = { clock: new SystemClock(), randomness: new SystemRandomness() };

/** Where a store is, without the password: for messages. */
export function redisPlaceOf({ url, prefix = DEFAULT_PREFIX }: Pick<RedisOptions, 'url' | 'prefix'>): string {
  const parsed = url === undefined ? null : URL.parse(url);
  const server = parsed === null ? 'the connection of the application' : `${parsed.host}${parsed.pathname}`;
  return `${server}, prefix ${JSON.stringify(prefix)}`;
}

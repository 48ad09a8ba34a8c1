import { InvalidConfigurationError } from '../../model/errors.js';
import { type RedisClient } from './redis-client.js';

/** How long the client waits before it connects again, ms: the longest, and how much longer each time. */
const LONGEST_PAUSE_MS = 1_000;
const PAUSE_STEP_MS = 50;

/**
 * A connection by an address; ioredis is loaded for it, and nobody else needs to have it installed. What is sent while it is not connected fails at once.
 *
 * @throws InvalidConfigurationError when ioredis is not installed
 */
export async function newClient(url: string, connectMs: number): Promise<RedisClient> {
  const { Redis } = await library();
  return new Redis(url, {
    lazyConnect: true,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
    connectTimeout: connectMs,
    retryStrategy: (times: number) => Math.min(LONGEST_PAUSE_MS, times * PAUSE_STEP_MS),
    // After a fail-over the address may lead to the new primary.
    reconnectOnError: (error: Error) => error.message.startsWith('READONLY'),
  });
}

async function library() {
  try {
    return await import('ioredis');
  } catch (error) {
    if (!isMissing(error)) throw error;
    throw new InvalidConfigurationError([
      'STORE_URL (store.url): Redis needs the package ioredis, which is not installed; run: npm i ioredis',
    ]);
  }
}

/** As both module systems say it. */
function isMissing(error: unknown): boolean {
  const { code } = error as { readonly code?: unknown };
  return code === 'ERR_MODULE_NOT_FOUND' || code === 'MODULE_NOT_FOUND';
}

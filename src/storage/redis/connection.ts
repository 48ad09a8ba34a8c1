import { StoreFailedError } from '../../model/errors.js';
import { plainAnswer } from './redis-answer.js';
import { type RedisArgument, type RedisClient, type RedisCommand } from './redis-client.js';
import { redisFailure } from './redis-failure.js';
import { newClient } from './redis-library.js';
import {
  DEFAULT_PREFIX,
  REDIS_LIMITS,
  type RedisLimits,
  type RedisOptions,
  SURROUNDINGS,
  type Surroundings,
} from './redis-options.js';
import { type Script } from './scripts.js';

/** The first pause before something is repeated is at most this long, ms; it doubles. */
const FIRST_PAUSE_MS = 5;
const LONGEST_PAUSE_MS = 250;

/** Commands on Redis, each with a bounded wait: what fails because the server is away is repeated for a while. */
export class RedisConnection {
  /** Begins every key. */
  readonly prefix: string;
  readonly limits: RedisLimits;
  private client: RedisClient | undefined;

  constructor(
    private readonly options: RedisOptions,
    readonly surroundings: Surroundings = SURROUNDINGS,
  ) {
    this.prefix = `{${options.prefix ?? DEFAULT_PREFIX}}:`;
    this.limits = { ...REDIS_LIMITS, ...options.limits };
  }

  /** Idempotent. @throws InvalidConfigurationError when `ioredis` is not installed */
  async open(): Promise<void> {
    if (this.client !== undefined) return;
    const { connection, url } = this.options;
    const client = connection ?? (await newClient(url ?? '', this.limits.answerMs));
    this.client = client;
    if (connection !== undefined) return;
    // What is wrong with it is what commands say.
    client.on('error', () => undefined);
    await client.connect().catch(() => undefined);
  }

  /** Ends the connection, unless it is the host's. Idempotent. */
  close(): void {
    if (this.options.connection === undefined) this.client?.disconnect();
    this.client = undefined;
  }

  /** One more connection to the same server, for what occupies one; it belongs to the caller. */
  another(): RedisClient {
    const client = this.opened('listen').duplicate();
    client.on('error', () => undefined);
    return client;
  }

  key(name: string): string {
    return this.prefix + name;
  }

  /**
   * Sends commands together; resolves with their answers. They may be sent several times. Keys are the first word, without the prefix.
   *
   * @param what completes "the store could not …"
   * @throws StoreFailedError
   */
  async run(what: string, commands: readonly RedisCommand[]): Promise<readonly unknown[]> {
    if (commands.length === 0) return [];
    return this.repeated(what, false, () => {
      const pipeline = this.opened(what).pipeline();
      for (const [name, key, ...args] of commands) {
        if (key === undefined) pipeline.call(name);
        else pipeline.call(name, typeof key === 'string' ? this.key(key) : key, ...args);
      }
      return pipeline.exec().then((answers) => (answers ?? []).map(resultOf));
    });
  }

  async one(what: string, ...command: RedisCommand): Promise<unknown> {
    const [answer] = await this.run(what, [command]);
    return answer;
  }

  /** A command without a key. @throws StoreFailedError */
  async ask(what: string, name: string, ...args: RedisArgument[]): Promise<unknown> {
    return this.repeated(what, false, () => this.opened(what).call(name, ...args));
  }

  /** The same with an answer of bytes, of one key. @throws StoreFailedError */
  async bytes(what: string, name: string, key: string, ...args: RedisArgument[]): Promise<unknown> {
    return this.repeated(what, false, () => this.opened(what).callBuffer(name, this.key(key), ...args));
  }

  /**
   * Runs a script, which may be sent several times.
   *
   * @param key      its own, without the prefix
   * @param uncertain whether a failure may leave it done
   * @throws StoreFailedError
   */
  async eval(
    what: string,
    { text, sha }: Script,
    key: string,
    args: readonly RedisArgument[],
    uncertain = false,
  ): Promise<unknown> {
    return this.repeated(what, uncertain, async () => {
      const client = this.opened(what);
      try {
        return await client.call('EVALSHA', sha, 1, this.key(key), ...args);
      } catch (error) {
        if (redisFailure(error) !== 'no-script') throw error;
        return client.call('EVAL', text, 1, this.key(key), ...args);
      }
    });
  }

  /** Tells what listens; nothing is known of whether it heard. */
  publish(channel: string, payload: string): void {
    void this.client?.call('PUBLISH', this.key(channel), payload).catch(() => undefined);
  }

  /** Full jitter: those that met once do not meet again. @param attempt from 1 */
  pause(attempt: number): Promise<void> {
    const { clock, randomness } = this.surroundings;
    const longestMs = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(attempt - 1, 10));
    return new Promise((resolve) => {
      clock.setTimer(Math.ceil(randomness.next() * longestMs), resolve);
    });
  }

  private async repeated<T>(what: string, uncertain: boolean, once: () => Promise<T>): Promise<T> {
    const { clock } = this.surroundings;
    const startedAt = clock.now();
    let sent = false;
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.answered(once);
      } catch (error) {
        if (error instanceof StoreFailedError) throw error;
        const isRefused = redisFailure(error) === 'refused';
        sent ||= !isRefused && !isUnsent(error);
        if (isRefused || clock.now() - startedAt >= this.limits.repeatMs) {
          throw new StoreFailedError(what, { cause: error, ...(uncertain && sent ? { uncertain: true } : {}) });
        }
        await this.pause(attempt);
      }
    }
  }

  /** A connection that is silent for so long is given up: its client would wait for ever. */
  private async answered<T>(once: () => Promise<T>): Promise<T> {
    const { promise, reject } = Promise.withResolvers<never>();
    const timer = this.surroundings.clock.setTimer(this.limits.answerMs, () => {
      if (this.options.connection === undefined) this.client?.disconnect(true);
      reject(new Error(`Redis did not answer within ${this.limits.answerMs} ms`));
    });
    try {
      return await Promise.race([once(), promise]);
    } finally {
      timer.cancel();
    }
  }

  private opened(what: string): RedisClient {
    if (this.client === undefined) throw new StoreFailedError(`${what}, because it is closed`);
    return this.client;
  }
}

function resultOf([error, result]: readonly [Error | null, unknown]): unknown {
  if (error !== null) throw error;
  return plainAnswer(result);
}

/** Nothing was sent, because there is no connection. */
function isUnsent(error: unknown): boolean {
  return error instanceof Error && /isn't writeable|Connection is closed/.test(error.message);
}

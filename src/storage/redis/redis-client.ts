/** What a command is given. */
export type RedisArgument = string | number | Buffer;
/** A command and what it is given. */
export type RedisCommand = readonly [name: string, ...args: RedisArgument[]];

/** A connection of ioredis (`Redis`), as far as the store uses it. */
export interface RedisClient {
  /** `wait` before it connects. */
  readonly status: string;
  /** Sends a command. */
  call(command: string, ...args: RedisArgument[]): Promise<unknown>;
  /** The same, answered with bytes. */
  callBuffer(command: string, ...args: RedisArgument[]): Promise<unknown>;
  /** Commands that are sent together. */
  pipeline(): RedisPipeline;
  /** One more connection to the same server. */
  duplicate(): RedisClient;
  /** Listens to an event, e.g. `message`. */
  on(event: string, listener: (...args: never[]) => void): unknown;
  /** Resolves once it is connected. */
  connect(): Promise<unknown>;
  /** Hears what is published. */
  subscribe(...channels: string[]): Promise<unknown>;
  /** Ends the connection, or has it begin again. */
  disconnect(reconnect?: boolean): void;
}

/** Commands that are sent together. */
export interface RedisPipeline {
  /** Adds a command. */
  call(command: string, ...args: RedisArgument[]): unknown;
  /** Sends them; resolves with an error or an answer for each. */
  exec(): Promise<readonly (readonly [error: Error | null, result: unknown])[] | null>;
}

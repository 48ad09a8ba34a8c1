/** What a command is given. */
export type RedisArgument = string | number | Buffer;
/** A command and what it is given. */
export type RedisCommand = readonly [name: string, ...args: RedisArgument[]];

/** A connection of ioredis (`Redis`), as far as the store uses it. */
export interface RedisClient {
  readonly status: string;
  call(command: string, ...args: RedisArgument[]): Promise<unknown>;
  callBuffer(command: string, ...args: RedisArgument[]): Promise<unknown>;
  pipeline(): RedisPipeline;
  duplicate(): RedisClient;
  on(event: string, listener: (...args: never[]) => void): unknown;
  connect(): Promise<unknown>;
  subscribe(...channels: string[]): Promise<unknown>;
  disconnect(reconnect?: boolean): void;
}

export interface RedisPipeline {
  call(command: string, ...args: RedisArgument[]): unknown;
  exec(): Promise<readonly (readonly [error: Error | null, result: unknown])[] | null>;
}

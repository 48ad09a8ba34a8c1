import { type RowReader } from './read-rows.js';
import { type RedisCommand } from './redis-client.js';
import { type Work } from './work.js';

/** Reads and changes of a store that is open. */
export interface Changes {
  /** @throws StoreFailedError */
  read(what: string, commands: readonly RedisCommand[]): Promise<readonly unknown[]>;
  /** One transaction; `work` may be called several times. @throws StoreFailedError */
  change<T>(what: string, work: (work: Work, reader: RowReader) => Promise<T>): Promise<T>;
}

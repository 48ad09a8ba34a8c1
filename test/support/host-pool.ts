import pg from 'pg';
import { endAfterTest } from './resources.js';

/**
 * A pool as a host of the module has it. It has an error listener, as pg asks of every pool: `end` resolves before its
 * sockets are closed, and a server that stops in between still sends an error on them.
 */
export function hostPool(config: pg.PoolConfig): pg.Pool {
  const pool = new pg.Pool(config);
  pool.on('error', () => undefined);
  endAfterTest('the pool of the host', () => (pool.ending ? Promise.resolve() : pool.end()));
  return pool;
}

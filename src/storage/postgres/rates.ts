import { RateLimit } from '../../model/rate-limit.js';
import { type Grant, type Rate } from '../shared-state.js';
import { type PostgresConnection } from './connection.js';
import { type Queries } from './transaction.js';

/** Every so many grants, buckets that are full are forgotten: a new one would know as much. */
const SWEEP_EVERY = 1_000;
/** A caller's time may be so much behind another's, ms. */
const SKEW_MS = 60_000;
const SWEEP_ROWS = 1_000;

/** Rates over all instances: a row for each bucket, and the rules of {@link RateLimit}. A crash of the server may forget the last grants. */
export class PostgresRates {
  private grants = 0;

  constructor(private readonly connection: PostgresConnection) {}

  async reserve(key: string, wanted: number, rate: Rate, now: number): Promise<Grant> {
    const grant = await this.change('take of a rate', async (queries) => {
      const bucket = await bucketOf(queries, key, rate);
      const granted = Math.min(wanted, bucket.available(now));
      if (granted > 0) {
        bucket.take(granted, now);
        save(queries, key, bucket.state);
      }
      return { granted, waitMs: granted < wanted ? Math.max(1, bucket.nextAt(now) - now) : 0 };
    });
    this.grants += 1;
    if (this.grants % SWEEP_EVERY === 0) await this.sweep(now);
    return grant;
  }

  async holdUntil(key: string, until: number, rate: Rate): Promise<void> {
    await this.change('hold a rate', async (queries) => {
      const bucket = await bucketOf(queries, key, rate);
      bucket.holdUntil(until);
      save(queries, key, bucket.state);
    });
  }

  async giveBack(key: string, count: number): Promise<void> {
    await this.change('give back what a rate granted', (queries) =>
      queries.run('UPDATE rate SET full_at = full_at - $2::double precision * 1000 / per_second WHERE key = $1', [key, count]),
    );
  }

  private async sweep(now: number): Promise<void> {
    await this.change('forget rates that nobody uses', (queries) =>
      queries.run(
        'DELETE FROM rate WHERE key IN (SELECT key FROM rate WHERE full_at <= $1 ORDER BY key LIMIT $2 FOR UPDATE SKIP LOCKED)',
        [now - SKEW_MS, SWEEP_ROWS],
      ),
    );
  }

  private change<T>(what: string, work: (queries: Queries) => Promise<T>): Promise<T> {
    return this.connection.transaction(what, work, { durable: false });
  }
}

/** Its row is locked from here on. */
async function bucketOf(queries: Queries, key: string, { perSecond, burstMs }: Rate): Promise<RateLimit> {
  for (;;) {
    const [row] = await queries.query<{ readonly at: number }>('SELECT full_at AS at FROM rate WHERE key = $1 FOR UPDATE', [key]);
    if (row !== undefined) return new RateLimit(perSecond, burstMs, row.at);
    await queries.run('INSERT INTO rate (key, per_second, full_at) VALUES ($1, $2, 0) ON CONFLICT (key) DO NOTHING', [
      key,
      perSecond,
    ]);
  }
}

function save(queries: Queries, key: string, fullAt: number): void {
  queries.send('UPDATE rate SET full_at = $2 WHERE key = $1', [key, fullAt]);
}

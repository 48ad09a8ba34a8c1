import { type Grant, type Rate, type Setting, SharedState } from '../shared-state.js';
import { type PostgresConnection } from './connection.js';
import { PostgresRates } from './rates.js';
import { type PostgresSignals } from './signals.js';
import { settingTopic } from './setting-topic.js';

/** What instances know together, in tables. */
export class PostgresState extends SharedState {
  private readonly rates: PostgresRates;

  constructor(
    private readonly connection: PostgresConnection,
    private readonly signals: PostgresSignals,
  ) {
    super();
    this.rates = new PostgresRates(connection);
  }

  async setting(name: string): Promise<Setting> {
    const [row] = await this.connection.read('read a setting', (queries) =>
      queries.query<{ readonly version: number; readonly value: string | null }>(
        'SELECT version, value FROM setting WHERE name = $1',
        [name],
      ),
    );
    return { version: row?.version ?? 0, value: row?.value ?? undefined };
  }

  async compareAndSet(name: string, version: number, value: string | undefined): Promise<boolean> {
    const signal = [settingTopic(name), ''] as const;
    const changed = await this.connection.transaction('save a setting', async (queries) => {
      const rows = await queries.run(version === 0 ? INSERT_SETTING : UPDATE_SETTING, [name, version, value ?? null]);
      if (rows > 0) this.signals.send(queries, [signal]);
      return rows > 0;
    });
    if (changed) this.signals.sent([signal]);
    return changed;
  }

  watch(name: string, listener: () => void): () => void {
    return this.signals.subscribe(settingTopic(name), listener);
  }

  publish(topic: string, payload: string): void {
    this.signals.publish(topic, payload);
  }

  subscribe(topic: string, listener: (payload: string) => void): () => void {
    return this.signals.subscribe(topic, listener);
  }

  reserve(key: string, wanted: number, rate: Rate, now: number): Promise<Grant> {
    return this.rates.reserve(key, wanted, rate, now);
  }

  holdUntil(key: string, until: number, rate: Rate): Promise<void> {
    return this.rates.holdUntil(key, until, rate);
  }

  giveBack(key: string, count: number): Promise<void> {
    return this.rates.giveBack(key, count);
  }

  async lead(name: string, holder: string, ttlMs: number, now: number): Promise<boolean> {
    const rows = await this.connection.transaction('lead a job', (queries) =>
      queries.run(
        `INSERT INTO lead AS l (name, holder, until) VALUES ($1, $2, $3::bigint)
         ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, until = excluded.until WHERE l.holder = excluded.holder OR l.until <= $4::bigint`,
        [name, holder, now + ttlMs, now],
      ),
    );
    return rows > 0;
  }

  async resign(holder: string): Promise<void> {
    await this.connection.transaction('resign from jobs', (queries) =>
      queries.run('DELETE FROM lead WHERE holder = $1', [holder]),
    );
  }
}

const INSERT_SETTING = 'INSERT INTO setting (name, version, value) VALUES ($1, $2::bigint + 1, $3) ON CONFLICT (name) DO NOTHING';
const UPDATE_SETTING = 'UPDATE setting SET version = version + 1, value = $3 WHERE name = $1 AND version = $2';

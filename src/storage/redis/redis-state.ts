import { RateLimit } from '../../model/rate-limit.js';
import { type Grant, type Rate, type Setting, SharedState } from '../shared-state.js';
import { type Changes } from './changes.js';
import { type RedisSignals } from './signals.js';
import { type Work } from './work.js';

/** Every so many grants, buckets that are full are forgotten: a new one would know as much. */
const SWEEP_EVERY = 1_000;
/** A caller's time may be so much behind another's, ms. */
const SKEW_MS = 60_000;

/** What instances know together. */
export class RedisState extends SharedState {
  private grants = 0;

  constructor(
    private readonly changes: Changes,
    private readonly signals: RedisSignals,
  ) {
    super();
  }

  async setting(name: string): Promise<Setting> {
    const [stored] = await this.changes.read('read a setting', [['HGET', 'set', name]]);
    return settingIn(stored === null ? undefined : afterVersion(stored as string));
  }

  async compareAndSet(name: string, version: number, value: string | undefined): Promise<boolean> {
    const changed = await this.changes.change('save a setting', async ({ tx }) => {
      const before = settingIn(await tx.get('set', name));
      if (before.version !== version) return false;
      tx.put('set', name, `${version + 1} ${value === undefined ? '' : `=${value}`}`);
      return true;
    });
    if (changed) this.publish(settingTopic(name), '');
    return changed;
  }

  watch(name: string, listener: () => void): () => void {
    return this.subscribe(settingTopic(name), listener);
  }

  publish(topic: string, payload: string): void {
    this.signals.publish(topic, payload);
  }

  subscribe(topic: string, listener: (payload: string) => void): () => void {
    return this.signals.subscribe(topic, listener);
  }

  async reserve(key: string, wanted: number, rate: Rate, now: number): Promise<Grant> {
    this.grants++;
    if (this.grants % SWEEP_EVERY === 0) await this.sweep(now);
    return this.changes.change('take of a rate', async (work) => {
      const bucket = await bucketOf(work, key, rate);
      const granted = Math.min(wanted, bucket.available(now));
      if (granted > 0) bucket.take(granted, now);
      if (granted > 0) save(work, key, rate.perSecond, bucket.state);
      return { granted, waitMs: granted < wanted ? Math.max(1, bucket.nextAt(now) - now) : 0 };
    });
  }

  async holdUntil(key: string, until: number, rate: Rate): Promise<void> {
    await this.changes.change('hold a rate', async (work) => {
      const bucket = await bucketOf(work, key, rate);
      bucket.holdUntil(until);
      save(work, key, rate.perSecond, bucket.state);
    });
  }

  async giveBack(key: string, count: number): Promise<void> {
    await this.changes.change('give back what a rate granted', async (work) => {
      const stored = await work.tx.get('rate', key);
      if (stored === undefined) return;
      const [perSecond = 1, fullAt = 0] = stored.split(' ').map(Number);
      save(work, key, perSecond, fullAt - (count * 1_000) / perSecond);
    });
  }

  lead(name: string, holder: string, ttlMs: number, now: number): Promise<boolean> {
    return this.changes.change('lead a job', async ({ tx }) => {
      const stored = await tx.get('lead', name);
      const [until = '0', ...by] = stored?.split(' ') ?? [];
      if (stored !== undefined && by.join(' ') !== holder && Number(until) > now) return false;
      tx.put('lead', name, `${now + ttlMs} ${holder}`);
      return true;
    });
  }

  async resign(holder: string): Promise<void> {
    await this.changes.change('resign from jobs', async ({ tx }) => {
      const [names] = (await tx.read([['HKEYS', 'lead']])) as readonly [readonly string[]];
      await tx.load(names.map((name) => ['lead', name]));
      for (const name of names) {
        if (tx.peek('lead', name)?.split(' ').slice(1).join(' ') === holder) tx.put('lead', name, undefined);
      }
    });
  }

  private async sweep(now: number): Promise<void> {
    await this.changes.change('forget rates that nobody uses', async ({ tx }) => {
      const command = ['ZRANGE', 'ratet', '-inf', now - SKEW_MS, 'BYSCORE', 'LIMIT', 0, SWEEP_EVERY] as const;
      const [keys] = (await tx.read([command])) as readonly [readonly string[]];
      await tx.load(keys.map((key) => ['rate', key]));
      for (const key of keys) {
        const [, fullAt = 0] = (tx.peek('rate', key) ?? '').split(' ').map(Number);
        if (fullAt > now - SKEW_MS) continue;
        tx.put('rate', key, undefined);
        tx.write('ZREM', 'ratet', key);
      }
    });
  }
}

async function bucketOf({ tx }: Work, key: string, { perSecond, burstMs }: Rate): Promise<RateLimit> {
  const stored = await tx.get('rate', key);
  return new RateLimit(perSecond, burstMs, stored === undefined ? 0 : Number(stored.split(' ')[1]));
}

function save({ tx }: Work, key: string, perSecond: number, fullAt: number): void {
  tx.put('rate', key, `${perSecond} ${fullAt}`);
  tx.write('ZADD', 'ratet', fullAt, key);
}

/** A version, a blank, and `=` with the value when there is one. */
function settingIn(stored: string | undefined): Setting {
  if (stored === undefined) return { version: 0, value: undefined };
  const end = stored.indexOf(' ');
  const rest = stored.slice(end + 1);
  return { version: Number(stored.slice(0, end)), value: rest.startsWith('=') ? rest.slice(1) : undefined };
}

/** What a cell holds behind the transaction that wrote it. */
export function afterVersion(raw: string): string {
  return raw.slice(raw.indexOf('|') + 1);
}

function settingTopic(name: string): string {
  return `setting ${name}`;
}

import { RateLimit } from '../model/rate-limit.js';
import { type Grant, type Rate, type Setting, SharedState } from './shared-state.js';

/** Rates that are remembered before those that nobody used lately are forgotten. */
const SWEEP_AT = 10_000;

/** Where the settings stand. */
interface SettingsBackend {
  read(name: string): string | undefined;
  /** Resolves once it is durable. */
  write(name: string, value: string | undefined): Promise<void>;
}

interface Lead {
  readonly holder: string;
  readonly until: number;
}

/** Shared state of a store that one process holds: maps, and the store's own settings. */
export class LocalState extends SharedState {
  private readonly versions = new Map<string, number>();
  /** Writes that are not durable yet, by setting. */
  private readonly writes = new Map<string, Promise<void>>();
  private readonly listeners = new Map<string, Set<(payload: string) => void>>();
  private readonly rates = new Map<string, RateLimit>();
  private readonly leads = new Map<string, Lead>();
  private sweepAt = SWEEP_AT;

  constructor(private readonly settings: SettingsBackend) {
    super();
  }

  async setting(name: string): Promise<Setting> {
    await this.written(name);
    return { version: this.versions.get(name) ?? 0, value: this.settings.read(name) };
  }

  async compareAndSet(name: string, version: number, value: string | undefined): Promise<boolean> {
    await this.written(name);
    if ((this.versions.get(name) ?? 0) !== version) return false;
    this.versions.set(name, version + 1);
    const write = this.settings.write(name, value).finally(() => this.writes.delete(name));
    this.writes.set(name, write);
    await write;
    this.publish(settingTopic(name), '');
    return true;
  }

  watch(name: string, listener: () => void): () => void {
    return this.subscribe(settingTopic(name), listener);
  }

  publish(topic: string, payload: string): void {
    for (const listener of this.listeners.get(topic) ?? []) listener(payload);
  }

  subscribe(topic: string, listener: (payload: string) => void): () => void {
    const listeners = this.listeners.get(topic) ?? new Set();
    this.listeners.set(topic, listeners.add(listener));
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0 && this.listeners.get(topic) === listeners) this.listeners.delete(topic);
    };
  }

  reserve(key: string, wanted: number, { perSecond, burstMs }: Rate, now: number): Promise<Grant> {
    const rate = this.rates.get(key) ?? new RateLimit(perSecond, burstMs);
    const granted = Math.min(wanted, rate.available(now));
    if (granted > 0) rate.take(granted, now);
    this.rates.set(key, rate);
    if (this.rates.size > this.sweepAt) this.sweep(now);
    return Promise.resolve({ granted, waitMs: granted < wanted ? Math.max(1, rate.nextAt(now) - now) : 0 });
  }

  holdUntil(key: string, until: number, { perSecond, burstMs }: Rate): Promise<void> {
    const rate = this.rates.get(key) ?? new RateLimit(perSecond, burstMs);
    rate.holdUntil(until);
    this.rates.set(key, rate);
    return Promise.resolve();
  }

  giveBack(key: string, count: number): Promise<void> {
    this.rates.get(key)?.giveBack(count);
    return Promise.resolve();
  }

  lead(name: string, holder: string, ttlMs: number, now: number): Promise<boolean> {
    const lead = this.leads.get(name);
    if (lead !== undefined && lead.holder !== holder && lead.until > now) return Promise.resolve(false);
    this.leads.set(name, { holder, until: now + ttlMs });
    return Promise.resolve(true);
  }

  resign(holder: string): Promise<void> {
    for (const [name, lead] of this.leads) if (lead.holder === holder) this.leads.delete(name);
    return Promise.resolve();
  }

  /** Resolves when no write of the setting is pending; whether the writes worked is for their callers. */
  private async written(name: string): Promise<void> {
    for (let write = this.writes.get(name); write !== undefined; write = this.writes.get(name)) {
      await write.catch(() => undefined);
    }
  }

  private sweep(now: number): void {
    for (const [key, rate] of this.rates) if (rate.isFull(now)) this.rates.delete(key);
    this.sweepAt = Math.max(SWEEP_AT, this.rates.size * 2);
  }
}

function settingTopic(name: string): string {
  return `setting ${name}`;
}

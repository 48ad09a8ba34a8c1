/** A small text by name. Its version changes with every write; two reads with one version saw one value. */
export interface Setting {
  /** Grows with each change. */
  readonly version: number;
  /** Undefined: there is none. */
  readonly value: string | undefined;
}

/** A rate over all instances: a bucket that gains `perSecond` and holds what it gains in `burstMs` (at least one). */
export interface Rate {
  /** So many over all instances. */
  readonly perSecond: number;
  /** Defaults to 1000. */
  readonly burstMs?: number;
}

/** What may go now. */
export interface Grant {
  /** 0..wanted; it is taken. */
  readonly granted: number;
  /** How long until one more may go, ms; 0 when all that was wanted is granted. */
  readonly waitMs: number;
}

/**
 * What the instances of one store know together: settings, signals, rates, and who leads a job. The embedded store keeps it in its process. All
 * times are epoch ms and come from the caller.
 */
export abstract class SharedState {
  /** @returns undefined when it was never set */
  abstract setting(name: string): Promise<Setting>;
  /**
   * Keeps a value (undefined forgets it) unless the setting changed since `version`; returns whether it did.
   *
   * @throws StoreFailedError
   */
  abstract compareAndSet(name: string, version: number, value: string | undefined): Promise<boolean>;
  /** Told of writes of a setting by any instance. Best effort: a write may be missed, and one may be told twice. Returns how to stop. */
  abstract watch(name: string, listener: () => void): () => void;

  /** Tells every instance, this one included. Best effort: nothing is kept, and a signal may be lost. */
  abstract publish(topic: string, payload: string): void;
  /** Returns how to stop. */
  abstract subscribe(topic: string, listener: (payload: string) => void): () => void;

  /** Takes up to `wanted` (≥ 1) of a rate. The rate of a key is the same in every call. */
  abstract reserve(key: string, wanted: number, rate: Rate, now: number): Promise<Grant>;
  /** Grants nothing of a rate before `until`, epoch ms: its receiver said so. A time that is earlier than a known one changes nothing. */
  abstract holdUntil(key: string, until: number, rate: Rate): Promise<void>;
  /** Gives back what was granted and not used. */
  abstract giveBack(key: string, count: number): Promise<void>;

  /** Whether `holder` leads until `now + ttlMs`: nobody else does, or it did already. */
  abstract lead(name: string, holder: string, ttlMs: number, now: number): Promise<boolean>;
  /** A holder leads nothing any more. */
  abstract resign(holder: string): Promise<void>;

  /** @returns undefined when there is none */
  async get(name: string): Promise<string | undefined> {
    return (await this.setting(name)).value;
  }

  /**
   * Makes a new value of the present one, whatever others write meanwhile; returns it.
   *
   * @param change may be called several times
   * @throws StoreFailedError
   */
  async update(name: string, change: (value: string | undefined) => string | undefined): Promise<string | undefined> {
    for (;;) {
      const { version, value } = await this.setting(name);
      const next = change(value);
      if (next === value || (await this.compareAndSet(name, version, next))) return next;
    }
  }

  /** Keeps a value, whatever it was. @throws StoreFailedError */
  async set(name: string, value: string | undefined): Promise<void> {
    await this.update(name, () => value);
  }
}

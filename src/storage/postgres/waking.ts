import { type TimerHandle } from '../../model/clock.js';
import { type PostgresConnection } from './connection.js';
import { type PostgresListener } from './listener.js';

/** Every instance looks for what is new this often, ms, give or take a fifth: with no waking at all, this is how late it is. */
export const POLL_MS = 1_000;
const JITTER = 0.2;
/** What is hinted at within this time is one notification, ms: each takes a lock of the whole server when it is committed. */
const GATHER_MS = 20;

/**
 * Wakes this instance up: once a second, and when another instance hints that there is something new. Hints may be lost, always; whatever they
 * stand for is found once a second all the same.
 */
export class PostgresWaking {
  private readonly listeners = new Map<string, Set<() => void | Promise<void>>>();
  private readonly hinted = new Set<string>();
  private hintTimer: TimerHandle | undefined;
  private pollTimer: TimerHandle | undefined;
  /** Names that are to be looked at, while a look is going on. */
  private readonly due = new Set<string>();
  private looking: Promise<void> | undefined;
  private isOn = false;

  constructor(
    private readonly connection: PostgresConnection,
    private readonly listener: PostgresListener,
  ) {}

  start(): void {
    this.isOn = true;
    this.listener.start((names) => this.look(names ?? [...this.listeners.keys()]));
    this.arm();
  }

  async stop(): Promise<void> {
    this.isOn = false;
    this.pollTimer?.cancel();
    this.hintTimer?.cancel();
    this.hintTimer = undefined;
    if (this.hinted.size > 0) this.listener.notify([...this.hinted]);
    await this.listener.stop();
    await this.looking;
  }

  /** Called once a second and at hints of other instances. A listener that throws is called again a second later. Returns how to stop. */
  on(name: string, listener: () => void | Promise<void>): () => void {
    const listeners = this.listeners.get(name) ?? new Set();
    this.listeners.set(name, listeners.add(listener));
    return () => listeners.delete(listener);
  }

  /** Wakes the others up. @param name lower-case letters */
  hint(name: string): void {
    if (!this.isOn) return;
    this.hinted.add(name);
    this.hintTimer ??= this.connection.surroundings.clock.setTimer(GATHER_MS, () => {
      this.hintTimer = undefined;
      this.listener.notify([...this.hinted]);
      this.hinted.clear();
    });
  }

  private arm(): void {
    const { clock, randomness } = this.connection.surroundings;
    const delayMs = POLL_MS * (1 - JITTER + 2 * JITTER * randomness.next());
    this.pollTimer = clock.setTimer(delayMs, () => {
      this.look([...this.listeners.keys()]);
      void this.looking?.finally(() => {
        if (this.isOn) this.arm();
      });
    });
  }

  private look(names: readonly string[]): void {
    if (!this.isOn) return;
    for (const name of names) this.due.add(name);
    this.looking ??= this.lookAll().finally(() => {
      this.looking = undefined;
    });
  }

  private async lookAll(): Promise<void> {
    while (this.due.size > 0) {
      const names = [...this.due];
      this.due.clear();
      const calls = names.flatMap((name) => [...(this.listeners.get(name) ?? [])]).map(async (listener) => listener());
      await Promise.allSettled(calls);
    }
  }
}

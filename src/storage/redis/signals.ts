import { type TimerHandle } from '../../model/clock.js';
import { type RedisConnection } from './connection.js';
import { type RedisClient } from './redis-client.js';

/** Every instance looks for what is new this often, ms, give or take a fifth: with no signals at all, this is how late it is. */
const POLL_MS = 1_000;
const JITTER = 0.2;
/** What is hinted at within this time is one message, ms. */
const GATHER_MS = 20;
const CHANNEL = 'signals';
/** The topic of work that may be ready. */
const WORK = 'work';

/** Signals between instances by publish and subscribe. They may be lost, always; a poll once a second finds all work the same. */
export class RedisSignals {
  private readonly listeners = new Map<string, Set<(payload: string) => void>>();
  private client: RedisClient | undefined;
  private hintTimer: TimerHandle | undefined;
  private pollTimer: TimerHandle | undefined;

  constructor(private readonly connection: RedisConnection) {}

  /** What is sent from here on will be heard. */
  async start(): Promise<void> {
    const client = this.connection.another();
    this.client = client;
    client.on('message', (...args: never[]) => this.hear(String(args[1])));
    // It is subscribed again by itself when its connection was lost; until then the poll does.
    if (client.status === 'wait') await client.connect().catch(() => undefined);
    await client.subscribe(this.connection.key(CHANNEL)).catch(() => undefined);
    this.poll();
  }

  stop(): void {
    this.client?.disconnect();
    this.client = undefined;
    this.hintTimer?.cancel();
    this.hintTimer = undefined;
    this.pollTimer?.cancel();
  }

  publish(topic: string, payload: string): void {
    if (this.client !== undefined) this.connection.publish(CHANNEL, JSON.stringify([topic, payload]));
  }

  subscribe(topic: string, listener: (payload: string) => void): () => void {
    const listeners = this.listeners.get(topic) ?? new Set();
    this.listeners.set(topic, listeners.add(listener));
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0 && this.listeners.get(topic) === listeners) this.listeners.delete(topic);
    };
  }

  /** Called once a second and when an instance says that there may be work. */
  onWork(listener: () => void): void {
    this.subscribe(WORK, listener);
  }

  /** Wakes all instances up, this one at once. */
  tellWork(): void {
    this.tell(WORK, '');
    if (this.client === undefined) return;
    this.hintTimer ??= this.connection.surroundings.clock.setTimer(GATHER_MS, () => {
      this.hintTimer = undefined;
      this.publish(WORK, '');
    });
  }

  private poll(): void {
    const { clock, randomness } = this.connection.surroundings;
    this.pollTimer = clock.setTimer(POLL_MS * (1 - JITTER + 2 * JITTER * randomness.next()), () => {
      this.tell(WORK, '');
      this.poll();
    });
  }

  private hear(message: string): void {
    const [topic, payload] = JSON.parse(message) as [string, string];
    this.tell(topic, payload);
  }

  private tell(topic: string, payload: string): void {
    for (const listener of this.listeners.get(topic) ?? []) listener(payload);
  }
}

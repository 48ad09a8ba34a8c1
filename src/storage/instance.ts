import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { Injectable } from '@nestjs/common';
import { Clock, type TimerHandle } from '../model/clock.js';
import { NotificationEvents } from '../model/notification-events.js';
import { type InstanceRecord, NotificationStore } from './notification-store.js';
import { HEARTBEAT_MS, SILENT_MS } from './store-upkeep.js';

/** Questions for the store's time of which the one with the shortest round trip counts. */
const CLOCK_SAMPLES = 3;

/**
 * This instance among those that share the store: its heartbeat, its clock, and what only it is to do. With an embedded store it is the only one,
 * leads everything and asks nothing.
 */
@Injectable()
export class Instance {
  /** No other instance has it. */
  readonly name = `${hostname()}-${process.pid}-${randomBytes(3).toString('hex')}`;
  private readonly listeners = new Set<() => Promise<void>>();
  private timer: TimerHandle | undefined;
  private beating: Promise<void> = Promise.resolve();
  private on = false;
  /** Epoch ms. */
  private tellsUntil = 0;

  constructor(
    private readonly store: NotificationStore,
    private readonly clock: Clock,
    private readonly events: NotificationEvents,
  ) {}

  /** Others may have the store open too. */
  get shared(): boolean {
    return this.store.traits.shared;
  }

  /**
   * Before the store is opened, which registers this instance: by a clock that is ahead it would take the others for dead. A store that does not
   * answer yet says why when it is opened.
   */
  async prepare(): Promise<void> {
    if (this.shared) await this.followClock().catch(() => undefined);
  }

  /** Once the store is open; resolves when the clock follows the store's. */
  async start(): Promise<void> {
    if (!this.shared || this.on) return;
    this.on = true;
    await this.followClock();
    await this.askToTell();
    this.arm();
  }

  /** Before the store closes: others may lead what it led. */
  async stop(): Promise<void> {
    if (!this.on) return;
    this.on = false;
    this.timer?.cancel();
    await this.beating;
    this.tellsUntil = 0;
    await this.store.state.resign(this.name);
  }

  /** Called with every heartbeat: signals may be lost, so what they tell of is looked at again then. Never with an embedded store. */
  onBeat(listener: () => Promise<void>): void {
    this.listeners.add(listener);
  }

  /** Instances that live. */
  async all(): Promise<readonly InstanceRecord[]> {
    return this.store.instances(this.clock.now());
  }

  /** The others that live. */
  async others(): Promise<readonly InstanceRecord[]> {
    return this.shared ? (await this.all()).filter(({ name }) => name !== this.name) : [];
  }

  /** The channels that the others send on; undefined when the store does not say. */
  async channelsOfOthers(): Promise<ReadonlySet<string> | undefined> {
    try {
      return new Set((await this.others()).flatMap(({ channels }) => channels));
    } catch {
      return undefined;
    }
  }

  /** Whether this instance, and no other, does a job until `ttlMs` from now. */
  async leads(job: string, ttlMs: number): Promise<boolean> {
    return !this.shared || this.store.state.lead(job, this.name, ttlMs, this.clock.now());
  }

  /** This instance, and no other, reports figures of the store (metrics, samples of the history): a sum over instances counts them once. */
  get tellsOfStore(): boolean {
    return !this.shared || this.clock.now() < this.tellsUntil;
  }

  private async askToTell(): Promise<void> {
    const now = this.clock.now();
    this.tellsUntil = (await this.leads('figures of the store', SILENT_MS)) ? now + SILENT_MS : 0;
  }

  private arm(): void {
    this.timer = this.clock.setTimer(HEARTBEAT_MS, () => {
      this.beating = this.beat()
        .catch((error: unknown) => this.events.emit('failed', { where: 'the heartbeat of this instance', error }))
        .finally(() => {
          if (this.on) this.arm();
        });
    });
  }

  private async beat(): Promise<void> {
    await this.followClock();
    await this.store.heartbeat(this.clock.now());
    await this.askToTell();
    for (const listener of this.listeners) await listener();
  }

  /** A difference is corrected when it is more than the round trip leaves in doubt. */
  private async followClock(): Promise<void> {
    let best = { errorMs: 0, roundTripMs: Infinity };
    for (let sample = 0; sample < CLOCK_SAMPLES; sample++) {
      const askedAt = this.clock.now();
      const storeAt = await this.store.time();
      if (storeAt === undefined) return;
      const roundTripMs = Math.max(0, this.clock.now() - askedAt);
      if (roundTripMs < best.roundTripMs) best = { errorMs: storeAt - askedAt - roundTripMs / 2, roundTripMs };
    }
    if (Math.abs(best.errorMs) > best.roundTripMs / 2) this.clock.adjust?.(Math.round(best.errorMs));
  }
}

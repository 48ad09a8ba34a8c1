import { Inject, Injectable, Logger } from '@nestjs/common';
import { NOTIFICATION_OPTIONS, type ResolvedOptions } from '../config/options.js';
import { Clock } from '../model/clock.js';
import { type AcceptedDelivery } from '../model/delivery.js';
import { Intake } from '../model/intake.js';
import { type Lane } from '../model/message.js';
import { NotificationEvents } from '../model/notification-events.js';
import { type Notification } from '../model/notification.js';
import { type DeadFilter, NotificationStore, type Readiness, type ReplayProgress } from '../storage/notification-store.js';
import { TransportRegistry } from '../transports/transport-registry.js';
import { BatchRunner } from './batch-runner.js';
import { BatchSender, LEASE_MS } from './batch-sender.js';
import { type BatchStatistics, type ChannelStatus } from './batch-statistics.js';
import { type LoadLimits, shareOf } from './batch-sizer.js';
import { ripeAt } from './batch-trigger.js';
import { ChannelStates } from './channel-states.js';
import { PassLoop } from './pass-loop.js';

/** Steps of the store between two turns of the event loop. */
const ADVANCE_STEPS = 200;

/** Claims what is ready, sends it in batches, and records how it ended. One loop and one timer, whatever is pending. */
@Injectable()
export class BatchProcessorService {
  private readonly logger = new Logger('BatchProcessor');
  private readonly states: ChannelStates;
  private readonly runner: BatchRunner;
  private readonly loop: PassLoop;
  private draining = false;
  private failing = false;
  private turn = 0;
  private stopWork: (() => void) | undefined;
  private stopped: Promise<void> | undefined;

  constructor(
    private readonly store: NotificationStore,
    private readonly transports: TransportRegistry,
    sender: BatchSender,
    private readonly clock: Clock,
    private readonly events: NotificationEvents,
    private readonly intake: Intake,
    @Inject(NOTIFICATION_OPTIONS) private readonly options: ResolvedOptions,
  ) {
    const limitsOf = (channel: string): LoadLimits => ({ size: options.batch.maxSize, slots: this.slotsOf(channel) });
    this.states = new ChannelStates(options, limitsOf);
    this.runner = new BatchRunner(store, sender, clock, events, options, limitsOf);
    this.loop = new PassLoop(
      clock,
      () => this.onePass(),
      (error) => this.passFailed(error),
    );
  }

  /** Once the store and the transports are open. Idempotent. */
  start(): void {
    if (this.loop.running || this.stopped !== undefined) return;
    this.stopWork = this.store.onWork(() => this.loop.wake());
    this.loop.start();
  }

  /** Accepts a notification that goes in a batch of its channel and gathers in no window. */
  async addToBatch(
    notification: Omit<Notification, 'channel'>,
    channel: string,
  ): Promise<{ readonly deliveries: readonly AcceptedDelivery[] }> {
    return this.intake.accept({ ...notification, channel }, { direct: true });
  }

  /** Puts dead deliveries back in the queue; returns how many. */
  async replay(filter: DeadFilter = {}): Promise<number> {
    const count = await this.store.replay(filter, this.clock.now());
    if (count > 0) this.events.emit('replayed', { count });
    return count;
  }

  /** How far the last replays are, newest first. */
  async replays(limit = 20): Promise<readonly ReplayProgress[]> {
    return this.store.replays(limit);
  }

  /** Stops sending on a channel until `resume`. What is accepted waits. */
  pause(channel: string): void {
    const state = this.states.of(channel);
    state.hold();
    this.events.emit('channelPaused', { channel, by: 'operator', detail: 'paused by an operator' });
  }

  resume(channel: string): void {
    this.states.of(channel).resume();
    this.events.emit('channelResumed', { channel });
    this.loop.wake();
  }

  channels(): readonly ChannelStatus[] {
    const now = this.clock.now();
    return this.transports.channels().map((name) => {
      const state = this.states.of(name);
      const { paused, inFlight, load } = state;
      const pool = this.transports.get(name)?.pool?.();
      return {
        name,
        paused,
        breaker: state.breakerState(now),
        openRemotes: this.runner.openRemotes(name),
        inFlight: inFlight.critical + inFlight.normal,
        batchSize: load.size,
        batchSizeReason: load.reason,
        maxInFlight: Math.floor(load.slots),
        ...(pool === undefined ? {} : { pool }),
      };
    });
  }

  getBatchStatistics(): BatchStatistics {
    const channels = this.channels().map((status) => [status.name, this.runner.tally(status.name).view(status)] as const);
    return { inFlight: this.runner.running.size, channels: Object.fromEntries(channels) };
  }

  /** How long the oldest batch is in its transport, ms; 0 when there is none. */
  oldestBatchMs(): number {
    return this.runner.oldestMs();
  }

  /** Sends what is ready and in flight within `SHUTDOWN_GRACE_MS`; the rest stays durable. The same promise every time. */
  shutdown(): Promise<void> {
    this.stopped ??= this.drain();
    return this.stopped;
  }

  private async drain(): Promise<void> {
    if (!this.loop.running) return;
    this.draining = true;
    await this.flushForStop(this.clock.now());
    const { promise: graceOver, resolve } = Promise.withResolvers<undefined>();
    const { graceMs } = this.options.shutdown;
    const grace = this.clock.setTimer(graceMs, () => resolve(undefined));
    const emptied = this.sendAll().then(() => true);
    if ((await Promise.race([emptied, graceOver])) === undefined) {
      this.logger.warn(
        `${this.runner.running.size} batches did not end within SHUTDOWN_GRACE_MS=${graceMs}; they are given up and stay durable`,
      );
    }
    grace.cancel();
    this.loop.stop();
    this.stopWork?.();
    await this.runner.stop();
    await this.loop.settled();
    this.loop.stop();
  }

  /** Channels that keep nothing are always flushed; the others when `SHUTDOWN_FLUSH` says so. */
  private async flushForStop(now: number): Promise<void> {
    for (const channel of this.transports.channels()) {
      if (!this.options.shutdown.flush && this.transports.get(channel)?.transient !== true) continue;
      const windows = await this.store.flush({ channel }, 'shutdown', now);
      if (windows.length > 0) this.events.emit('windowsClosed', { windows });
    }
  }

  /** Passes and batches until neither finds anything to do. */
  private async sendAll(): Promise<void> {
    const { running } = this.runner;
    do {
      this.loop.wake();
      await this.loop.settled();
      await Promise.all(running);
    } while (this.loop.running && (!this.loop.idle || running.size > 0));
  }

  private passFailed(error: unknown): void {
    if (!this.failing) {
      this.logger.error(`the store does not answer: ${error instanceof Error ? error.message : String(error)}`);
    }
    this.failing = true;
    this.events.emit('failed', { where: 'processing', error });
  }

  /** Does what is due, fills every lane, and says when to look again. */
  private async onePass(): Promise<number | undefined> {
    for (let more = true; more && this.loop.running;) {
      const report = await this.store.advance(this.clock.now(), ADVANCE_STEPS);
      if (report.closed.length > 0) this.events.emit('windowsClosed', { windows: report.closed });
      if (report.expired > 0) this.events.emit('expired', { count: report.expired });
      ({ more } = report);
    }
    const wakeAts = [await this.store.nextDueAt()];
    const rows = await this.store.readiness();
    for (const row of rows) wakeAts.push(await this.fillLane(row.channel, 'critical', row.critical));
    this.turn++;
    for (let index = 0; index < rows.length; index++) {
      const row = rows[(index + this.turn) % rows.length];
      if (row !== undefined) wakeAts.push(await this.fillNormal(row));
    }
    this.failing = false;
    const known = wakeAts.filter((at) => at !== undefined);
    return known.length === 0 ? undefined : Math.min(...known);
  }

  /** Sends what may go on the normal lane; says when to look again at what may not yet. */
  private async fillNormal({ channel, urgent, waiting, waitingSince }: Readiness): Promise<number | undefined> {
    const state = this.states.of(channel);
    const now = this.clock.now();
    const { trigger = this.options.batch.trigger, timeoutMs = this.options.batch.timeoutMs } = state.options;
    const at = ripeAt(trigger, waiting, waitingSince, state.load.size, timeoutMs);
    const ripe = urgent > 0 || this.draining || (at !== undefined && at <= now);
    return ripe ? this.fillLane(channel, 'normal', urgent + waiting) : at;
  }

  /** Claims and launches while there is work, a slot and leave; says when there will be leave again. */
  private async fillLane(channel: string, lane: Lane, ready: number): Promise<number | undefined> {
    const state = this.states.of(channel);
    let left = ready;
    while (left > 0 && this.loop.running && this.hasSlot(channel, lane)) {
      const now = this.clock.now();
      const batching = this.transports.get(channel)?.batching === true;
      const limit = Math.min(state.allowance(now), batching ? shareOf(state.load, left) : 1);
      if (limit === 0) return state.nextAt(now);
      const claim = await this.store.claim({ channel, lane, limit, now, leaseMs: LEASE_MS });
      const { messages } = claim;
      state.claimed(messages.length, now);
      if (messages.length === 0) return undefined;
      left -= messages.length;
      this.runner.launch(state, lane, claim, left > 0, () => this.loop.wake());
    }
    return undefined;
  }

  private hasSlot(channel: string, lane: Lane): boolean {
    const { load, inFlight } = this.states.of(channel);
    return inFlight[lane] < Math.floor(load.slots) && this.states.inFlight(lane) < this.options.batch.maxConcurrency;
  }

  /** The most batches in flight on one channel: one slot is left to the others. */
  private slotsOf(channel: string): number {
    const { maxConcurrency } = this.options.batch;
    const shared = this.transports.channels().length > 1 && maxConcurrency > 1 ? maxConcurrency - 1 : maxConcurrency;
    return Math.min(shared, this.transports.get(channel)?.concurrency ?? shared);
  }
}

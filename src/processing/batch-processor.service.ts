import { Inject, Injectable, Logger } from '@nestjs/common';
import { NOTIFICATION_OPTIONS, type ResolvedOptions } from '../config/options.js';
import { Clock, type TimerHandle } from '../model/clock.js';
import { type AcceptedDelivery } from '../model/delivery.js';
import { Intake } from '../model/intake.js';
import { type ClaimedMessage, type Lane } from '../model/message.js';
import { NotificationEvents } from '../model/notification-events.js';
import { type Notification } from '../model/notification.js';
import { type DeliveryFilter, NotificationStore, type Readiness } from '../storage/notification-store.js';
import { TransportRegistry } from '../transports/transport-registry.js';
import { type SendResult } from '../transports/transport.js';
import { BatchSender, LEASE_MS } from './batch-sender.js';
import { nextBatchSize } from './batch-sizer.js';
import { type BatchStatistics, BatchTally, type ChannelStatus } from './batch-statistics.js';
import { ripeAt } from './batch-trigger.js';
import { ChannelState } from './channel-state.js';
import { settlementOf } from './retry-policy.js';

/** Steps of the store between two turns of the event loop. */
const ADVANCE_STEPS = 200;
/** The loop looks again at least this often, whatever its timer was set for: a clock may be set. */
const LONGEST_SLEEP_MS = 60_000;
const FAILED_PASS_MS = 1_000;

/** Claims what is ready, sends it in batches, and records how it ended. One loop and one timer, whatever is pending. */
@Injectable()
export class BatchProcessorService {
  private readonly logger = new Logger('BatchProcessor');
  private readonly states = new Map<string, ChannelState>();
  private readonly tallies = new Map<string, BatchTally>();
  private readonly batches = new Set<Promise<void>>();
  private readonly abort = new AbortController();
  private running = false;
  private draining = false;
  private failing = false;
  private again = false;
  private pass: Promise<void> | undefined;
  private timer: TimerHandle | undefined;
  private turn = 0;
  private stopWork: (() => void) | undefined;
  private stopped: Promise<void> | undefined;

  constructor(
    private readonly store: NotificationStore,
    private readonly transports: TransportRegistry,
    private readonly sender: BatchSender,
    private readonly clock: Clock,
    private readonly events: NotificationEvents,
    private readonly intake: Intake,
    @Inject(NOTIFICATION_OPTIONS) private readonly options: ResolvedOptions,
  ) {}

  /** Once the store and the transports are open. Idempotent. */
  start(): void {
    if (this.running || this.stopped !== undefined) return;
    this.running = true;
    this.stopWork = this.store.onWork(() => this.wake());
    this.wake();
  }

  /** Accepts a notification that goes in a batch of its channel and gathers in no window. */
  async addToBatch(
    notification: Omit<Notification, 'channel'>,
    channel: string,
  ): Promise<{ readonly deliveries: readonly AcceptedDelivery[] }> {
    return this.intake.accept({ ...notification, channel }, { direct: true });
  }

  /** Puts dead deliveries back in the queue; returns how many. */
  async replay(filter: DeliveryFilter = {}): Promise<number> {
    const count = await this.store.replay(filter, this.clock.now());
    if (count > 0) this.events.emit('replayed', { count });
    return count;
  }

  /** Stops sending on a channel until `resume`. What is accepted waits. */
  pause(channel: string): void {
    this.state(channel).paused = { by: 'operator', detail: 'paused by an operator' };
    this.events.emit('channelPaused', { channel, by: 'operator', detail: 'paused by an operator' });
  }

  resume(channel: string): void {
    const state = this.state(channel);
    state.paused = false;
    state.accepted();
    this.events.emit('channelResumed', { channel });
    this.wake();
  }

  channels(): readonly ChannelStatus[] {
    return this.transports.channels().map((name) => {
      const { paused, inFlight, batchSize } = this.state(name);
      const pool = this.transports.get(name)?.pool?.();
      return { name, paused, inFlight: inFlight.critical + inFlight.normal, batchSize, ...(pool === undefined ? {} : { pool }) };
    });
  }

  getBatchStatistics(): BatchStatistics {
    const channels = this.channels().map((status) => [status.name, this.tally(status.name).view(status)] as const);
    return { inFlight: this.batches.size, channels: Object.fromEntries(channels) };
  }

  /** Sends what is ready and in flight within `SHUTDOWN_GRACE_MS`; the rest stays durable. The same promise every time. */
  shutdown(): Promise<void> {
    this.stopped ??= this.drain();
    return this.stopped;
  }

  private async drain(): Promise<void> {
    if (!this.running) return;
    this.draining = true;
    const now = this.clock.now();
    await this.flushForStop(now);
    const { promise: graceOver, resolve } = Promise.withResolvers<undefined>();
    const grace = this.clock.setTimer(this.options.shutdown.graceMs, () => resolve(undefined));
    const emptied = this.sendAll().then(() => true);
    if ((await Promise.race([emptied, graceOver])) === undefined) {
      this.logger.warn(
        `${this.batches.size} batches did not end within SHUTDOWN_GRACE_MS=${this.options.shutdown.graceMs}; they are given up and stay durable`,
      );
    }
    grace.cancel();
    this.running = false;
    this.abort.abort();
    this.stopWork?.();
    await Promise.all(this.batches);
    await this.pass;
    this.timer?.cancel();
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
    do {
      this.wake();
      await this.pass;
      await Promise.race([...this.batches, Promise.resolve()]);
      await Promise.all(this.batches);
    } while (this.running && (this.again || this.batches.size > 0 || this.pass !== undefined));
  }

  /** Runs a pass, or another one after the one that is running. */
  private wake(): void {
    if (!this.running) return;
    this.again = true;
    this.pass ??= this.passes().finally(() => (this.pass = undefined));
  }

  private async passes(): Promise<void> {
    while (this.again && this.running) {
      this.again = false;
      try {
        await this.onePass();
        this.failing = false;
      } catch (error) {
        if (!this.failing)
          this.logger.error(`the store does not answer: ${error instanceof Error ? error.message : String(error)}`);
        this.failing = true;
        this.events.emit('failed', { where: 'processing', error });
        this.arm(this.clock.now() + FAILED_PASS_MS);
      }
    }
  }

  private async onePass(): Promise<void> {
    for (let more = true; more && this.running;) {
      const report = await this.store.advance(this.clock.now(), ADVANCE_STEPS);
      if (report.closed.length > 0) this.events.emit('windowsClosed', { windows: report.closed });
      if (report.expired > 0) this.events.emit('expired', { count: report.expired });
      ({ more } = report);
    }
    let wakeAt = await this.store.nextDueAt();
    const rows = await this.store.readiness();
    for (const row of rows) await this.fillLane(row.channel, 'critical', row.critical);
    this.turn++;
    for (let index = 0; index < rows.length; index++) {
      const row = rows[(index + this.turn) % rows.length];
      if (row === undefined) continue;
      const at = await this.fillNormal(row);
      if (at !== undefined) wakeAt = Math.min(wakeAt ?? Infinity, at);
    }
    this.arm(wakeAt);
  }

  /** Sends what may go on the normal lane; says when to look again at what may not yet. */
  private async fillNormal({ channel, urgent, waiting, waitingSince }: Readiness): Promise<number | undefined> {
    const state = this.state(channel);
    const now = this.clock.now();
    if (state.paused !== false && state.paused.by === 'failure' && now < state.probeAt) return state.probeAt;
    const { trigger, timeoutMs, maxSize } = this.options.batch;
    const size = Math.min(state.batchSize, maxSize);
    const at = ripeAt(trigger, waiting, waitingSince, size, timeoutMs);
    const ripe = urgent > 0 || this.draining || (at !== undefined && at <= now);
    if (!ripe) return at;
    await this.fillLane(channel, 'normal', urgent + waiting);
    return undefined;
  }

  private async fillLane(channel: string, lane: Lane, ready: number): Promise<void> {
    const state = this.state(channel);
    let left = ready;
    while (left > 0 && this.running && this.hasSlot(channel, lane)) {
      const now = this.clock.now();
      const batching = this.transports.get(channel)?.batching === true;
      const limit = Math.min(state.allowance(now), batching ? Infinity : 1);
      if (limit === 0) return;
      const messages = await this.store.claim({ channel, lane, limit, now, leaseMs: LEASE_MS });
      if (messages.length === 0) return;
      left -= messages.length;
      this.launch(state, lane, messages, left > 0);
    }
  }

  private hasSlot(channel: string, lane: Lane): boolean {
    const { maxConcurrency } = this.options.batch;
    let inFlight = 0;
    for (const state of this.states.values()) inFlight += state.inFlight[lane];
    const shared = this.transports.channels().length > 1 && maxConcurrency > 1 ? maxConcurrency - 1 : maxConcurrency;
    const own = Math.min(shared, this.transports.get(channel)?.concurrency ?? shared);
    return inFlight < maxConcurrency && this.state(channel).inFlight[lane] < own;
  }

  private launch(state: ChannelState, lane: Lane, messages: readonly ClaimedMessage[], pressed: boolean): void {
    state.inFlight[lane]++;
    const batch = this.sendBatch(state, lane, messages, pressed)
      .catch((error: unknown) => this.events.emit('failed', { where: 'settling a batch', error }))
      .finally(() => {
        state.inFlight[lane]--;
        this.batches.delete(batch);
        this.wake();
      });
    this.batches.add(batch);
  }

  private async sendBatch(state: ChannelState, lane: Lane, messages: readonly ClaimedMessage[], pressed: boolean): Promise<void> {
    const channel = state.name;
    const startedAt = this.clock.now();
    const results = await this.sender.send(channel, lane, messages, this.abort.signal);
    const now = this.clock.now();
    const settlements = messages.map((message, index) =>
      settlementOf(
        message,
        results[index] ?? LOST,
        { ...this.options.batch, onUncertain: this.options.onUncertain },
        now,
        Math.random,
      ),
    );
    await this.store.settle(settlements, now);
    this.observe(state, messages.length, pressed, results, now);
    this.tally(channel).add(messages.length, now - startedAt);
    this.events.emit('batchFinished', {
      channel,
      lane,
      size: messages.length,
      durationMs: now - startedAt,
      messages: messages.map((message, index) => {
        const result = results[index] ?? LOST;
        return {
          messageId: message.messageId,
          address: message.address,
          type: message.type,
          count: message.entries.length,
          outcome: settlements[index]?.outcome ?? 'retry',
          ...(result.status === 'failed' ? { reason: result.failure.reason } : {}),
          latencyMs: Math.max(0, now - message.queuedAt),
          bufferMs: Math.max(0, message.queuedAt - message.openedAt),
        };
      }),
    });
  }

  private observe(state: ChannelState, size: number, pressed: boolean, results: readonly SendResult[], now: number): void {
    const refusal = results.find((result) => result.status === 'failed' && result.kind === 'channel');
    if (refusal?.status === 'failed') {
      state.refused(refusal.failure.message, now);
      this.events.emit('channelPaused', { channel: state.name, by: 'failure', detail: refusal.failure.message });
    } else if (results.some(({ status }) => status === 'accepted')) {
      if (state.paused !== false && state.paused.by === 'failure') this.events.emit('channelResumed', { channel: state.name });
      state.accepted();
    }
    const { dynamicSizing, maxSize } = this.options.batch;
    const retryable = results.filter((result) => result.status === 'failed' && result.kind === 'retry').length;
    state.batchSize = dynamicSizing ? nextBatchSize(state.batchSize, { size, pressed, retryable }, maxSize) : maxSize;
  }

  private arm(at: number | undefined): void {
    this.timer?.cancel();
    if (!this.running) return;
    const delayMs = at === undefined ? LONGEST_SLEEP_MS : Math.min(LONGEST_SLEEP_MS, Math.max(0, at - this.clock.now()));
    this.timer = this.clock.setTimer(delayMs, () => this.wake());
  }

  private state(channel: string): ChannelState {
    let state = this.states.get(channel);
    if (state === undefined) {
      state = new ChannelState(channel, this.options.batch.maxSize);
      this.states.set(channel, state);
    }
    return state;
  }

  private tally(channel: string): BatchTally {
    let tally = this.tallies.get(channel);
    if (tally === undefined) {
      tally = new BatchTally();
      this.tallies.set(channel, tally);
    }
    return tally;
  }
}

const LOST: SendResult = {
  status: 'failed',
  kind: 'retry',
  failure: { reason: 'internal', message: 'the transport gave no result for this message' },
};

import { Inject, Injectable, Logger } from '@nestjs/common';
import { NOTIFICATION_OPTIONS, type ResolvedOptions } from '../config/options.js';
import { Clock } from '../model/clock.js';
import { type AcceptedDelivery } from '../model/delivery.js';
import { Intake } from '../model/intake.js';
import { NotificationEvents } from '../model/notification-events.js';
import { type Notification } from '../model/notification.js';
import { CommandRunner } from '../storage/command-runner.js';
import { type DeadFilter, NotificationStore, type ReplayProgress, type ReplayReport } from '../storage/notification-store.js';
import { TransportRegistry } from '../transports/transport-registry.js';
import { BatchRunner } from './batch-runner.js';
import { BatchSender } from './batch-sender.js';
import { type BatchStatistics, BatchTallies, type ChannelStatus } from './batch-statistics.js';
import { type LoadLimits } from './batch-sizer.js';
import { ChannelStates } from './channel-states.js';
import { RemoteBreakers } from './remote-breakers.js';
import { WorkLoop } from './work-loop.js';

/** The end of `SHUTDOWN_GRACE_MS` in which what is still being sent is told to abort, and says what it did not send, ms. */
const STOP_ANSWER_MS = 1_000;

/** Claims what is ready, sends it in batches, and records how it ended. One loop and one timer, whatever is pending. */
@Injectable()
export class BatchProcessorService {
  private readonly logger = new Logger('BatchProcessor');
  private readonly states: ChannelStates;
  private readonly remotes: RemoteBreakers;
  private readonly runner: BatchRunner;
  private readonly tallies: BatchTallies;
  private readonly loop: WorkLoop;
  private stopped: Promise<void> | undefined;

  constructor(
    private readonly store: NotificationStore,
    private readonly transports: TransportRegistry,
    sender: BatchSender,
    private readonly clock: Clock,
    private readonly commands: CommandRunner,
    private readonly events: NotificationEvents,
    private readonly intake: Intake,
    @Inject(NOTIFICATION_OPTIONS) private readonly options: ResolvedOptions,
  ) {
    const limitsOf = (channel: string): LoadLimits => ({ size: options.batch.maxSize, slots: this.slotsOf(channel) });
    this.remotes = new RemoteBreakers((channel) => {
      const transport = transports.get(channel);
      return transport?.remoteOf?.bind(transport);
    });
    this.states = new ChannelStates(options, limitsOf, this.remotes);
    this.tallies = new BatchTallies(events);
    this.runner = new BatchRunner(store, sender, clock, events, options, limitsOf, this.remotes);
    this.loop = new WorkLoop(store, transports, this.states, this.runner, clock, events, options);
  }

  /** Once the store and the transports are open. Idempotent. */
  start(): void {
    if (this.loop.running || this.stopped !== undefined) return;
    this.loop.start();
  }

  /** Accepts a notification that goes in a batch of its channel and gathers in no window. */
  async addToBatch(
    notification: Omit<Notification, 'channel'>,
    channel: string,
  ): Promise<{ readonly deliveries: readonly AcceptedDelivery[] }> {
    return this.intake.accept({ ...notification, channel }, { direct: true });
  }

  /** Puts dead deliveries back in the queue; resolves with how many, see `startReplay`. */
  async replay(filter: DeadFilter = {}): Promise<number> {
    return (await this.startReplay(filter)).replayed;
  }

  /**
   * The same; a replay that is not done after 10 s answers with `more` and goes on in the background. One delivery of a digest
   * replays its whole message.
   */
  async startReplay(filter: DeadFilter = {}): Promise<ReplayReport & { readonly more?: boolean }> {
    const wanted = this.transports.canonicalFilter(filter);
    const { total, more } = await this.commands.run({
      name: 'replaying dead deliveries',
      step: (slice) => this.store.replay(wanted, slice),
      start: 0,
      add: (sum, { replayed }) => sum + replayed,
    });
    return { replayed: total, ...(more ? { more } : {}) };
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
        openRemotes: this.remotes.open(name),
        inFlight: inFlight.critical + inFlight.normal,
        batchSize: load.size,
        batchSizeReason: load.reason,
        maxInFlight: Math.floor(load.slots),
        ...(pool === undefined ? {} : { pool }),
      };
    });
  }

  getBatchStatistics(): BatchStatistics {
    const channels = this.channels().map((status) => [status.name, this.tallies.of(status.name).view(status)] as const);
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
    await this.flushForStop();
    const { promise: graceOver, resolve } = Promise.withResolvers<undefined>();
    const { graceMs } = this.options.shutdown;
    const answerMs = Math.min(STOP_ANSWER_MS, Math.floor(graceMs / 2));
    const grace = this.clock.setTimer(graceMs - answerMs, () => resolve(undefined));
    const emptied = this.loop.drain().then(() => true);
    if ((await Promise.race([emptied, graceOver])) === undefined) {
      this.logger.warn(
        `${this.runner.running.size} batches did not end within SHUTDOWN_GRACE_MS=${graceMs}; they are given up and stay durable`,
      );
    }
    grace.cancel();
    this.loop.stop();
    await this.runner.stop(answerMs);
    await this.loop.settled();
  }

  /** Channels that keep nothing are always flushed; the others when `SHUTDOWN_FLUSH` says so. */
  private async flushForStop(): Promise<void> {
    for (const channel of this.transports.channels()) {
      if (!this.options.shutdown.flush && this.transports.get(channel)?.transient !== true) continue;
      await this.commands.runToEnd({
        name: 'flushing windows for the stop',
        step: (slice) => this.store.flush({ channel }, 'shutdown', slice),
        start: undefined,
        add: () => undefined,
      });
    }
  }

  /** The most batches in flight on one channel: one slot is left to the others. */
  private slotsOf(channel: string): number {
    const { maxConcurrency } = this.options.batch;
    const shared = this.transports.channels().length > 1 && maxConcurrency > 1 ? maxConcurrency - 1 : maxConcurrency;
    return Math.min(shared, this.transports.get(channel)?.concurrency ?? shared);
  }
}

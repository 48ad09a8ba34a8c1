import { Inject, Injectable, Logger } from '@nestjs/common';
import { NOTIFICATION_OPTIONS, type ResolvedOptions } from '../config/options.js';
import { Clock } from '../model/clock.js';
import { type AcceptedNotification } from '../model/delivery.js';
import { UnknownChannelError } from '../model/errors.js';
import { Intake } from '../model/intake.js';
import { NotificationEvents } from '../model/notification-events.js';
import { type Notification } from '../model/notification.js';
import { Randomness } from '../model/randomness.js';
import { CommandRunner } from '../storage/command-runner.js';
import { Instance } from '../storage/instance.js';
import { type DeadFilter, NotificationStore, type ReplayProgress, type ReplayReport } from '../storage/notification-store.js';
import { DEAD_FILTER_FIELDS } from '../storage/store-queries.js';
import { TransportRegistry } from '../transports/transport-registry.js';
import { BatchFigures } from './batch-figures.js';
import { BatchRunner } from './batch-runner.js';
import { BatchSender } from './batch-sender.js';
import { type BatchStatistics, BatchTallies, type ChannelStatus, type ShutdownReport } from './batch-statistics.js';
import { type LimitBounds } from './batch-sizer.js';
import { ChannelPauses } from './channel-pauses.js';
import { ChannelStates } from './channel-states.js';
import { EndpointBreakers } from './endpoint-breakers.js';
import { type ProcessingFailure } from './processing-failure.js';
import { StopFlush } from './stop-flush.js';
import { WorkLoop } from './work-loop.js';

/** The end of `SHUTDOWN_GRACE_MS` in which what is still being sent is told to abort, and says what it did not send, ms. */
const STOP_ANSWER_MS = 1_000;

/** Claims what is ready, sends it in batches, and records how it ended. One loop and one timer, whatever is pending. */
@Injectable()
export class BatchProcessorService {
  private readonly logger = new Logger('BatchProcessor');
  private readonly states: ChannelStates;
  private readonly endpoints: EndpointBreakers;
  private readonly runner: BatchRunner;
  private readonly tallies: BatchTallies;
  private readonly pauses: ChannelPauses;
  private readonly loop: WorkLoop;
  private readonly stopFlush: StopFlush;
  private stopWatching: (() => void) | undefined;
  private stopped: Promise<ShutdownReport> | undefined;

  constructor(
    private readonly store: NotificationStore,
    private readonly transports: TransportRegistry,
    sender: BatchSender,
    private readonly clock: Clock,
    private readonly commands: CommandRunner,
    private readonly events: NotificationEvents,
    private readonly intake: Intake,
    figures: BatchFigures,
    randomness: Randomness,
    private readonly instance: Instance,
    @Inject(NOTIFICATION_OPTIONS) private readonly options: ResolvedOptions,
  ) {
    const boundsOf = (channel: string): LimitBounds => this.boundsOf(channel);
    this.endpoints = new EndpointBreakers((channel) => {
      const transport = transports.get(channel);
      return transport?.endpointOf?.bind(transport);
    });
    this.states = new ChannelStates(options, boundsOf, this.endpoints, (channel) => transports.get(channel));
    this.tallies = new BatchTallies(events);
    this.pauses = new ChannelPauses(store);
    const random = (): number => randomness.next();
    this.runner = new BatchRunner(store, sender, clock, events, options, boundsOf, this.endpoints, random);
    this.loop = new WorkLoop(store, transports, this.states, this.runner, clock, events, options, random);
    this.stopFlush = new StopFlush(store, transports, commands, instance, options.shutdown);
    figures.readFrom(() => this.getBatchStatistics());
  }

  /** Once the store and the transports are open. Idempotent. */
  start(): void {
    if (this.loop.running || this.stopped !== undefined) return;
    this.loop.start();
  }

  /** Keeps to the pauses that were kept, and to those of other instances, once the store is open and before `start`. */
  async restore(): Promise<void> {
    this.stopWatching = this.pauses.watch(() => void this.refreshPauses());
    this.instance.onBeat(() => this.refreshPauses());
    await this.applyPauses();
  }

  /**
   * Accepts a notification that goes in a batch of its channel and gathers in no window.
   *
   * @param channel wins over a channel that the notification names
   */
  async addToBatch(notification: Notification, channel: string): Promise<AcceptedNotification> {
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
    const wanted = this.transports.canonicalFilter(filter, DEAD_FILTER_FIELDS);
    const { total, more } = await this.commands.run({
      name: 'replaying dead deliveries',
      step: (slice) => this.store.replay(wanted, slice),
      start: 0,
      add: (sum, { replayed }) => sum + replayed,
    });
    this.logger.log(`${total} dead deliveries were put back in the queue${more ? '; the replay goes on' : ''}`);
    return { replayed: total, ...(more ? { more } : {}) };
  }

  /** How far the last replays are, newest first. */
  async replays(limit = 20): Promise<readonly ReplayProgress[]> {
    return this.store.replays(limit);
  }

  /**
   * Stops sending on a channel until `resume`, also over restarts. What is accepted waits. It holds at once, and is durable when it resolves.
   *
   * @param by who asks for it, for the log and for who looks at the channel
   * @throws UnknownChannelError, StoreFailedError
   */
  async pause(channel: string, by = 'the application'): Promise<void> {
    if (this.transports.get(channel) === undefined) throw new UnknownChannelError(channel, this.transports.channels());
    const pause = { at: this.clock.now(), by };
    this.states.of(channel).hold(pause);
    this.logger.log(`the channel ${channel} was paused by ${by}`);
    this.events.emit('channelPaused', { channel, by: 'operator', detail: `paused by ${by}` });
    await this.pauses.keep(channel, pause);
  }

  private async refreshPauses(): Promise<void> {
    try {
      await this.applyPauses();
    } catch (error) {
      this.events.emit('failed', { where: 'reading the pauses of channels', error });
    }
  }

  private async applyPauses(): Promise<void> {
    const { paused, resumed } = await this.pauses.refresh();
    for (const [channel, pause] of paused) this.states.of(channel).hold(pause);
    for (const channel of resumed) this.states.of(channel).resume();
    if (resumed.length > 0) this.loop.wake();
  }

  /** Sends on a channel again. It holds at once, and is durable when it resolves. @throws UnknownChannelError, StoreFailedError */
  async resume(channel: string, by = 'the application'): Promise<void> {
    if (this.transports.get(channel) === undefined && !this.pauses.has(channel)) {
      throw new UnknownChannelError(channel, this.transports.channels());
    }
    this.states.of(channel).resume();
    this.logger.log(`the channel ${channel} was resumed by ${by}`);
    this.events.emit('channelResumed', { channel });
    this.loop.wake();
    await this.pauses.forget(channel);
  }

  /** Every registered channel, in the order of registration. */
  channels(): readonly ChannelStatus[] {
    const now = this.clock.now();
    return this.transports.channels().map((name) => {
      const state = this.states.of(name);
      const { paused, inFlight, limits } = state;
      const pool = this.transports.get(name)?.pool?.();
      return {
        name,
        paused,
        breaker: state.breakerState(now),
        openEndpoints: this.endpoints.open(name),
        inFlight: inFlight.critical + inFlight.normal,
        batchSize: limits.size,
        batchSizeReason: limits.reason,
        maxInFlight: Math.floor(limits.concurrency),
        ...(pool === undefined ? {} : { pool }),
      };
    });
  }

  /** What this instance sends now, and has sent since its start. */
  getBatchStatistics(): BatchStatistics {
    const channels = this.channels().map((status) => [status.name, this.tallies.of(status.name).view(status)] as const);
    return { asOf: this.clock.now(), inFlight: this.runner.running.size, channels: Object.fromEntries(channels) };
  }

  /** How long the oldest batch is in its transport, ms; 0 when there is none. */
  oldestBatchMs(): number {
    return this.runner.oldestMs();
  }

  /** Since when and why looking for work fails, so that nothing new is sent; undefined while they succeed. */
  failing(): ProcessingFailure | undefined {
    return this.loop.failing;
  }

  /**
   * Closes intake, and sends what is in flight and due within `SHUTDOWN_GRACE_MS`; the rest stays durable. What is not in flight is left to other
   * instances of the same store, where they send on its channel. The same promise every time.
   */
  shutdown(): Promise<ShutdownReport> {
    this.intake.close();
    this.stopped ??= this.stop();
    return this.stopped;
  }

  private async stop(): Promise<ShutdownReport> {
    let sent = 0;
    const stopCounting = this.events.on('batchFinished', ({ messages }) => {
      for (const { outcome, count } of messages) if (outcome === 'delivered') sent += count;
    });
    this.stopWatching?.();
    await this.drain();
    stopCounting();
    const { counts, windows } = await this.store.snapshot();
    const left = counts.reduce((sum, { state, count }) => sum + (state === 'queued' || state === 'sending' ? count : 0), 0);
    return { sent, left, openWindows: windows.open };
  }

  private async drain(): Promise<void> {
    if (!this.loop.running) return;
    const served = await this.instance.channelsOfOthers();
    await this.stopFlush
      .run()
      .catch((error: unknown) => this.events.emit('failed', { where: 'flushing windows for the stop', error }));
    const { promise: graceOver, resolve } = Promise.withResolvers<undefined>();
    const { graceMs } = this.options.shutdown;
    const answerMs = Math.min(STOP_ANSWER_MS, Math.floor(graceMs / 2));
    const grace = this.clock.setTimer(graceMs - answerMs, () => resolve(undefined));
    const emptied = this.loop.drain((channel) => served === undefined || served.has(channel)).then(() => true);
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

  /** Of the batches in flight, one is left to the other channels. */
  private boundsOf(channel: string): LimitBounds {
    const { maxSize: size, maxConcurrency } = this.options.batch;
    const shared = this.transports.channels().length > 1 && maxConcurrency > 1 ? maxConcurrency - 1 : maxConcurrency;
    return { size, concurrency: Math.min(shared, this.transports.get(channel)?.concurrency ?? shared) };
  }
}

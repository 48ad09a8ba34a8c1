import { Logger } from '@nestjs/common';
import { type ResolvedOptions } from '../config/options.js';
import { type Clock } from '../model/clock.js';
import { type Claim, type Lane } from '../model/message.js';
import { type NotificationEvents } from '../model/notification-events.js';
import { type NotificationStore, type Readiness } from '../storage/notification-store.js';
import { type TransportRegistry } from '../transports/transport-registry.js';
import { type BatchRunner } from './batch-runner.js';
import { shareOf } from './batch-sizer.js';
import { flushAt } from './batch-trigger.js';
import { type ChannelState } from './channel-state.js';
import { type ChannelStates } from './channel-states.js';
import { LEASE_MS } from './lease-keeper.js';
import { processingFailure, type ProcessingFailure } from './processing-failure.js';
import { TickLoop } from './tick-loop.js';
import { SharedLimits } from './shared-limits.js';

/** Most windows, retries and expiries that the store handles in one step: a few milliseconds of its time. */
const ADVANCE_STEPS = 200;
/** Longest time between two looks at a store that others write to as well: their wake-ups may be lost, ms. */
const POLL_MS = 1_000;
/** Part of it by which the looks of the instances are spread. */
const POLL_JITTER = 0.5;

/** Advances what is due and claims what is ready. It has one loop and one timer, however much is pending. */
export class WorkLoop {
  private readonly logger = new Logger('BatchProcessor');
  private readonly loop: TickLoop;
  private readonly limits: SharedLimits;
  private readonly requiredTypes: ReadonlySet<string>;
  private draining = false;
  private leaves: (channel: string) => boolean = () => false;
  private failure: ProcessingFailure | undefined;
  private turn = 0;
  /** When this tick looked at what is critical, epoch ms. */
  private lookedAt = 0;
  private stopWork: (() => void) | undefined;

  constructor(
    private readonly store: NotificationStore,
    private readonly transports: TransportRegistry,
    private readonly states: ChannelStates,
    private readonly runner: BatchRunner,
    private readonly clock: Clock,
    private readonly events: NotificationEvents,
    private readonly options: ResolvedOptions,
    random: () => number,
  ) {
    this.limits = new SharedLimits(store);
    this.requiredTypes = new Set(options.recipients.required);
    const pollMs = (): number => POLL_MS * (1 - POLL_JITTER * random());
    this.loop = new TickLoop(
      clock,
      () => this.tick(),
      (error) => this.tickFailed(error),
      store.traits.shared ? pollMs : undefined,
    );
  }

  get running(): boolean {
    return this.loop.isOn;
  }

  /** Undefined while ticks succeed. */
  get failing(): ProcessingFailure | undefined {
    return this.failure;
  }

  start(): void {
    this.stopWork = this.store.onWork(() => this.loop.wake());
    this.loop.start();
  }

  /** Looks for work now. */
  wake(): void {
    this.loop.wake();
  }

  /**
   * From now on batches do not wait for more messages; resolves when nothing is ready and nothing is being sent.
   *
   * @param leaves whether the rest of a channel is left to others
   */
  async drain(leaves: (channel: string) => boolean): Promise<void> {
    const { running } = this.runner;
    this.draining = true;
    this.leaves = leaves;
    do {
      this.loop.wake();
      await this.loop.settled();
      await Promise.all(running);
    } while (this.loop.isOn && (!this.loop.idle || running.size > 0));
  }

  /** Claims nothing more. */
  stop(): void {
    this.loop.stop();
    this.stopWork?.();
  }

  /** Resolves when the current tick ended; leaves no timer. */
  async settled(): Promise<void> {
    await this.loop.settled();
    this.loop.stop();
  }

  private tickFailed(error: unknown): void {
    if (this.failure === undefined) {
      this.logger.error(`the store does not answer: ${error instanceof Error ? error.message : String(error)}`);
    }
    this.failure = processingFailure(this.failure, error, this.clock.now());
    this.events.emit('failed', { where: 'processing', error });
  }

  /** Advances what is due and fills every lane. Resolves with the time of the next tick, epoch ms. */
  private async tick(): Promise<number | undefined> {
    const wakeAts: (number | undefined)[] = [];
    let rows: readonly Readiness[] = [];
    for (let more = true; more && this.loop.isOn;) {
      ({ more } = await this.store.advance(this.clock.now(), ADVANCE_STEPS));
      // Between two steps: what is critical does not wait until everything that is due is done.
      rows = await this.store.readiness();
      this.lookedAt = this.clock.now();
      for (const row of rows) wakeAts.push(await this.fillLane(row.channel, 'critical', row.critical));
    }
    wakeAts.push(await this.store.nextDueAt());
    this.turn++;
    for (let index = 0; index < rows.length; index++) {
      const row = rows[(index + this.turn) % rows.length];
      if (row !== undefined) wakeAts.push(await this.fillNormal(row));
    }
    this.failure = undefined;
    const known = wakeAts.filter((at) => at !== undefined);
    return known.length === 0 ? undefined : Math.min(...known);
  }

  /** Sends what may go on the normal lane. Resolves with the time at which more may go, epoch ms. */
  private async fillNormal({
    channel,
    ready,
    batchable,
    oldestBatchableAt,
    batchableUntil,
  }: Readiness): Promise<number | undefined> {
    if (this.transports.get(channel) === undefined) return undefined;
    const state = this.states.of(channel);
    const now = this.clock.now();
    const { trigger = this.options.batch.trigger, timeoutMs = this.options.batch.timeoutMs } = state.options;
    const at = flushAt(trigger, batchable, oldestBatchableAt, state.limits.size, timeoutMs, batchableUntil);
    const isDue = ready > 0 || this.draining || (at !== undefined && at <= now);
    return isDue ? this.fillLane(channel, 'normal', ready + batchable) : at;
  }

  /** Claims and starts batches while there is work, a free slot and rate budget. Resolves with the time at which budget is next available, epoch ms. */
  private async fillLane(channel: string, lane: Lane, ready: number): Promise<number | undefined> {
    const transport = this.transports.get(channel);
    // What was accepted for a channel that has no transport now waits for one, and so does everything where nothing is to be sent.
    if (transport === undefined || !this.options.delivery.enabled || this.leaves(channel)) return undefined;
    const state = this.states.of(channel);
    let left = ready;
    while (left > 0 && this.loop.isOn && this.hasSlot(channel, lane)) {
      const now = this.clock.now();
      const batching = transport.batching === true;
      const wanted = Math.min(state.allowance(now), batching ? shareOf(state.limits, left) : 1);
      if (wanted === 0) return state.nextAt(now);
      const leave = state.rate === undefined ? undefined : await this.limits.take(channel, wanted, state.rate, now);
      if (leave?.granted === 0) {
        state.claimed(0);
        return leave.againAt;
      }
      const claim = await this.claim(state, lane, leave?.granted ?? wanted, now);
      const { messages, more, heldUntil } = claim;
      if (leave !== undefined) await this.limits.giveBack(channel, leave.granted - messages.length);
      state.claimed(messages.length);
      if (messages.length === 0 && more !== true) return heldUntil;
      if (messages.length === 0) continue;
      left -= messages.length;
      this.runner.launch(state, lane, claim, left > 0, () => this.loop.wake());
    }
    return undefined;
  }

  private async claim(state: ChannelState, lane: Lane, limit: number, now: number): Promise<Claim> {
    // The time at which the critical lanes were looked at: what may go only since then is left to the next look, where critical comes first.
    const holds = state.holds(lane, this.lookedAt);
    const request = {
      channel: state.name,
      lane,
      limit,
      now,
      leaseMs: LEASE_MS,
      requiredTypes: this.requiredTypes,
      ...(holds && { holds }),
    };
    const claim = await this.store.claim(request);
    const { addressIntervalMs } = state;
    if (addressIntervalMs === undefined) return claim;
    const admission = await this.limits.admit(state.name, claim, addressIntervalMs, now);
    for (const [address, until] of admission.held) state.holdAddress(address, until, now);
    return admission.held.size === 0 ? claim : { ...admission.claim, more: true };
  }

  private hasSlot(channel: string, lane: Lane): boolean {
    const { limits, inFlight } = this.states.of(channel);
    return inFlight[lane] < Math.floor(limits.concurrency) && this.states.inFlight(lane) < this.options.batch.maxConcurrency;
  }
}

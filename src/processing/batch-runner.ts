import { Logger } from '@nestjs/common';
import { type ResolvedOptions } from '../config/options.js';
import { type Clock } from '../model/clock.js';
import { type Claim, type ClaimedMessage, type Lane, type Settlement } from '../model/message.js';
import { type NotificationEvents } from '../model/notification-events.js';
import { type NotificationStore } from '../storage/notification-store.js';
import { sequenceTopic } from '../storage/sequence-topic.js';
import { type SendResult } from '../transports/transport.js';
import { batchFinished } from './batch-finished.js';
import { type BatchSender, isSendResult, NOT_SENT } from './batch-sender.js';
import { type BatchObservation, type LimitBounds, nextLimits, timedLimits } from './batch-sizer.js';
import { type ChannelState } from './channel-state.js';
import { type EndpointBreakers } from './endpoint-breakers.js';
import { type HandoverContext } from './handover.js';
import { type Lease, LeaseKeeper } from './lease-keeper.js';
import { type RetryRules, settlementOf } from './retry-policy.js';
import { SettlementRecorder } from './settlement-recorder.js';
import { SharedLimits } from './shared-limits.js';

/** Reasons that describe the transport or its connection, not the message. */
const TRANSPORT_FAILURES: ReadonlySet<string> = new Set([
  'connection_failed',
  'timed_out',
  'session_closed',
  'internal',
  'uncertain',
]);

/** Sends claimed batches, settles them, and learns from how it went. */
export class BatchRunner {
  readonly running = new Set<Promise<void>>();
  private readonly logger = new Logger('BatchProcessor');
  private readonly abort = new AbortController();
  private readonly giveUp = new AbortController();
  /** When the batches in flight began, oldest first. */
  private readonly begun = new Map<Promise<void>, number>();
  private readonly rules: RetryRules;
  private readonly recorder: SettlementRecorder;
  private readonly leases: LeaseKeeper;
  private readonly limits: SharedLimits;

  constructor(
    private readonly store: NotificationStore,
    private readonly sender: BatchSender,
    private readonly clock: Clock,
    private readonly events: NotificationEvents,
    private readonly options: ResolvedOptions,
    private readonly boundsOf: (channel: string) => LimitBounds,
    private readonly endpoints: EndpointBreakers,
    private readonly random: () => number,
  ) {
    this.recorder = new SettlementRecorder(store, clock, events);
    this.leases = new LeaseKeeper(store, clock, events);
    this.limits = new SharedLimits(store);
    this.rules = { ...options.batch, onUncertain: options.onUncertain };
  }

  /** @param done called when the batch is settled */
  launch(state: ChannelState, lane: Lane, claim: Claim, saturated: boolean, done: () => void): void {
    state.began(lane, claim.messages, this.clock.now());
    const lease = this.leases.hold(claim.token, this.clock.now());
    const batch = this.run(state, lane, claim, saturated, lease)
      .catch((error: unknown) => {
        state.breaker.released();
        this.events.emit('failed', { where: 'settling a batch', error });
      })
      .finally(() => {
        this.leases.release(lease);
        state.ended(lane, claim.messages);
        this.running.delete(batch);
        this.begun.delete(batch);
        done();
      });
    this.running.add(batch);
    this.begun.set(batch, this.clock.now());
  }

  /**
   * Aborts the batches in flight; resolves when their results are recorded.
   *
   * @param answerMs how long the transports have to report what they sent
   */
  async stop(answerMs: number): Promise<void> {
    this.abort.abort();
    const timer = this.clock.setTimer(answerMs, () => {
      this.giveUp.abort();
      this.recorder.giveUp();
    });
    await Promise.all(this.running);
    timer.cancel();
    this.recorder.stop();
  }

  /** How long the oldest batch has been in flight, ms; 0 when there is none. */
  oldestMs(): number {
    const [begunAt] = this.begun.values();
    return begunAt === undefined ? 0 : Math.max(0, this.clock.now() - begunAt);
  }

  private async run(
    state: ChannelState,
    lane: Lane,
    { token, messages }: Claim,
    saturated: boolean,
    lease: Lease,
  ): Promise<void> {
    const startedAt = this.clock.now();
    const acceptedIds = new Set<string>();
    const accepted: HandoverContext['accepted'] = (message, answer, refused) => {
      acceptedIds.add(message.messageId);
      this.recorder.recordAccepted(message, token, {
        ...(answer === undefined ? {} : { answer }),
        ...(refused === undefined ? {} : { refused }),
      });
    };
    const stop = { abort: AbortSignal.any([this.abort.signal, lease.lost]), giveUp: this.giveUp.signal };
    const { results, handed, connectMs, addressed } = await this.sender.send(state.name, lane, messages, stop, accepted);
    const now = this.clock.now();
    await this.limits
      .holdRefusing(state, messages, results, now)
      .catch((error: unknown) => this.events.emit('failed', { where: 'holding an address', error }));
    const given = new Set(handed);
    const isGiven = (_: unknown, place: number): boolean => given.has(place);
    this.updateLimits(
      state,
      addressed.filter(isGiven),
      saturated,
      results.filter(isGiven).filter(isSendResult),
      startedAt + connectMs,
      now,
    );
    const settlements = messages.map((message, index): Settlement => {
      const outcome = settlementOf(message, results[index] ?? NOT_SENT, this.rules, now, this.random);
      return { ...outcome, token };
    });
    // Of a lease that was lost nothing may change any more, so that everything is stale.
    const { stale } = lease.lost.aborted
      ? { stale: messages.map(({ messageId }) => messageId) }
      : await this.recorder.record(settlements, now, { token, leaseUntil: lease.until });
    this.tellReaders(state.name, settlements);
    const late = stale.filter((messageId) => !acceptedIds.has(messageId));
    if (late.length > 0)
      this.logger.warn(`${late.length} messages on ${state.name} ended after their lease; they may be sent again`);
    const ended = { messages, settlements, results, handed: handed.length };
    this.events.emit('batchFinished', batchFinished(state.name, lane, ended, startedAt, now));
  }

  /** A channel that is read in sequence has more to read, on any instance. */
  private tellReaders(channel: string, settlements: readonly Settlement[]): void {
    const isSequenced = settlements.some((settlement) => settlement.outcome === 'delivered' && settlement.sequenced === true);
    if (isSequenced) this.store.state.publish(sequenceTopic(channel), '');
  }

  /** @param messages those that the transport was given, with its `results`: what could not be rendered says nothing about the channel */
  private updateLimits(
    state: ChannelState,
    messages: readonly ClaimedMessage[],
    saturated: boolean,
    results: readonly SendResult[],
    startedAt: number,
    now: number,
  ): void {
    const hasEndpoints = this.endpoints.learn(messages, results, now) || results.some(namesEndpoint);
    const refusal = results.find((result) => result.status === 'failed' && result.kind === 'channel_unavailable');
    const accepted = results.some(({ status }) => status === 'accepted');
    const before = state.paused;
    if (refusal?.status === 'failed') state.breaker.trip(refusal.failure.message, now);
    else if (results.length > 0 && !hasEndpoints && !accepted && results.every(isTransportFailure)) {
      const [first] = results;
      const why = first?.status === 'failed' ? first.failure.message : '';
      state.breaker.failed(`batch after batch failed: ${why}`, now);
    } else if (accepted || !results.every(isDeferred)) state.breaker.succeeded();
    else state.breaker.released();
    this.emitPauseChange(state, before);
    if (results.length === 0) return;
    // An endpoint that is down says nothing about the others.
    this.resize(state, results, {
      saturated,
      broken: !hasEndpoints && results.every(isTransportFailure),
      durationMs: Math.max(0, now - startedAt),
    });
  }

  private resize(
    state: ChannelState,
    results: readonly SendResult[],
    seen: Pick<BatchObservation, 'saturated' | 'broken' | 'durationMs'>,
  ): void {
    const retryable = results.filter((result) => result.status === 'failed' && result.kind === 'retry').length;
    const learned: typeof nextLimits = this.options.batch.dynamicSizing ? nextLimits : timedLimits;
    state.limits = learned(state.limits, { ...seen, size: results.length, retryable }, this.boundsOf(state.name));
  }

  private emitPauseChange(state: ChannelState, before: ChannelState['paused']): void {
    const after = state.paused;
    if (before === false && after !== false) {
      this.logger.warn(`the channel ${state.name} pauses by itself: ${after.detail}`);
      this.events.emit('channelPaused', { channel: state.name, by: after.by, detail: after.detail });
    } else if (before !== false && after === false) {
      this.logger.log(`the channel ${state.name} sends again`);
      this.events.emit('channelResumed', { channel: state.name });
    }
  }
}

function isTransportFailure(result: SendResult): boolean {
  return result.status === 'failed' && TRANSPORT_FAILURES.has(result.failure.reason);
}

function namesEndpoint(result: SendResult): boolean {
  return result.status === 'failed' && result.endpoint !== undefined;
}

function isDeferred(result: SendResult): boolean {
  return result.status === 'failed' && result.kind === 'deferred';
}

import { Logger } from '@nestjs/common';
import { type ResolvedOptions } from '../config/options.js';
import { type Clock } from '../model/clock.js';
import { type Claim, type ClaimedMessage, type Lane, type Settlement } from '../model/message.js';
import { type NotificationEvents } from '../model/notification-events.js';
import { type NotificationStore } from '../storage/notification-store.js';
import { type SendResult } from '../transports/transport.js';
import { type BatchSender, type SentBatch } from './batch-sender.js';
import { type LoadLimits, nextLoad } from './batch-sizer.js';
import { type ChannelState } from './channel-state.js';
import { LEASE_MS } from './handover.js';
import { RemoteBreakers } from './remote-breakers.js';
import { type RetryRules, settlementOf } from './retry-policy.js';
import { SettlementRecorder } from './settlement-recorder.js';

/** Reasons that say something of the way and not of the message. */
const OF_THE_WAY: ReadonlySet<string> = new Set(['connection_failed', 'timed_out', 'session_closed', 'internal', 'uncertain']);

/** A batch whose messages all have a result. */
interface EndedBatch {
  readonly messages: readonly ClaimedMessage[];
  /** One a message, in the same order. */
  readonly settlements: readonly Settlement[];
  readonly resultOf: ReadonlyMap<ClaimedMessage, SendResult>;
  /** Messages that the transport was given. */
  readonly handed: number;
}

/** Sends claimed batches, settles them, and learns from how it went. */
export class BatchRunner {
  readonly running = new Set<Promise<void>>();
  private readonly logger = new Logger('BatchProcessor');
  private readonly abort = new AbortController();
  private readonly giveUp = new AbortController();
  /** When those that are under way began, oldest first. */
  private readonly begun = new Map<Promise<void>, number>();
  private readonly remotes: RemoteBreakers;
  private readonly rules: RetryRules;
  private readonly recorder: SettlementRecorder;

  constructor(
    store: NotificationStore,
    private readonly sender: BatchSender,
    private readonly clock: Clock,
    private readonly events: NotificationEvents,
    private readonly options: ResolvedOptions,
    private readonly limitsOf: (channel: string) => LoadLimits,
  ) {
    this.recorder = new SettlementRecorder(store, clock, events);
    this.rules = { ...options.batch, onUncertain: options.onUncertain };
    this.remotes = new RemoteBreakers((channel, address) => sender.remoteOf(channel, address));
  }

  /** @param done told when the batch is settled */
  launch(state: ChannelState, lane: Lane, claim: Claim, pressed: boolean, done: () => void): void {
    state.inFlight[lane]++;
    const batch = this.run(state, lane, claim, pressed)
      .catch((error: unknown) => this.events.emit('failed', { where: 'settling a batch', error }))
      .finally(() => {
        state.inFlight[lane]--;
        this.running.delete(batch);
        this.begun.delete(batch);
        done();
      });
    this.running.add(batch);
    this.begun.set(batch, this.clock.now());
  }

  /**
   * Ends what is being sent; resolves when that is recorded.
   *
   * @param answerMs how long the transports have to say what they sent
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

  /** How long the oldest batch is under way, ms; 0 when there is none. */
  oldestMs(): number {
    const [begunAt] = this.begun.values();
    return begunAt === undefined ? 0 : Math.max(0, this.clock.now() - begunAt);
  }

  /** Receivers that are given a rest, with why. */
  openRemotes(channel: string): readonly { readonly remote: string; readonly detail: string }[] {
    return this.remotes.open(channel);
  }

  private async run(state: ChannelState, lane: Lane, { token, messages }: Claim, pressed: boolean): Promise<void> {
    const startedAt = this.clock.now();
    const held = new Map<ClaimedMessage, number>();
    for (const message of messages) {
      const retryAt = this.heldUntil(state, lane, message, startedAt);
      if (retryAt !== undefined) held.set(message, retryAt);
    }
    const sendable = held.size === 0 ? messages : messages.filter((message) => !held.has(message));
    const early = new Set<string>();
    const accepted = (message: ClaimedMessage): void => {
      early.add(message.messageId);
      this.recorder.early(message, token);
    };
    const stop = { abort: this.abort.signal, giveUp: this.giveUp.signal };
    const { results, handed } =
      sendable.length === 0 ? NOTHING_SENT : await this.sender.send(state.name, lane, sendable, stop, accepted);
    const now = this.clock.now();
    const resultOf = new Map(sendable.map((message, index) => [message, results[index] ?? LOST]));
    const settlements = messages.map((message): Settlement => {
      const result = resultOf.get(message);
      if (result === undefined)
        return { messageId: message.messageId, token, outcome: 'released', retryAt: held.get(message) ?? now };
      return { ...settlementOf(message, result, this.rules, now, Math.random), token };
    });
    const { stale } = await this.recorder.record(settlements, now, { token, leaseUntil: startedAt + LEASE_MS });
    const late = stale.filter((messageId) => !early.has(messageId));
    if (late.length > 0)
      this.logger.warn(`${late.length} messages on ${state.name} ended after their lease; they may be sent again`);
    if (sendable.length === 0) {
      state.breaker.released();
      return;
    }
    this.learn(state, sendable, pressed, results, startedAt, now);
    this.tell(state.name, lane, { messages, settlements, resultOf, handed }, startedAt, now);
  }

  /** Until when a message must wait for its address's pace or its receiver's rest; undefined: it may go. */
  private heldUntil(state: ChannelState, lane: Lane, message: ClaimedMessage, now: number): number | undefined {
    const waitMs = state.pacer?.waitMs(message.address, message.messageId, lane === 'critical', now) ?? 0;
    if (waitMs > 0) return now + waitMs;
    return this.remotes.heldUntil(message, now);
  }

  private learn(
    state: ChannelState,
    messages: readonly ClaimedMessage[],
    pressed: boolean,
    results: readonly SendResult[],
    startedAt: number,
    now: number,
  ): void {
    const remote = this.remotes.learn(messages, results, now);
    const refusal = results.find((result) => result.status === 'failed' && result.kind === 'channel');
    const accepted = results.some(({ status }) => status === 'accepted');
    const before = state.paused;
    if (refusal?.status === 'failed') state.breaker.trip(refusal.failure.message, now);
    else if (!remote && !accepted && results.every(isOfTheWay)) {
      const [first] = results;
      const why = first?.status === 'failed' ? first.failure.message : '';
      state.breaker.failed(`batch after batch failed: ${why}`, now);
    } else if (accepted || !results.every(isDeferred)) state.breaker.succeeded();
    else state.breaker.released();
    this.announce(state, before);
    this.resize(state, results, pressed, Math.max(0, now - startedAt));
  }

  private resize(state: ChannelState, results: readonly SendResult[], pressed: boolean, durationMs: number): void {
    if (!this.options.batch.dynamicSizing) return;
    const retryable = results.filter((result) => result.status === 'failed' && result.kind === 'retry').length;
    const seen = { size: results.length, pressed, retryable, broken: results.every(isOfTheWay), durationMs };
    state.load = nextLoad(state.load, seen, this.limitsOf(state.name));
  }

  private announce(state: ChannelState, before: ChannelState['paused']): void {
    const after = state.paused;
    if (before === false && after !== false) {
      this.events.emit('channelPaused', { channel: state.name, by: after.by, detail: after.detail });
    } else if (before !== false && after === false) {
      this.events.emit('channelResumed', { channel: state.name });
    }
  }

  private tell(
    channel: string,
    lane: Lane,
    { messages, settlements, resultOf, handed }: EndedBatch,
    startedAt: number,
    now: number,
  ): void {
    this.events.emit('batchFinished', {
      channel,
      lane,
      size: handed,
      durationMs: now - startedAt,
      messages: messages.map((message, index) => {
        const result = resultOf.get(message);
        return {
          messageId: message.messageId,
          address: message.address,
          type: message.type,
          count: message.entries.length,
          outcome: settlements[index]?.outcome ?? 'retry',
          ...(result?.status === 'failed' ? { reason: result.failure.reason } : {}),
          latencyMs: Math.max(0, now - message.queuedAt),
          bufferMs: Math.max(0, message.queuedAt - message.openedAt),
        };
      }),
    });
  }
}

function isOfTheWay(result: SendResult): boolean {
  return result.status === 'failed' && OF_THE_WAY.has(result.failure.reason);
}

function isDeferred(result: SendResult): boolean {
  return result.status === 'failed' && result.kind === 'deferred';
}

const NOTHING_SENT: SentBatch = { results: [], handed: 0 };

const LOST: SendResult = {
  status: 'failed',
  kind: 'retry',
  failure: { reason: 'internal', message: 'the transport gave no result for this message' },
};

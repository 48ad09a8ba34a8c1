import { type ChannelOptions } from '../config/options.js';
import { type ClaimedMessage, type Lane } from '../model/message.js';
import { type ClaimHolds, type Rate } from '../storage/notification-store.js';
import { type ChannelLimits } from './batch-sizer.js';
import { AddressPace } from './address-pace.js';
import { Breaker, type BreakerState } from '../model/breaker.js';
import { type OperatorPause } from './channel-pauses.js';
import { ClaimLimits } from './claim-limits.js';
import { type EndpointBreakers } from './endpoint-breakers.js';

/** Why a channel sends nothing. */
export interface ChannelPause {
  /** An operator paused it until `resume`; a failure, until a probe succeeds. */
  readonly by: 'operator' | 'failure';
  /** A sentence: who paused it, or what failed. */
  readonly detail: string;
  /** Since when, ISO 8601. */
  readonly since: string;
}

/** What the processor knows of one channel. */
export class ChannelState {
  readonly inFlight: Record<Lane, number> = { critical: 0, normal: 0 };
  readonly breaker = new Breaker();
  private readonly claimLimits: ClaimLimits;
  /** Of all instances; undefined: no limit. */
  readonly rate: Rate | undefined;
  private held: OperatorPause | undefined;

  constructor(
    readonly name: string,
    /** Changed by the code that evaluates a batch. */
    public limits: ChannelLimits,
    receivers: () => ((address: string) => string | undefined) | undefined,
    breakers: EndpointBreakers,
    readonly options: ChannelOptions = {},
    /** Least time between two messages to one address, ms; undefined: none. */
    readonly addressIntervalMs?: number,
  ) {
    const { messagesPerSecond } = options;
    this.rate = messagesPerSecond === undefined ? undefined : { perSecond: messagesPerSecond };
    const pace = addressIntervalMs === undefined ? undefined : new AddressPace(addressIntervalMs);
    this.claimLimits = new ClaimLimits(name, receivers, breakers, pace);
  }

  get paused(): ChannelPause | false {
    if (this.held !== undefined) {
      return { by: 'operator', detail: `paused by ${this.held.by}`, since: new Date(this.held.at).toISOString() };
    }
    const { detail, openedAt } = this.breaker;
    return detail === undefined ? false : { by: 'failure', detail, since: new Date(openedAt).toISOString() };
  }

  breakerState(now: number): BreakerState {
    return this.breaker.state(now);
  }

  hold(pause: OperatorPause): void {
    this.held = pause;
  }

  resume(): void {
    this.held = undefined;
    this.breaker.succeeded();
  }

  /** How many messages may be claimed now; while the breaker is half open, one at a time. */
  allowance(now: number): number {
    if (this.held !== undefined) return 0;
    if (this.breaker.state(now) !== 'closed') return this.breaker.allows(now) ? 1 : 0;
    return this.limits.size;
  }

  /** When to look again at a channel that may claim nothing now, epoch ms; undefined: when it is resumed. */
  nextAt(now: number): number | undefined {
    // While a probe is in flight, its result decides.
    if (this.held !== undefined || this.breaker.state(now) === 'half-open') return undefined;
    return this.breaker.probeAt;
  }

  /** What a claim must leave alone, by address; undefined: nothing, ever. */
  holds(lane: Lane, now: number): ClaimHolds | undefined {
    return this.claimLimits.holds(lane, Math.floor(this.limits.concurrency), now);
  }

  /** A batch is sent from now on. */
  began(lane: Lane, messages: readonly ClaimedMessage[], now: number): void {
    this.inFlight[lane]++;
    this.claimLimits.began(lane, messages, now);
  }

  ended(lane: Lane, messages: readonly ClaimedMessage[]): void {
    this.inFlight[lane]--;
    this.claimLimits.ended(lane, messages);
  }

  /** The address must wait until then, epoch ms: another instance sent to it, or its receiver said so. */
  holdAddress(address: string, until: number, now: number): void {
    this.claimLimits.holdAddress(address, until, now);
  }

  claimed(count: number): void {
    if (count === 0) this.breaker.released();
  }
}

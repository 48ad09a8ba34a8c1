import { type ClaimedMessage, type Lane } from '../model/message.js';
import { type ClaimHolds } from '../storage/notification-store.js';
import { type AddressPace } from './address-pace.js';
import { type RemoteBreakers } from './remote-breakers.js';

/** The part of a channel's slots that one receiver may hold. */
const SHARE = 3;
const NO_RECEIVER = (): undefined => undefined;

/** Most slots of a channel that one of its receivers holds: a third, rounded up. */
export function receiverShare(slots: number): number {
  return Math.max(1, Math.ceil(slots / SHARE));
}

/**
 * What of a channel may not be claimed now, by address: the pace of an address, the breaker of a receiver, and the share of the slots that one
 * receiver may hold, so that a slow one leaves the others theirs. What may not go is not claimed, and costs no write.
 */
export class ClaimLimits {
  /** Batches that are being sent to a receiver. */
  private readonly held: Readonly<Record<Lane, Map<string, number>>> = { critical: new Map(), normal: new Map() };

  /**
   * @param receivers tells how to find the receiver behind an address; undefined: the channel has one receiver
   * @param pace      between the messages to one address; undefined: no limit
   */
  constructor(
    private readonly channel: string,
    private readonly receivers: () => ((address: string) => string | undefined) | undefined,
    private readonly breakers: RemoteBreakers,
    private readonly pace?: AddressPace,
  ) {}

  /**
   * What a claim must leave alone; undefined: nothing, ever.
   *
   * @param slots batches that may be sent at once
   */
  holds(lane: Lane, slots: number, now: number): ClaimHolds | undefined {
    const remoteOf = this.receivers() ?? NO_RECEIVER;
    if (this.pace === undefined && remoteOf === NO_RECEIVER) return undefined;
    return {
      keyOf: (address) => (this.pace === undefined ? remoteOf(address) : address),
      heldUntil: (key, taken) => {
        const paced = this.pace?.heldUntil(key, taken, now);
        if (paced !== undefined) return paced;
        const remote = this.pace === undefined ? key : remoteOf(key);
        if (remote === undefined) return undefined;
        if ((this.held[lane].get(remote) ?? 0) >= receiverShare(slots)) return Infinity;
        return this.breakers.heldUntil(this.channel, remote, taken, now);
      },
    };
  }

  /** A batch is sent from now on. */
  began(lane: Lane, messages: readonly ClaimedMessage[], now: number): void {
    for (const { address } of messages) this.pace?.went(address, now);
    for (const remote of this.remotesOf(messages)) {
      this.held[lane].set(remote, (this.held[lane].get(remote) ?? 0) + 1);
      this.breakers.began(this.channel, remote, now);
    }
  }

  ended(lane: Lane, messages: readonly ClaimedMessage[]): void {
    for (const remote of this.remotesOf(messages)) {
      const left = (this.held[lane].get(remote) ?? 1) - 1;
      if (left > 0) this.held[lane].set(remote, left);
      else this.held[lane].delete(remote);
      this.breakers.ended(this.channel, remote);
    }
  }

  private remotesOf(messages: readonly ClaimedMessage[]): ReadonlySet<string> {
    const remotes = new Set<string>();
    const remoteOf = this.receivers() ?? NO_RECEIVER;
    if (remoteOf === NO_RECEIVER) return remotes;
    for (const { address } of messages) {
      const remote = remoteOf(address);
      if (remote !== undefined) remotes.add(remote);
    }
    return remotes;
  }
}

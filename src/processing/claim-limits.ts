import { type ClaimedMessage, type Lane } from '../model/message.js';
import { type ClaimHolds } from '../storage/notification-store.js';
import { receiverShare } from '../transports/receiver-share.js';
import { type AddressPace } from './address-pace.js';
import { type EndpointBreakers } from './endpoint-breakers.js';

const NO_RECEIVER = (): undefined => undefined;

/**
 * What of a channel may not be claimed now, by address: the pace of an address, the breaker of a receiver, and the share of the batches in flight that one
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
    private readonly breakers: EndpointBreakers,
    private readonly pace?: AddressPace,
  ) {}

  /**
   * What a claim must leave alone; undefined: nothing, ever.
   *
   * @param concurrency batches that may be sent at once
   */
  holds(lane: Lane, concurrency: number, now: number): ClaimHolds | undefined {
    const endpointOf = this.receivers() ?? NO_RECEIVER;
    if (this.pace === undefined && endpointOf === NO_RECEIVER) return undefined;
    return {
      keyOf: (address) => (this.pace === undefined ? endpointOf(address) : address),
      heldUntil: (key, taken) => {
        const paced = this.pace?.heldUntil(key, taken, now);
        if (paced !== undefined) return paced;
        const endpoint = this.pace === undefined ? key : endpointOf(key);
        if (endpoint === undefined) return undefined;
        if ((this.held[lane].get(endpoint) ?? 0) >= receiverShare(concurrency)) return Infinity;
        return this.breakers.heldUntil(this.channel, endpoint, taken, now);
      },
    };
  }

  /** An address must wait, epoch ms. */
  holdAddress(address: string, until: number, now: number): void {
    this.pace?.hold(address, until, now);
  }

  /** A batch is sent from now on. */
  began(lane: Lane, messages: readonly ClaimedMessage[], now: number): void {
    for (const { address } of messages) this.pace?.went(address, now);
    for (const endpoint of this.endpointsOf(messages)) {
      this.held[lane].set(endpoint, (this.held[lane].get(endpoint) ?? 0) + 1);
      this.breakers.began(this.channel, endpoint, now);
    }
  }

  ended(lane: Lane, messages: readonly ClaimedMessage[]): void {
    for (const endpoint of this.endpointsOf(messages)) {
      const left = (this.held[lane].get(endpoint) ?? 1) - 1;
      if (left > 0) this.held[lane].set(endpoint, left);
      else this.held[lane].delete(endpoint);
      this.breakers.ended(this.channel, endpoint);
    }
  }

  private endpointsOf(messages: readonly ClaimedMessage[]): ReadonlySet<string> {
    const endpoints = new Set<string>();
    const endpointOf = this.receivers() ?? NO_RECEIVER;
    if (endpointOf === NO_RECEIVER) return endpoints;
    for (const { address } of messages) {
      const endpoint = endpointOf(address);
      if (endpoint !== undefined) endpoints.add(endpoint);
    }
    return endpoints;
  }
}

import { type ClaimedMessage } from '../model/message.js';
import { type SendResult } from '../transports/transport.js';
import { Breaker } from '../model/breaker.js';

const MAX_ENDPOINTS = 10_000;
/** Reasons that describe the endpoint, not the message. */
const ENDPOINT_FAILURES: ReadonlySet<string> = new Set([
  'connection_failed',
  'timed_out',
  'session_closed',
  'uncertain',
  'temporarily_refused',
]);

/** Holds one circuit breaker per endpoint of a channel that has many (the hosts of webhooks), so that one that is down does not delay the others. */
export class EndpointBreakers {
  private readonly breakers = new Map<
    string,
    { readonly channel: string; readonly endpoint: string; readonly breaker: Breaker }
  >();

  /** @param receiversOf tells how to find the receiver behind an address; undefined: the channel has one receiver */
  constructor(readonly receiversOf: (channel: string) => ((address: string) => string | undefined) | undefined) {}

  /**
   * Until when a message to a receiver must wait, epoch ms, `Infinity` for as long as a probe is being sent; undefined: it may go.
   *
   * @param taken messages to it that go now
   */
  heldUntil(channel: string, endpoint: string, taken: number, now: number): number | undefined {
    const breaker = this.breakers.get(`${channel} ${endpoint}`)?.breaker;
    if (breaker === undefined) return undefined;
    switch (breaker.state(now)) {
      case 'closed':
        return undefined;
      case 'open':
        return breaker.probeAt;
      case 'half-open':
        return breaker.isProbing || taken > 0 ? Infinity : undefined;
    }
  }

  /** A batch is sent to the receiver: a probe, when its breaker is half open. */
  began(channel: string, endpoint: string, now: number): void {
    this.breakers.get(`${channel} ${endpoint}`)?.breaker.allows(now);
  }

  /** The batch ended. `learn` has received its results before. */
  ended(channel: string, endpoint: string): void {
    this.breakers.get(`${channel} ${endpoint}`)?.breaker.released();
  }

  /** @returns whether the channel has receivers that are told apart, and is not to blame for what one of them does */
  learn(messages: readonly ClaimedMessage[], results: readonly SendResult[], now: number): boolean {
    let own = false;
    messages.forEach((message, index) => {
      const result = results[index];
      const endpoint = this.receiversOf(message.channel)?.(message.address);
      if (endpoint === undefined || result === undefined) return;
      own = true;
      if (result.status === 'failed' && result.kind === 'deferred') return;
      const failure = result.status === 'failed' ? result.failure : undefined;
      if (failure !== undefined && ENDPOINT_FAILURES.has(failure.reason))
        this.of(message.channel, endpoint).failed(failure.message, now);
      else this.find(message)?.succeeded();
    });
    return own;
  }

  open(channel: string): readonly { readonly endpoint: string; readonly detail: string }[] {
    return [...this.breakers.values()].flatMap((entry) => {
      const { detail } = entry.breaker;
      return entry.channel === channel && detail !== undefined ? [{ endpoint: entry.endpoint, detail }] : [];
    });
  }

  private find(message: ClaimedMessage): Breaker | undefined {
    const endpoint = this.receiversOf(message.channel)?.(message.address);
    return endpoint === undefined ? undefined : this.breakers.get(`${message.channel} ${endpoint}`)?.breaker;
  }

  private of(channel: string, endpoint: string): Breaker {
    const key = `${channel} ${endpoint}`;
    let entry = this.breakers.get(key);
    if (entry === undefined) {
      if (this.breakers.size >= MAX_ENDPOINTS) this.breakers.clear();
      entry = { channel, endpoint, breaker: new Breaker() };
      this.breakers.set(key, entry);
    }
    return entry.breaker;
  }
}

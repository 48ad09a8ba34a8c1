import { type ClaimedMessage } from '../model/message.js';
import { type SendResult } from '../transports/transport.js';
import { Breaker } from './breaker.js';

const MAX_REMOTES = 10_000;
/** Reasons that say something of the receiver and not of the message. */
const OF_THE_REMOTE: ReadonlySet<string> = new Set([
  'connection_failed',
  'timed_out',
  'session_closed',
  'uncertain',
  'temporarily_refused',
]);

/** A breaker for each receiver of a channel that has many (hosts of webhooks): one that is down costs the others nothing. */
export class RemoteBreakers {
  private readonly breakers = new Map<string, { readonly channel: string; readonly remote: string; readonly breaker: Breaker }>();

  /** @param receiversOf tells how to find the receiver behind an address; undefined: the channel has one receiver */
  constructor(readonly receiversOf: (channel: string) => ((address: string) => string | undefined) | undefined) {}

  /**
   * Until when a message to a receiver must wait, epoch ms, `Infinity` for as long as a probe is being sent; undefined: it may go.
   *
   * @param taken messages to it that go now
   */
  heldUntil(channel: string, remote: string, taken: number, now: number): number | undefined {
    const breaker = this.breakers.get(`${channel} ${remote}`)?.breaker;
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
  began(channel: string, remote: string, now: number): void {
    this.breakers.get(`${channel} ${remote}`)?.breaker.allows(now);
  }

  /** It ended; how, `learn` was told before. */
  ended(channel: string, remote: string): void {
    this.breakers.get(`${channel} ${remote}`)?.breaker.released();
  }

  /** @returns whether the channel has receivers of their own, and is not to blame for what one of them does */
  learn(messages: readonly ClaimedMessage[], results: readonly SendResult[], now: number): boolean {
    let own = false;
    messages.forEach((message, index) => {
      const result = results[index];
      const remote = this.receiversOf(message.channel)?.(message.address);
      if (remote === undefined || result === undefined) return;
      own = true;
      if (result.status === 'failed' && result.kind === 'deferred') return;
      const failure = result.status === 'failed' ? result.failure : undefined;
      if (failure !== undefined && OF_THE_REMOTE.has(failure.reason))
        this.of(message.channel, remote).failed(failure.message, now);
      else this.find(message)?.succeeded();
    });
    return own;
  }

  open(channel: string): readonly { readonly remote: string; readonly detail: string }[] {
    return [...this.breakers.values()].flatMap((entry) => {
      const { detail } = entry.breaker;
      return entry.channel === channel && detail !== undefined ? [{ remote: entry.remote, detail }] : [];
    });
  }

  private find(message: ClaimedMessage): Breaker | undefined {
    const remote = this.receiversOf(message.channel)?.(message.address);
    return remote === undefined ? undefined : this.breakers.get(`${message.channel} ${remote}`)?.breaker;
  }

  private of(channel: string, remote: string): Breaker {
    const key = `${channel} ${remote}`;
    let entry = this.breakers.get(key);
    if (entry === undefined) {
      if (this.breakers.size >= MAX_REMOTES) this.breakers.clear();
      entry = { channel, remote, breaker: new Breaker() };
      this.breakers.set(key, entry);
    }
    return entry.breaker;
  }
}

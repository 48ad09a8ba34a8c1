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

  constructor(private readonly remoteOf: (channel: string, address: string) => string | undefined) {}

  /** Until when a message must wait; undefined: it may go. */
  heldUntil(message: ClaimedMessage, now: number): number | undefined {
    const breaker = this.find(message);
    if (breaker === undefined || breaker.allows(now)) return undefined;
    return Math.max(breaker.probeAt ?? now, now + 1);
  }

  /** @returns whether the channel has receivers of their own, and is not to blame for what one of them does */
  learn(messages: readonly ClaimedMessage[], results: readonly SendResult[], now: number): boolean {
    let own = false;
    messages.forEach((message, index) => {
      const result = results[index];
      const remote = this.remoteOf(message.channel, message.address);
      if (remote === undefined || result === undefined) return;
      own = true;
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
    const remote = this.remoteOf(message.channel, message.address);
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

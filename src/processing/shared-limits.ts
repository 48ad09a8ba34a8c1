import { type Claim, type ClaimedMessage, type Settlement } from '../model/message.js';
import { type NotificationStore, type Rate } from '../storage/notification-store.js';
import { type MessageResult } from './batch-sender.js';
import { type ChannelState } from './channel-state.js';

/** What of a claim may go, and until when the addresses of the rest must wait. */
interface Admission {
  readonly claim: Claim;
  /** Epoch ms, by address. */
  readonly held: ReadonlyMap<string, number>;
}

/** Limits of a channel over all instances of the store. */
export class SharedLimits {
  constructor(private readonly store: NotificationStore) {}

  /**
   * Takes up to `wanted` of the rate of a channel.
   *
   * @returns how many may be claimed, and when to ask again, epoch ms
   */
  async take(
    channel: string,
    wanted: number,
    rate: Rate,
    now: number,
  ): Promise<{ readonly granted: number; readonly againAt: number }> {
    const { granted, waitMs } = await this.store.state.reserve(rateKey(channel), wanted, rate, now);
    return { granted, againAt: now + waitMs };
  }

  /** What was granted and not claimed. */
  async giveBack(channel: string, count: number): Promise<void> {
    if (count > 0) await this.store.state.giveBack(rateKey(channel), count);
  }

  /**
   * Gives back the messages whose address was sent to within `intervalMs` by any instance; no attempt is consumed. With an embedded store the claim
   * itself left them alone.
   */
  async admit(channel: string, claim: Claim, intervalMs: number, now: number): Promise<Admission> {
    const held = new Map<string, number>();
    if (!this.store.traits.shared) return { claim, held };
    const refused: Settlement[] = [];
    const rate = intervalRate(intervalMs);
    for (const { address, messageId } of claim.messages) {
      const { granted, waitMs } = await this.store.state.reserve(intervalKey(channel, address), 1, rate, now);
      if (granted > 0) continue;
      held.set(address, now + waitMs);
      refused.push({ messageId, token: claim.token, outcome: 'released', retryAt: now + waitMs });
    }
    if (refused.length === 0) return { claim, held };
    await this.store.settle(refused, now);
    const gone = new Set(refused.map(({ messageId }) => messageId));
    return { claim: { ...claim, messages: claim.messages.filter(({ messageId }) => !gone.has(messageId)) }, held };
  }

  /**
   * Holds the addresses whose receivers said when to come back, on channels with an interval between the messages to one address: on this instance,
   * and with a shared store on all others.
   */
  async holdRefusing(
    channel: Pick<ChannelState, 'name' | 'addressIntervalMs' | 'holdAddress'>,
    messages: readonly ClaimedMessage[],
    results: readonly MessageResult[],
    now: number,
  ): Promise<void> {
    const { name, addressIntervalMs } = channel;
    if (addressIntervalMs === undefined) return;
    for (const [index, { address }] of messages.entries()) {
      const result = results[index];
      if (result?.status !== 'failed' || result.failure.reason !== 'rate_limited' || result.retryAfterMs === undefined) continue;
      const until = now + result.retryAfterMs;
      channel.holdAddress(address, until, now);
      if (!this.store.traits.shared) continue;
      await this.store.state.holdUntil(intervalKey(name, address), until, intervalRate(addressIntervalMs));
    }
  }
}

function intervalKey(channel: string, address: string): string {
  return `interval ${channel} ${address}`;
}

function intervalRate(intervalMs: number): Rate {
  return { perSecond: 1_000 / intervalMs, burstMs: intervalMs };
}

function rateKey(channel: string): string {
  return `rate ${channel}`;
}

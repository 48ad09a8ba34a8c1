import { type Claim, type Settlement } from '../model/message.js';
import { type NotificationStore, type Rate } from '../storage/notification-store.js';

/** What of a claim may go, and until when the addresses of the rest must wait. */
export interface Admission {
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
    const rate = { perSecond: 1_000 / intervalMs, burstMs: intervalMs };
    for (const { address, messageId } of claim.messages) {
      const { granted, waitMs } = await this.store.state.reserve(`interval ${channel} ${address}`, 1, rate, now);
      if (granted > 0) continue;
      held.set(address, now + waitMs);
      refused.push({ messageId, token: claim.token, outcome: 'released', retryAt: now + waitMs });
    }
    if (refused.length === 0) return { claim, held };
    await this.store.settle(refused, now);
    const gone = new Set(refused.map(({ messageId }) => messageId));
    return { claim: { ...claim, messages: claim.messages.filter(({ messageId }) => !gone.has(messageId)) }, held };
  }
}

function rateKey(channel: string): string {
  return `rate ${channel}`;
}

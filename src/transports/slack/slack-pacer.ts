/** About a message a second a channel (https://docs.slack.dev/apis/web-api/rate-limits, "Posting messages"). */
export const SLACK_INTERVAL_MS = 1_000;
const MAX_KEPT = 50_000;

interface Channel {
  /** When the next post that keeps the pace may go, epoch ms. */
  nextAt: number;
  lastAt: number;
  /** Slack said not before, epoch ms. */
  blockedUntil: number;
}

/**
 * Slack's pace, channel by channel: nobody waits for another channel. Whoever comes too early is given a moment of its own to come back
 * at, so that a crowd is spread out instead of all coming back at once.
 */
export class SlackPacer {
  private readonly channels = new Map<string, Channel>();
  private readonly reserved = new Map<string, number>();

  constructor(private readonly intervalMs: number = SLACK_INTERVAL_MS) {}

  /**
   * 0: go ahead, this moment is taken. Else how long to wait, ms.
   *
   * @param urgent goes ahead of all that have a moment of their own
   */
  waitMs(address: string, messageId: string, urgent: boolean, now: number): number {
    const channel = this.channel(address);
    const own = this.reserved.get(messageId);
    const free = Math.max(channel.blockedUntil, channel.lastAt + this.intervalMs);
    const at = urgent ? free : Math.max(own ?? Math.max(channel.nextAt, free), free);
    if (at <= now) {
      this.reserved.delete(messageId);
      channel.lastAt = now;
      channel.nextAt = Math.max(channel.nextAt, now + this.intervalMs);
      return 0;
    }
    if (!urgent && own === undefined) {
      channel.nextAt = at + this.intervalMs;
      this.keep(messageId, at);
    }
    return at - now;
  }

  /** Slack's own word (429, `Retry-After`), for this channel alone. */
  block(address: string, untilAt: number): void {
    const channel = this.channel(address);
    channel.blockedUntil = Math.max(channel.blockedUntil, untilAt);
  }

  private channel(address: string): Channel {
    let channel = this.channels.get(address);
    if (channel === undefined) {
      if (this.channels.size >= MAX_KEPT) this.channels.clear();
      channel = { nextAt: 0, lastAt: -Infinity, blockedUntil: 0 };
      this.channels.set(address, channel);
    }
    return channel;
  }

  private keep(messageId: string, at: number): void {
    if (this.reserved.size >= MAX_KEPT) this.reserved.clear();
    this.reserved.set(messageId, at);
  }
}

const MAX_KEPT = 50_000;

interface Pace {
  /** When the next post that keeps the pace may go, epoch ms. */
  nextAt: number;
  lastAt: number;
  /** The receiver said not before, epoch ms. */
  blockedUntil: number;
}

/**
 * A pace for each address: nobody waits for another address. A message that comes too early is given a time of its own to come back
 * at, so that a crowd is spread out instead of all coming back at once.
 */
export class AddressPacer {
  private readonly paces = new Map<string, Pace>();
  private readonly reserved = new Map<string, number>();

  /** @param intervalMs between two messages to an address */
  constructor(private readonly intervalMs: number) {}

  /**
   * 0: go ahead, this moment is taken. Else how long to wait, ms.
   *
   * @param urgent goes ahead of all that have a moment of their own
   */
  waitMs(address: string, messageId: string, urgent: boolean, now: number): number {
    const pace = this.pace(address);
    const own = this.reserved.get(messageId);
    const free = Math.max(pace.blockedUntil, pace.lastAt + this.intervalMs);
    const at = urgent ? free : Math.max(own ?? Math.max(pace.nextAt, free), free);
    if (at <= now) {
      this.reserved.delete(messageId);
      pace.lastAt = now;
      pace.nextAt = Math.max(pace.nextAt, now + this.intervalMs);
      return 0;
    }
    if (!urgent && own === undefined) {
      pace.nextAt = at + this.intervalMs;
      this.keep(messageId, at);
    }
    return at - now;
  }

  /** The receiver's own word (429, `Retry-After`), for this address alone. */
  block(address: string, untilAt: number): void {
    const pace = this.pace(address);
    pace.blockedUntil = Math.max(pace.blockedUntil, untilAt);
  }

  private pace(address: string): Pace {
    let pace = this.paces.get(address);
    if (pace === undefined) {
      if (this.paces.size >= MAX_KEPT) this.paces.clear();
      pace = { nextAt: 0, lastAt: -Infinity, blockedUntil: 0 };
      this.paces.set(address, pace);
    }
    return pace;
  }

  private keep(messageId: string, at: number): void {
    if (this.reserved.size >= MAX_KEPT) this.reserved.clear();
    this.reserved.set(messageId, at);
  }
}

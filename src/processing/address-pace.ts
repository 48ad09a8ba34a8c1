/** Addresses that are remembered before those whose time is over are forgotten. */
const SWEEP_AT = 10_000;

/** A pace for each address: nobody waits for another address. */
export class AddressPace {
  /** When the next message to an address may go, epoch ms. */
  private readonly nextAts = new Map<string, number>();
  private sweepAt = SWEEP_AT;

  /** @param intervalMs least time between two messages to an address */
  constructor(private readonly intervalMs: number) {}

  /**
   * Until when the address must wait, epoch ms; undefined: one more may go.
   *
   * @param taken messages to it that go now
   */
  heldUntil(address: string, taken: number, now: number): number | undefined {
    if (taken > 0) return now + this.intervalMs;
    const at = this.nextAts.get(address);
    return at === undefined || at <= now ? undefined : at;
  }

  /** A message to the address goes now. */
  went(address: string, now: number): void {
    this.nextAts.set(address, now + this.intervalMs);
    if (this.nextAts.size > this.sweepAt) this.sweep(now);
  }

  /** The next message to the address may go at `until`, epoch ms. */
  hold(address: string, until: number, now: number): void {
    this.nextAts.set(address, Math.max(until, this.nextAts.get(address) ?? 0));
    if (this.nextAts.size > this.sweepAt) this.sweep(now);
  }

  private sweep(now: number): void {
    for (const [address, at] of this.nextAts) if (at <= now) this.nextAts.delete(address);
    this.sweepAt = Math.max(SWEEP_AT, this.nextAts.size * 2);
  }
}

/** Failures in a row that open it. */
export const BREAKER_THRESHOLD = 5;
export const FIRST_PROBE_MS = 1_000;
/** Longest pause between two probes. */
export const MAX_PROBE_MS = 60_000;

/** `closed`: messages go; `open`: none goes for a while; `half-open`: one goes as a probe. */
export type BreakerState = 'closed' | 'open' | 'half-open';

/**
 * A circuit breaker (M. Nygard, Release It!, 2007): opens after some failures in a row, and then lets one probe through at a time, with
 * a pause that doubles. What it holds back waits and is no attempt. A library's would read the time by itself.
 */
export class Breaker {
  private failures = 0;
  private openUntil: number | undefined;
  private probeMs = FIRST_PROBE_MS;
  private probing = false;
  private why = '';
  private opened = 0;

  constructor(private readonly threshold: number = BREAKER_THRESHOLD) {}

  /** Why it is open; undefined while it is closed. */
  get detail(): string | undefined {
    return this.openUntil === undefined ? undefined : this.why;
  }

  /** When it opened, epoch ms; means nothing while it is closed. */
  get openedAt(): number {
    return this.opened;
  }

  state(now: number): BreakerState {
    if (this.openUntil === undefined) return 'closed';
    return now < this.openUntil ? 'open' : 'half-open';
  }

  /** A probe is being sent. */
  get isProbing(): boolean {
    return this.probing;
  }

  /** When the next probe may go, epoch ms; undefined while it is closed. */
  get probeAt(): number | undefined {
    return this.openUntil;
  }

  /** Whether something may pass now; a probe that may is taken as sent, until it is told how it went. */
  allows(now: number): boolean {
    if (this.openUntil === undefined) return true;
    if (now < this.openUntil || this.probing) return false;
    this.probing = true;
    return true;
  }

  succeeded(): void {
    this.failures = 0;
    this.openUntil = undefined;
    this.probeMs = FIRST_PROBE_MS;
    this.probing = false;
  }

  /** @returns whether it opened with this */
  failed(why: string, now: number): boolean {
    this.failures++;
    this.probing = false;
    const opens = this.openUntil === undefined && this.failures >= this.threshold;
    if (this.openUntil === undefined && !opens) return false;
    this.trip(why, now);
    return opens;
  }

  /** Opens at once, whatever was before. */
  trip(why: string, now: number): void {
    this.why = why;
    if (this.openUntil === undefined) this.opened = now;
    this.openUntil = now + this.probeMs;
    this.probeMs = Math.min(MAX_PROBE_MS, this.probeMs * 2);
    this.probing = false;
  }

  /** A probe that was neither: it was not sent. */
  released(): void {
    this.probing = false;
  }
}

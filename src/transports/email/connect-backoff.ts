import { type Clock } from '../../model/clock.js';
import { type FailedResult } from './smtp-failure.js';

/** First back-off after a connection could not be made, ms; it doubles. */
export const FIRST_BACK_OFF_MS = 500;
export const MAX_BACK_OFF_MS = 30_000;

/**
 * The back-off between attempts to connect. After a failure no connection is made until the back-off is over, and then one at a time, so that a
 * server which is down is not flooded with attempts and no caller waits for it.
 */
export class ConnectBackoff {
  private failures = 0;
  private closedUntil = 0;
  private lastFailure: FailedResult | undefined;

  constructor(
    private readonly clock: Clock,
    private readonly random: () => number,
  ) {}

  /** Why no connection may be made now; undefined: make one, and call `connected` or `failed`. */
  refusal(): FailedResult | undefined {
    if (this.lastFailure === undefined) return undefined;
    const waitMs = this.closedUntil - this.clock.now();
    if (waitMs > 0) return { ...this.lastFailure, retryAfterMs: waitMs };
    this.closedUntil = this.clock.now() + this.backOffMs();
    return undefined;
  }

  connected(): void {
    this.failures = 0;
    this.closedUntil = 0;
    this.lastFailure = undefined;
  }

  failed(failure: FailedResult): void {
    this.failures += 1;
    this.lastFailure = failure;
    this.closedUntil = this.clock.now() + this.backOffMs();
  }

  /** One line when connecting fails; undefined while connecting works. */
  lastError(): string | undefined {
    if (this.lastFailure === undefined) return undefined;
    const waitMs = Math.max(0, this.closedUntil - this.clock.now());
    return `connecting failed ${this.failures} times in a row (${this.lastFailure.failure.message}); next attempt in ${Math.round(waitMs)} ms`;
  }

  /** Between half and all of the doubled wait, so that many processes do not come back at once. */
  private backOffMs(): number {
    const fullMs = Math.min(MAX_BACK_OFF_MS, FIRST_BACK_OFF_MS * 2 ** Math.max(0, this.failures - 1));
    return (fullMs / 2) * (1 + this.random());
  }
}

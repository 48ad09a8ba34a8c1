import { receiverShare } from '../receiver-share.js';

/** A call that takes longer is slow, ms: push services answer within tenths of a second. */
const SLOW_MS = 1_000;
/** Longest that a batch waits before it looks again, ms. */
const MAX_WAIT_MS = 10_000;

interface Call {
  readonly batch: object;
  /** Epoch ms. */
  readonly beganAt: number;
}

/** The calls that are being made to one push service, by the batch that makes them: a slow service holds a third of the batches at most. */
export class PushServiceCalls {
  /** Oldest first. */
  private readonly calls = new Set<Call>();

  get areNone(): boolean {
    return this.calls.size === 0;
  }

  /**
   * How long a batch must wait before it calls the service, ms; undefined: not at all.
   *
   * @param slots batches that may be sent at once
   */
  waitMs(batch: object, slots: number, now: number): number | undefined {
    const [oldest] = this.calls;
    const ageMs = oldest === undefined ? 0 : now - oldest.beganAt;
    if (ageMs < SLOW_MS) return undefined;
    const batches = new Set([...this.calls].map((call) => call.batch));
    return batches.has(batch) || batches.size < receiverShare(slots) ? undefined : Math.min(MAX_WAIT_MS, ageMs);
  }

  /** @returns ends the call */
  begin(batch: object, now: number): () => void {
    const call = { batch, beganAt: now };
    this.calls.add(call);
    return () => void this.calls.delete(call);
  }
}

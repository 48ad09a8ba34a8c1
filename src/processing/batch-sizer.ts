/** What one batch shows of the load. */
export interface BatchObservation {
  /** Messages in it. */
  readonly size: number;
  /** More messages were ready than the batch could hold. */
  readonly saturated: boolean;
  /** Messages that another attempt may deliver. */
  readonly retryable: number;
  /** The connection failed, for all of them. */
  readonly broken: boolean;
  /** Time in the transport, ms. */
  readonly durationMs: number;
}

/** The limits of a channel's batches. They are updated by pure functions, once per batch. */
export interface ChannelLimits {
  /** Most messages that the next batch may hold. */
  readonly size: number;
  /** Most batches in flight. */
  readonly concurrency: number;
  /** What a message takes in a batch, smoothed over the last batches that were large enough to tell, ms; undefined until one of them ended. */
  readonly messageMs?: number;
  /** Why it is as it is. */
  readonly reason: string;
}

export interface LimitBounds {
  readonly size: number;
  readonly concurrency: number;
}

/** Longest that a batch should take, ms: what is critical, a pause and a stop wait for no longer. */
export const BATCH_TARGET_MS = 5_000;
/** Least time that a share of the queue is worth its own batch, ms. */
export const SHARE_MS = 100;
/** What a message is taken to need while nothing is known of it, ms: a round trip to a server that is not near. */
export const UNKNOWN_MESSAGE_MS = 20;
/** Messages from which a batch tells what one takes: what a lone one takes is mostly what every batch takes once. */
const TELLING = 10;
/** A part of a batch that must be tried again from which it counts as congestion. */
const CONGESTED = 0.1;
/** How many times the usual time a message may take before that counts as congestion. */
const TOLERANCE = 2;
/** The usual time follows what is seen by this part. */
const SMOOTHING = 0.05;

/**
 * The limits of a channel on which nothing was sent yet.
 *
 * @param follows whether the size follows the load from now on (`BATCH_DYNAMIC_SIZING`)
 */
export function initialLimits(bounds: LimitBounds, follows = true): ChannelLimits {
  const reason = follows
    ? 'the size is BATCH_MAX_SIZE, because nothing has changed it yet'
    : 'the size is always BATCH_MAX_SIZE, because BATCH_DYNAMIC_SIZING is false';
  return { ...bounds, reason };
}

/**
 * Additive increase, multiplicative decrease (Chiu & Jain, "Analysis of the increase and decrease algorithms for congestion avoidance",
 * 1989), with two signals of congestion: messages that must be tried again, which halve the size, and a time for each message well above the
 * usual, which shrinks it by the gradient of the two (Netflix concurrency-limits, Gradient2:
 * https://github.com/Netflix/concurrency-limits), to a half at most. It grows by a tenth of the most while the channel is saturated. A broken connection
 * halves the batches in flight; a batch that succeeds under pressure adds its part of one.
 */
export function nextLimits(limits: ChannelLimits, seen: BatchObservation, bounds: LimitBounds): ChannelLimits {
  const { size: sent, saturated, retryable, broken } = seen;
  const known = timedLimits(limits, seen);
  if (retryable > 0 && retryable >= sent * CONGESTED) {
    const concurrency = broken ? half(limits.concurrency) : limits.concurrency;
    const reason = `the size was halved, because ${retryable} of ${sent} messages must be sent again`;
    return { ...limits, size: half(limits.size), concurrency, reason };
  }
  const gradient = gradientOf(limits, seen);
  if (gradient < 1) {
    const reason = 'the size was reduced, because messages took longer than usual';
    return { ...known, size: Math.max(1, Math.floor(limits.size * gradient)), reason };
  }
  const most = sizeWithin(BATCH_TARGET_MS, known.messageMs, bounds.size);
  if (most < limits.size && tells(limits, seen))
    return { ...known, size: most, reason: `the size was reduced, because a batch must take at most ${BATCH_TARGET_MS} ms` };
  if (!saturated) return known;
  const concurrency = Math.min(bounds.concurrency, limits.concurrency + 1 / limits.concurrency);
  const size = sent < limits.size ? limits.size : Math.min(most, limits.size + Math.max(1, Math.ceil(bounds.size / 10)));
  return {
    ...known,
    concurrency,
    size,
    reason: size > limits.size ? 'the size was increased, because more messages were waiting' : limits.reason,
  };
}

/** The same limits, with what a batch that was large enough told of the time: all that changes where the size does not follow the load. */
export function timedLimits(limits: ChannelLimits, seen: BatchObservation): ChannelLimits {
  if (!tells(limits, seen)) return limits;
  return { ...limits, messageMs: smoothed(limits.messageMs, seen.durationMs / Math.max(1, seen.size)) };
}

/**
 * The size of the next batch of many that wait: what is left, divided by the batches in flight, so that they all end together (guided self-scheduling:
 * Polychronopoulos & Kuck, IEEE Transactions on Computers C-36, 1987); at most what the limits allow, and never so little that a batch is not
 * worth its while. A channel that nothing was sent on yet shares out by `UNKNOWN_MESSAGE_MS`, so that its first burst uses its whole concurrency.
 */
export function shareOf({ size, concurrency, messageMs = UNKNOWN_MESSAGE_MS }: ChannelLimits, waiting: number): number {
  const least = messageMs === 0 ? size : Math.ceil(SHARE_MS / messageMs);
  return Math.max(1, Math.min(size, Math.max(least, Math.ceil(waiting / concurrency))));
}

/** Below 1: how much too long messages take, of batches that are large enough to tell. */
function gradientOf({ size, messageMs }: ChannelLimits, { size: sent, durationMs }: BatchObservation): number {
  if (messageMs === undefined || sent * 2 < size) return 1;
  const now = durationMs / sent;
  return now <= messageMs * TOLERANCE ? 1 : Math.max(0.5, (messageMs * TOLERANCE) / now);
}

/** A lone message never tells, unless batches are as small as that; a few do when they take too long for a batch. */
function tells({ size }: ChannelLimits, { size: sent, durationMs }: BatchObservation): boolean {
  return sent * 2 >= size || sent >= TELLING || (sent > 1 && durationMs >= BATCH_TARGET_MS);
}

function smoothed(usual: number | undefined, seen: number): number {
  return usual === undefined ? seen : usual + (seen - usual) * SMOOTHING;
}

function sizeWithin(ms: number, messageMs: number | undefined, most: number): number {
  return messageMs === undefined || messageMs === 0 ? most : Math.max(1, Math.min(most, Math.floor(ms / messageMs)));
}

function half(count: number): number {
  return Math.max(1, Math.floor(count / 2));
}

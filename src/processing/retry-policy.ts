import { type ResolvedOptions } from '../config/options.js';
import { type ClaimedMessage, type Outcome } from '../model/message.js';
import { type MessageResult } from './batch-sender.js';

export const MAX_BACK_OFF_MS = 15 * 60 * 1000;

export interface RetryRules extends Pick<ResolvedOptions['batch'], 'maxAttempts' | 'retryBaseMs'> {
  readonly onUncertain: ResolvedOptions['onUncertain'];
}

/** Longest that a receiver's own retry-after is a floor under the next attempt, ms. */
export const MAX_RETRY_AFTER_MS = 24 * 60 * 60 * 1000;

/**
 * How one attempt ends for its message. Back-off doubles from `retryBaseMs` up to 15 min with full jitter ("Exponential Backoff And
 * Jitter", AWS Architecture Blog); the receiver's own retry-after is a floor, up to a day, or until all of
 * the message has expired.
 *
 * @param random  uniform in [0, 1)
 */
export function settlementOf(
  message: Pick<ClaimedMessage, 'messageId' | 'attempt' | 'entries'>,
  result: MessageResult,
  rules: RetryRules,
  now: number,
  random: () => number,
): Outcome {
  const { messageId, attempt } = message;
  if (result.status === 'accepted') {
    const { sequenced, answer, refused } = result;
    return {
      messageId,
      outcome: 'delivered',
      ...(sequenced === true ? { sequenced } : {}),
      ...(answer === undefined ? {} : { answer }),
      ...(refused === undefined ? {} : { errors: refused }),
    };
  }
  if (result.status === 'cancelled') return { messageId, outcome: 'cancelled', reason: result.reason };
  const { kind, failure, progress } = result;
  const retryAfterMs = Math.min(result.retryAfterMs ?? 0, MAX_RETRY_AFTER_MS, lifeOf(message, now));
  const kept = progress === undefined ? {} : { progress };
  if (kind === 'deferred') return { messageId, outcome: 'released', retryAt: now + retryAfterMs, ...kept };
  const retryAt = now + Math.max(retryAfterMs, backOffMs(attempt, rules.retryBaseMs, random));
  if (kind === 'channel_unavailable') return { messageId, outcome: 'released', retryAt: now };
  const final = kind === 'permanent' || (kind === 'uncertain' && rules.onUncertain === 'dead') || attempt >= rules.maxAttempts;
  if (final) return { messageId, outcome: 'dead', failure };
  return { messageId, outcome: 'retry', failure, retryAt, ...kept };
}

/** Until the last of a message expires, ms. */
function lifeOf({ entries }: Pick<ClaimedMessage, 'entries'>, now: number): number {
  return Math.max(0, ...entries.map(({ content: { expiresAt = Infinity } }) => expiresAt - now));
}

/** Full jitter: uniform between 0 and the doubled base. */
export function backOffMs(attempt: number, baseMs: number, random: () => number): number {
  return Math.floor(random() * Math.min(MAX_BACK_OFF_MS, baseMs * 2 ** Math.min(attempt - 1, 40)));
}

/**
 * Why an address is suppressed on a channel: a permanent failure of the address, a complaint of the reader, an unsubscription that the
 * application received by itself, or the decision of an operator.
 */
export const SUPPRESSION_REASONS = ['hard_bounce', 'complaint', 'unsubscribe', 'manual'] as const;
/** Why nothing is sent to an address. */
export type SuppressionReason = (typeof SUPPRESSION_REASONS)[number];

/** How long a hard bounce suppresses an address, ms; the other reasons hold until they are removed. */
export const HARD_BOUNCE_MS = 30 * 24 * 60 * 60 * 1000;

/** Most characters of a note. */
export const SUPPRESSION_NOTE_CHARACTERS = 500;

/** Until when a suppression that begins at `at` holds, epoch ms; undefined: until it is removed. */
export function suppressedUntil(reason: SuppressionReason, at: number): number | undefined {
  return reason === 'hard_bounce' ? at + HARD_BOUNCE_MS : undefined;
}

/**
 * Whether a delivery to an address that is suppressed for these reasons ends unsent. A hard bounce stops everything but what is critical, which
 * is still tried; every other reason stops everything but the types that are required.
 */
export function isStopped(
  reasons: readonly SuppressionReason[],
  delivery: { isCritical: boolean; isRequired: boolean },
): boolean {
  return reasons.some((reason) => (reason === 'hard_bounce' ? !delivery.isCritical : !delivery.isRequired));
}

/**
 * The closed set of reasons why an attempt failed or a delivery ended. These words stand verbatim in errors, logs,
 * statistics, metrics and on the dashboard.
 */
export const FAILURE_REASONS = [
  /** The receiver refuses this address for good (SMTP 550–553, Slack `channel_not_found`). */
  'address_rejected',
  /** The receiver refuses this content for good (SMTP 554, Slack `invalid_blocks`). */
  'content_rejected',
  /** The receiver refuses our credentials; the channel is at fault, not the delivery. */
  'credentials_rejected',
  /** The receiver asks us to slow down (SMTP 450/451/452 with a rate text, HTTP 429). */
  'rate_limited',
  /** The receiver cannot take it now (SMTP 4yz, HTTP 5xx). */
  'temporarily_refused',
  /** The receiver ended the session before it took the message (SMTP 421). */
  'session_closed',
  /** No connection could be made, or it broke before the content was sent. */
  'connection_failed',
  /** Nothing was heard in time, before the content was sent. */
  'timed_out',
  /** The line broke after the content was sent and before the answer: it may have been delivered. */
  'uncertain',
  /** The process ended while this was being sent. */
  'interrupted',
  /** No transport is registered for the channel. */
  'no_transport',
  /** Neither the formatter nor its fallback could make a message. */
  'unrenderable',
  /** The transport or a formatter failed in a way it should not. */
  'internal',
  /** The recipient has seen it elsewhere. */
  'read',
  /** A caller took it back. */
  'cancelled',
  /** The recipient's preferences exclude it. */
  'preference',
  /** The recipient muted it. */
  'muted',
  /** The address is suppressed: it failed for good, or complained. */
  'suppressed',
  /** The recipient has no address on the channel. */
  'no_address',
  /** The recipient, or the address, was erased. */
  'recipient_gone',
  /** `expiresAt` passed. */
  'expired',
  /** Its `idempotencyKey` was used for other content, which was found out after its transaction was committed. */
  'idempotency_conflict',
  /** A newer one with its `dedupeKey` took its place. */
  'replaced',
] as const;
/** Why an attempt failed, or a delivery ended otherwise than delivered: a closed set. */
export type FailureReason = (typeof FAILURE_REASONS)[number];

/** Why a delivery ends as `cancelled`. */
export type CancelReason = Extract<
  FailureReason,
  'cancelled' | 'read' | 'preference' | 'muted' | 'suppressed' | 'no_address' | 'recipient_gone'
>;

/** What a transport says of one message it could not send. */
export interface Failure {
  /** Of the closed set of reasons. */
  readonly reason: FailureReason;
  /** One line for a person: what happened and the receiver's own words. No secret, at most 500 characters. */
  readonly message: string;
}

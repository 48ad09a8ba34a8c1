import { type SuppressionRequest } from '../../src/index.js';

/** What Postmark posts to a webhook of its: https://postmarkapp.com/developer/webhooks/webhooks-overview. Further members are not looked at. */
export interface PostmarkEvent {
  readonly RecordType?: string;
  /** Of a bounce: HardBounce, BadEmailAddress, SoftBounce, … */
  readonly Type?: string;
  /** Of a bounce and of a complaint. */
  readonly Email?: string;
  readonly Description?: string;
  /** Of a change of subscription. */
  readonly Recipient?: string;
  readonly SuppressSending?: boolean;
  readonly SuppressionReason?: string | null;
}

/** Bounces that say of the address itself that it does not work; all others are about a message, or pass. */
const HARD: ReadonlySet<string | undefined> = new Set(['HardBounce', 'BadEmailAddress']);

/** The address that an event of Postmark suppresses; undefined for an event that suppresses none. */
export function suppressionOf(event: PostmarkEvent): SuppressionRequest | undefined {
  const { RecordType: kind, Type: type, Email: email, Recipient: recipient, Description: description } = event;
  const channel = 'email';
  // A note is one line of at most 500 characters.
  const note = `Postmark: ${description ?? type ?? kind ?? ''}`.replace(/\s+/g, ' ').slice(0, 500);
  if (kind === 'Bounce' && email !== undefined && HARD.has(type)) return { channel, address: email, reason: 'hard_bounce', note };
  if (kind === 'SpamComplaint' && email !== undefined) return { channel, address: email, reason: 'complaint', note };
  const leaves = kind === 'SubscriptionChange' && event.SuppressSending === true;
  if (leaves && event.SuppressionReason === 'ManualSuppression' && recipient !== undefined) {
    return { channel, address: recipient, reason: 'unsubscribe', note: 'Postmark: unsubscribed' };
  }
  return undefined;
}

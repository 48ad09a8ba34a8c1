import { createHash } from 'node:crypto';
import { type ClaimedMessage } from '../../model/message.js';
import { type NotificationPriority } from '../../model/notification.js';

/** What an operator sets to change how calls to push services behave. */
export const PUSH_CALLS = { timeout: 'push.timeoutMs', allowPrivate: 'push.allowPrivate' } as const;

/** A topic has at most 32 characters of base64url (RFC 8030 §5.4). */
const TOPIC_CHARACTERS = 32;

/** What push services are told of a message besides its content. */
export interface PushDetails {
  /** What stands for the message on the device: a later one with the same takes its place. */
  readonly tag: string;
  /** The same for push services: a message that was not delivered yet is replaced by a later one with the same topic. */
  readonly topic: string;
  /** How long a service keeps it for a device that is offline, ms. */
  readonly ttlMs: number;
  readonly priority: NotificationPriority;
}

/** @param ttlMs for a message that does not expire */
export function pushDetails(message: ClaimedMessage, ttlMs: number, now: number): PushDetails {
  const tag = pushTag(message);
  const expiries = message.entries.map(({ content }) => content.expiresAt ?? Infinity);
  const left = Math.max(...expiries) - now;
  return {
    tag,
    topic: createHash('sha256').update(tag).digest('base64url').slice(0, TOPIC_CHARACTERS),
    ttlMs: Math.min(ttlMs, left),
    priority: message.priority,
  };
}

/** The message's id; the `dedupeKey` of an only notification, so that a newer one takes its place on the device too. */
export function pushTag({ messageId, entries }: ClaimedMessage): string {
  const [only, ...others] = entries;
  const key = others.length === 0 ? only?.content.dedupeKey : undefined;
  return key === undefined ? messageId : `${only?.content.type ?? ''} ${key}`;
}

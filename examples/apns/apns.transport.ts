import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import {
  type ClaimedMessage,
  type Formatter,
  NotificationFormatter,
  NotificationTransport,
  type OutgoingMessage,
  type SendContext,
  type SendResult,
  type Transport,
} from '../../src/index.js';
import { digestLines } from '../digest-lines.js';
import { ACCEPTED, type Answer, failed, isFailed, member } from '../http-call.js';
import { type ApnsKey, ApnsSession } from './apns-session.js';

/** https://developer.apple.com/documentation/usernotifications/generating-a-remote-notification */
const MOST_OCTETS = 4_096;
const MOST_BODY_OCTETS = 2_000;

export interface ApnsSettings extends ApnsKey {
  /** The bundle id of the application. */
  readonly topic: string;
  /** Defaults to Apple's production servers. */
  readonly url?: string;
}

export interface ApnsContent {
  readonly title: string;
  readonly body: string;
  readonly url?: string;
}

/** Sends to Apple's push service over HTTP/2 (https://developer.apple.com/documentation/usernotifications/sending-notification-requests-to-apns). */
@Injectable()
@NotificationTransport('apns')
export class ApnsTransport implements Transport<ApnsContent> {
  readonly batching = true;
  private readonly session: ApnsSession;
  private readonly topic: string;

  constructor({ url = 'https://api.push.apple.com', topic, ...key }: ApnsSettings) {
    this.topic = topic;
    this.session = new ApnsSession(url, key);
  }

  validateAddress(address: string): string | undefined {
    return /^[0-9a-f]{64,200}$/i.test(address) ? undefined : 'must be a device token: 64 to 200 hexadecimal digits';
  }

  canonicalAddress(address: string): string {
    return address.toLowerCase();
  }

  async send(
    messages: readonly OutgoingMessage<ApnsContent>[],
    { signal, accepted }: SendContext,
  ): Promise<readonly SendResult[]> {
    return Promise.all(
      messages.map(async (one) => {
        const result = await this.sendOne(one, signal);
        if (result.status === 'accepted') accepted?.(one.message);
        return result;
      }),
    );
  }

  async close(): Promise<void> {
    await this.session.close();
  }

  private async sendOne(
    { message, content }: OutgoingMessage<ApnsContent>,
    signal: AbortSignal,
    again = false,
  ): Promise<SendResult> {
    const body = JSON.stringify(payloadOf(message, content));
    const octets = Buffer.byteLength(body);
    if (octets > MOST_OCTETS)
      return failed('permanent', 'content_rejected', `it has ${octets} octets; Apple takes ${MOST_OCTETS}`);
    const answer = await this.session.post(`/3/device/${message.address}`, this.headersOf(message), body, signal);
    if (isFailed(answer)) return answer;
    if (answer.status === 403 && member(answer.body, 'reason') === 'ExpiredProviderToken' && !again) {
      this.session.renewToken();
      return this.sendOne({ message, content }, signal, true);
    }
    return resultOf(answer);
  }

  private headersOf(message: ClaimedMessage): Readonly<Record<string, string>> {
    const { messageId, priority, lane, entries } = message;
    const hash = createHash('sha256').update(messageId).digest('hex');
    const ends = entries.flatMap(({ content }) => content.expiresAt ?? []);
    return {
      'content-type': 'application/json',
      'apns-topic': this.topic,
      'apns-push-type': 'alert',
      // The same at each attempt: a repeat takes the place of what is shown.
      'apns-id': [hash.slice(0, 8), hash.slice(8, 12), hash.slice(12, 16), hash.slice(16, 20), hash.slice(20, 32)].join('-'),
      'apns-collapse-id': hash.slice(0, 32),
      'apns-priority': priority === 'low' && lane === 'normal' ? '5' : '10',
      // Seconds since 1970, not from now.
      ...(ends.length === 0 ? {} : { 'apns-expiration': String(Math.floor(Math.min(...ends) / 1_000)) }),
    };
  }
}

function payloadOf(message: ClaimedMessage, { title, body, url }: ApnsContent): object {
  const thread = message.entries[0]?.content.groupKey;
  return {
    aps: {
      alert: { title: title.toWellFormed(), body: body.toWellFormed() },
      ...(thread === undefined ? {} : { 'thread-id': thread }),
      ...(message.priority === 'low' ? { 'interruption-level': 'passive' } : {}),
    },
    ...(url === undefined ? {} : { url }),
  };
}

/** https://developer.apple.com/documentation/usernotifications/handling-notification-responses-from-apns */
function resultOf({ status, body, retryAfterMs }: Answer): SendResult {
  if (status === 200) return ACCEPTED;
  const reason = member(body, 'reason');
  const text = `Apple answered ${status}${typeof reason === 'string' ? `: ${reason}` : ''}`;
  switch (reason) {
    case 'Unregistered':
    case 'ExpiredToken':
    case 'BadDeviceToken':
    case 'DeviceTokenNotForTopic':
      return failed('permanent', 'address_rejected', text);
    case 'TooManyRequests':
    case 'TooManyProviderTokenUpdates':
      return failed('retry', 'rate_limited', text, retryAfterMs);
    case 'TopicDisallowed':
    case 'BadTopic':
    case 'MissingTopic':
      return failed('channel_unavailable', 'credentials_rejected', text);
  }
  if (status === 403) return failed('channel_unavailable', 'credentials_rejected', text);
  if (status === 410) return failed('permanent', 'address_rejected', text);
  if (status === 429) return failed('retry', 'rate_limited', text, retryAfterMs);
  if (status >= 500) return failed('retry', 'temporarily_refused', text, retryAfterMs);
  return failed('permanent', 'content_rejected', text);
}

@Injectable()
@NotificationFormatter({ channel: 'apns' })
export class ApnsFormatter implements Formatter<ApnsContent> {
  format(message: ClaimedMessage): ApnsContent {
    const [first, ...others] = message.entries;
    const body = digestLines(message, (lines) => Buffer.byteLength(lines) <= MOST_BODY_OCTETS);
    if (first === undefined || others.length > 0) return { title: `${message.entries.length} notifications`, body };
    const { title, body: text = '', data } = first.content;
    const url = data?.['url'];
    return {
      title,
      body: text.slice(0, MOST_BODY_OCTETS / 4),
      ...(typeof url === 'string' && url.length < 1_000 ? { url } : {}),
    };
  }
}

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
import { ACCEPTED, type Answer, failed, isFailed, member, postJson } from '../http-call.js';

/** https://docs.expo.dev/push-notifications/sending-notifications/#http2-api */
const MOST_MESSAGES = 100;
/** Apple and Google take 4 096 octets with everything around them. */
const MOST_BODY_BYTES = 2_000;
const MOST_DATA_CHARACTERS = 400;

export interface ExpoContent {
  readonly title: string;
  readonly body: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/**
 * Sends by Expo's push service, up to a hundred messages a request. An address is an Expo push token. Expo answers with a ticket for each message: it is
 * accepted then. What Apple and Google say later stands in receipts, which an application asks for by itself.
 */
@Injectable()
@NotificationTransport('expo')
export class ExpoPushTransport implements Transport<ExpoContent> {
  readonly batching = true;
  readonly #headers: Readonly<Record<string, string>>;

  /** @param accessToken for projects with enhanced security @param url where Expo is reached */
  constructor(
    accessToken?: string,
    private readonly url = 'https://exp.host',
  ) {
    this.#headers = accessToken === undefined ? {} : { authorization: `Bearer ${accessToken}` };
  }

  validateAddress(address: string): string | undefined {
    return /^Expo(?:nent)?PushToken\[[\w-]{1,200}\]$/.test(address) ? undefined : 'must be a token like ExponentPushToken[…]';
  }

  async send(
    messages: readonly OutgoingMessage<ExpoContent>[],
    { signal, accepted }: SendContext,
  ): Promise<readonly SendResult[]> {
    const results: SendResult[] = [];
    for (let from = 0; from < messages.length; from += MOST_MESSAGES) {
      const part = messages.slice(from, from + MOST_MESSAGES);
      const made = await this.post(part, signal);
      part.forEach(({ message }, index) => made[index]?.status === 'accepted' && accepted?.(message));
      results.push(...made);
    }
    return results;
  }

  private async post(part: readonly OutgoingMessage<ExpoContent>[], signal: AbortSignal): Promise<readonly SendResult[]> {
    const body = part.map(({ message, content }) => ({
      to: message.address,
      title: content.title.toWellFormed(),
      body: content.body.toWellFormed(),
      data: { ...content.data, id: message.messageId },
      priority: message.lane === 'critical' || message.priority === 'high' ? 'high' : 'default',
      ...ttlOf(message),
    }));
    const answer = await postJson(`${this.url}/--/api/v2/push/send`, body, this.#headers, signal);
    if (isFailed(answer)) return part.map(() => answer);
    const tickets = member(answer.body, 'data');
    if (answer.status === 200 && Array.isArray(tickets) && tickets.length === part.length) return tickets.map(resultOf);
    // Tokens of two projects, or a message that Expo cannot read: the others are not to blame.
    if (answer.status === 400 && part.length > 1) {
      const middle = Math.ceil(part.length / 2);
      return [...(await this.post(part.slice(0, middle), signal)), ...(await this.post(part.slice(middle), signal))];
    }
    return part.map(() => refusalOf(answer));
  }
}

/** https://docs.expo.dev/push-notifications/sending-notifications/#individual-errors */
function resultOf(ticket: unknown): SendResult {
  if (member(ticket, 'status') === 'ok') return ACCEPTED;
  const error = member(member(ticket, 'details'), 'error');
  const said = member(ticket, 'message');
  const text = `Expo answered ${typeof error === 'string' ? error : 'an error'}${typeof said === 'string' ? `: ${said}` : ''}`;
  switch (error) {
    case 'DeviceNotRegistered':
      return failed('permanent', 'address_rejected', text);
    case 'MessageTooBig':
      return failed('permanent', 'content_rejected', text);
    case 'MessageRateExceeded':
      return failed('retry', 'rate_limited', text);
    case 'MismatchSenderId':
    case 'InvalidCredentials':
      return failed('channel_unavailable', 'credentials_rejected', text);
    default:
      return failed('retry', 'temporarily_refused', text);
  }
}

/** The whole request was refused. */
function refusalOf({ status, body, retryAfterMs }: Answer): SendResult {
  const errors = member(body, 'errors');
  const code = Array.isArray(errors) ? member(errors[0], 'code') : undefined;
  const text = `Expo answered ${status}${typeof code === 'string' ? `: ${code}` : ''}`;
  if (status === 401 || status === 403) return failed('channel_unavailable', 'credentials_rejected', text);
  if (status === 429) return failed('retry', 'rate_limited', text, retryAfterMs);
  if (status === 400 || status === 413) return failed('permanent', 'content_rejected', text);
  return failed('retry', 'temporarily_refused', text, retryAfterMs);
}

/** Seconds for which Apple and Google keep it: until the first of its entries expires. */
function ttlOf({ entries }: ClaimedMessage): { readonly ttl?: number } {
  const ends = entries.flatMap(({ content }) => content.expiresAt ?? []);
  return ends.length === 0 ? {} : { ttl: Math.max(1, Math.floor((Math.min(...ends) - Date.now()) / 1_000)) };
}

@Injectable()
@NotificationFormatter({ channel: 'expo' })
export class ExpoFormatter implements Formatter<ExpoContent> {
  format(message: ClaimedMessage): ExpoContent {
    const { entries } = message;
    const [first, ...others] = entries;
    const own = others.length > 0 ? undefined : first?.content;
    const data = { count: entries.length, ...(JSON.stringify(own?.data ?? {}).length > MOST_DATA_CHARACTERS ? {} : own?.data) };
    if (own !== undefined) return { title: own.title, body: (own.body ?? '').slice(0, MOST_BODY_BYTES / 4), data };
    const body = digestLines(message, (lines) => Buffer.byteLength(lines) <= MOST_BODY_BYTES);
    return { title: `${entries.length} notifications`, body, data };
  }
}

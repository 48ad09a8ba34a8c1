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

/** The parameter of a template, https://developers.facebook.com/docs/whatsapp/cloud-api/reference/messages#template-object */
const MOST_CHARACTERS = 1_024;

export interface WhatsAppSettings {
  /** Of the business's number. */
  readonly phoneNumberId: string;
  readonly accessToken: string;
  /** An approved template whose text has two places: how many there are, and what. */
  readonly template: string;
  /** Language of the template, e.g. `en_US`. */
  readonly language: string;
  /** Where the API is reached. Defaults to Meta's. */
  readonly url?: string;
}

/** What the two places of the template get. */
export interface WhatsAppContent {
  readonly count: number;
  readonly text: string;
}

/**
 * Sends by the WhatsApp Cloud API. More than a day after a person's last message only an approved template may be sent, so a digest is one: a count and
 * some text.
 */
@Injectable()
@NotificationTransport('whatsapp')
export class WhatsAppTransport implements Transport<WhatsAppContent> {
  /** About one message in six seconds to one person (error 131056). */
  readonly addressIntervalMs = 6_000;
  readonly #settings: WhatsAppSettings;

  constructor(settings: WhatsAppSettings) {
    this.#settings = settings;
  }

  validateAddress(address: string): string | undefined {
    return /^\+[1-9]\d{7,14}$/.test(address) ? undefined : 'must be a number like +4312345678';
  }

  async send(messages: readonly OutgoingMessage<WhatsAppContent>[], { signal }: SendContext): Promise<readonly SendResult[]> {
    const { url = 'https://graph.facebook.com/v23.0', phoneNumberId, accessToken, template, language } = this.#settings;
    return Promise.all(
      messages.map(async ({ message, content }) => {
        const parameters = [String(content.count), oneLine(content.text)].map((text) => ({ type: 'text', text }));
        const body = {
          messaging_product: 'whatsapp',
          to: message.address,
          type: 'template',
          template: { name: template, language: { code: language }, components: [{ type: 'body', parameters }] },
          // WhatsApp drops no repeat; this comes back in its webhooks.
          biz_opaque_callback_data: message.messageId,
        };
        const headers = { authorization: `Bearer ${accessToken}` };
        const answer = await postJson(`${url}/${phoneNumberId}/messages`, body, headers, signal);
        return isFailed(answer) ? answer : resultOf(answer);
      }),
    );
  }
}

/** A parameter may have no line feed, no tab and not five spaces in a row (error 132018), nor be empty. */
function oneLine(text: string): string {
  const line = text
    .toWellFormed()
    .replace(/[\p{Cc}\s]+/gu, ' ')
    .trim();
  return line === '' ? '-' : line.slice(0, MOST_CHARACTERS).toWellFormed();
}

/** https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes */
function resultOf({ status, body, retryAfterMs }: Answer): SendResult {
  if (status < 300) return ACCEPTED;
  const error = member(body, 'error');
  const code = Number(member(error, 'code') ?? 0);
  const said = member(error, 'message');
  const text = `WhatsApp answered ${status}${code === 0 ? '' : ` (${code})`}${typeof said === 'string' ? `: ${said}` : ''}`;
  switch (code) {
    case 4:
    case 80007:
    case 130429:
    case 131048:
      return failed('retry', 'rate_limited', text, retryAfterMs);
    case 131056:
      return failed('retry', 'rate_limited', text, Math.max(retryAfterMs, 6_000));
    case 131026:
    case 131030:
      return failed('permanent', 'address_rejected', text);
    case 10:
    case 190:
    case 131005:
    case 131031:
    case 133010:
      return failed('channel_unavailable', 'credentials_rejected', text);
    case 100:
    case 131008:
    case 131009:
    case 131047:
    case 131051:
      return failed('permanent', 'content_rejected', text);
  }
  // Everything about templates.
  if (code >= 132000 && code <= 132999) return failed('permanent', 'content_rejected', text);
  if (status === 401 || status === 403) return failed('channel_unavailable', 'credentials_rejected', text);
  if (status === 429) return failed('retry', 'rate_limited', text, retryAfterMs);
  if (status >= 500) return failed('retry', 'temporarily_refused', text, retryAfterMs);
  return failed('permanent', 'content_rejected', text);
}

@Injectable()
@NotificationFormatter({ channel: 'whatsapp' })
export class WhatsAppFormatter implements Formatter<WhatsAppContent> {
  format(message: ClaimedMessage): WhatsAppContent {
    const text = digestLines(message, (lines) => lines.length <= MOST_CHARACTERS).replaceAll('\n', '; ');
    return { count: message.entries.length, text: text.slice(0, MOST_CHARACTERS) };
  }
}

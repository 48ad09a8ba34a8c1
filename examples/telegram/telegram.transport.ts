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

/** https://core.telegram.org/bots/api#sendmessage */
const MOST_CHARACTERS = 4_096;

/** Sends by a Telegram bot. An address is the id of a chat, or the `@name` of a channel. */
@Injectable()
@NotificationTransport('telegram')
export class TelegramTransport implements Transport<string> {
  /** https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this: about one message a second to one chat. */
  readonly addressIntervalMs = 1_000;
  /** The bot's token stands in every path. */
  readonly #url: string;

  /** @param url where Telegram is reached */
  constructor(token: string, url = 'https://api.telegram.org') {
    this.#url = `${url}/bot${token}/sendMessage`;
  }

  validateAddress(address: string): string | undefined {
    return /^(?:-?\d{1,20}|@\w{4,32})$/.test(address) ? undefined : 'must be the id of a chat, or the @name of a channel';
  }

  async send(messages: readonly OutgoingMessage<string>[], { signal }: SendContext): Promise<readonly SendResult[]> {
    return Promise.all(
      messages.map(async ({ message: { address }, content }) => {
        const text = content.toWellFormed();
        if (text.trim() === '' || text.length > MOST_CHARACTERS)
          return failed(
            'permanent',
            'content_rejected',
            `it has ${text.length} characters; Telegram takes 1 to ${MOST_CHARACTERS}`,
          );
        const answer = await postJson(this.#url, { chat_id: address, text }, {}, signal);
        return isFailed(answer) ? answer : resultOf(answer);
      }),
    );
  }
}

/** https://core.telegram.org/bots/api#making-requests, and its texts, as there are no codes that say more. */
function resultOf({ status, body, retryAfterMs }: Answer): SendResult {
  if (status === 200 && member(body, 'ok') === true) return ACCEPTED;
  const said = member(body, 'description');
  const text = `Telegram answered ${status}${typeof said === 'string' ? `: ${said}` : ''}`;
  if (status === 429) {
    const seconds = member(member(body, 'parameters'), 'retry_after');
    return failed('retry', 'rate_limited', text, typeof seconds === 'number' ? seconds * 1_000 : retryAfterMs);
  }
  // A token that is none is a path that is none.
  if (status === 401 || status === 404) return failed('channel_unavailable', 'credentials_rejected', text);
  if (status === 403) return failed('permanent', 'address_rejected', text);
  if (status === 400) {
    const isAddress = /chat|user|peer|group/i.test(text) && !/message text/i.test(text);
    return failed('permanent', isAddress ? 'address_rejected' : 'content_rejected', text);
  }
  return failed('retry', 'temporarily_refused', text, retryAfterMs);
}

@Injectable()
@NotificationFormatter({ channel: 'telegram' })
export class TelegramFormatter implements Formatter<string> {
  format(message: ClaimedMessage): string {
    return digestLines(message, (text) => text.length <= MOST_CHARACTERS);
  }
}

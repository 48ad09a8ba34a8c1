import { Injectable, Optional } from '@nestjs/common';
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
import { folded, segmentsOf } from './sms-text.js';

/** Where the provider is, and the key it knows us by. */
export class SmsGateway {
  readonly #key: string;

  constructor(
    readonly url: string,
    key: string,
  ) {
    this.#key = key;
  }

  /** The call is made with a number that names it, so that the provider drops a repeat. */
  post(body: object, messageId: string, signal: AbortSignal): Promise<Response> {
    const headers = { authorization: `Bearer ${this.#key}`, 'content-type': 'application/json', 'idempotency-key': messageId };
    return fetch(this.url, { method: 'POST', headers, body: JSON.stringify(body), signal });
  }
}

/** More segments cost more than they tell. */
const MOST_SEGMENTS = 3;

/** Sends short messages by a provider's HTTP API. */
@Injectable()
@NotificationTransport('sms')
export class SmsTransport implements Transport<string> {
  constructor(private readonly gateway: SmsGateway) {}

  validateAddress(address: string): string | undefined {
    return /^\+[1-9]\d{7,14}$/.test(address) ? undefined : 'must be a number like +4312345678';
  }

  async send(messages: readonly OutgoingMessage<string>[], { signal }: SendContext): Promise<readonly SendResult[]> {
    return Promise.all(messages.map((message) => this.call(message, signal)));
  }

  private async call({ message, content }: OutgoingMessage<string>, signal: AbortSignal): Promise<SendResult> {
    if (signal.aborted) return failed('deferred', 'interrupted', 'it was not attempted');
    const segments = segmentsOf(content);
    if (segments > MOST_SEGMENTS) return failed('permanent', 'content_rejected', `it has ${segments} segments`);
    try {
      const body = { to: message.address, text: content.toWellFormed() };
      const response = await this.gateway.post(body, message.messageId, signal);
      await response.body?.cancel();
      return resultOf(response);
    } catch (error) {
      // Once the request was on its way nobody knows whether it arrived, unless no connection was made at all.
      if (isRefusedConnection(error)) return failed('retry', 'connection_failed', 'the provider cannot be reached');
      return failed('uncertain', 'uncertain', 'the provider did not answer');
    }
  }
}

function resultOf({ status, headers }: Response): SendResult {
  if (status < 300) return { status: 'accepted' };
  if (status === 401 || status === 403)
    return failed('channel_unavailable', 'credentials_rejected', `the provider answered ${status}`);
  if (status !== 429 && status < 500) return failed('permanent', 'address_rejected', `the provider answered ${status}`);
  const seconds = Number(headers.get('retry-after') ?? 0);
  return { ...failed('retry', 'temporarily_refused', `the provider answered ${status}`), retryAfterMs: seconds * 1_000 || 0 };
}

type Failed = Extract<SendResult, { status: 'failed' }>;

function failed(kind: Failed['kind'], reason: Failed['failure']['reason'], message: string): Failed {
  return { status: 'failed', kind, failure: { reason, message } };
}

/** By the code of its cause, not by its class: under Jest an error of `fetch` is no instance of the test's `Error`. */
function isRefusedConnection(error: unknown): boolean {
  const { cause } = error as { readonly cause?: { readonly code?: unknown } };
  return cause?.code === 'ECONNREFUSED' || cause?.code === 'ENOTFOUND';
}

/** The titles of a digest, cut at whole segments: what does not fit is counted, and costs nothing. */
@Injectable()
@NotificationFormatter({ channel: 'sms' })
export class SmsFormatter implements Formatter<string> {
  /** @param mostSegments that a message may cost */
  constructor(@Optional() private readonly mostSegments = 2) {}

  format(message: ClaimedMessage): string {
    return folded(digestLines(message, (text) => segmentsOf(folded(text)) <= this.mostSegments));
  }
}

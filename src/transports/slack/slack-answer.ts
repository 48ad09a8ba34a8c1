import { isRecord } from '../../model/record.js';
import { retryAfterMs } from '../retry-after.js';
import { type SlackFault } from './slack-failure.js';

/** Most that is read of an answer; Slack's own have a few hundred bytes. */
export const MAX_ANSWER_BYTES = 64 * 1024;

/** An HTTP answer to a post, with its body as far as it was read. */
export interface SlackResponse {
  readonly status: number;
  readonly body: string;
  /** The body ended within {@link MAX_ANSWER_BYTES}, and its connection did not break before. */
  readonly complete: boolean;
  readonly retryAfterMs?: number;
}

/** Reads an answer: the status decides, so a body that breaks or does not end is no error. */
export async function readResponse(response: Response, now: number): Promise<SlackResponse> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  let complete = true;
  const stream: AsyncIterable<Uint8Array> | null = response.body;
  try {
    for await (const chunk of stream ?? []) {
      bytes += chunk.byteLength;
      if (bytes > MAX_ANSWER_BYTES) {
        complete = false;
        break;
      }
      chunks.push(chunk);
    }
  } catch {
    complete = false;
  }
  const after = retryAfterMs(response.headers.get('retry-after'), now);
  const body = Buffer.concat(chunks).toString('utf8');
  return { status: response.status, body, complete, ...(after === undefined ? {} : { retryAfterMs: after }) };
}

/**
 * What an answer of the Web API says: the object that it is when the post was taken, else the fault. Only `"ok": true` means that it was
 * taken (https://docs.slack.dev/apis/web-api/#responses). What is not JSON comes from a proxy or a captive portal on the way.
 */
export function webApiAnswer(response: SlackResponse): { readonly ts: string | undefined } | { readonly fault: SlackFault } {
  const { status, body, complete, retryAfterMs: after } = response;
  const wait = after === undefined ? {} : { retryAfterMs: after };
  if (status === 429) return { fault: { kind: 'status', status, body: '', ...wait } };
  const json = parsed(body);
  if (status !== 200) {
    return { fault: isRecord(json) && typeof json['error'] === 'string' ? ofBody(json, wait) : ofStatus(response) };
  }
  if (isRecord(json)) {
    if (json['ok'] !== true) return { fault: ofBody(json, wait) };
    return { ts: typeof json['ts'] === 'string' ? json['ts'] : undefined };
  }
  const cut = json === undefined && (body.trimStart().startsWith('{') || (body.trim() === '' && !complete));
  return { fault: cut ? { kind: 'cut' } : { kind: 'foreign', status, ...wait } };
}

/** What an answer of an incoming webhook says (https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks#handling_errors). */
export function webhookAnswer(response: SlackResponse): { readonly ts: undefined } | { readonly fault: SlackFault } {
  const { status, body, complete, retryAfterMs: after } = response;
  const text = body.trim();
  if (status === 200 && complete && text === 'ok') return { ts: undefined };
  const wait = after === undefined ? {} : { retryAfterMs: after };
  const code = status < 500 && status !== 429 ? /^[a-z_]{3,60}$/.exec(text)?.[0] : undefined;
  if (code !== undefined && complete) return { fault: { kind: 'answered', error: code, ...wait } };
  if (status !== 200) return { fault: ofStatus(response) };
  return { fault: complete || isHtml(text) ? { kind: 'foreign', status, ...wait } : { kind: 'cut' } };
}

function ofStatus({ status, body, retryAfterMs: after }: SlackResponse): SlackFault {
  const wait = after === undefined ? {} : { retryAfterMs: after };
  const foreign = (status >= 300 && status < 400) || (status < 500 && status !== 429 && isHtml(body.trim()));
  return foreign ? { kind: 'foreign', status, ...wait } : { kind: 'status', status, body, ...wait };
}

function ofBody(json: Readonly<Record<string, unknown>>, wait: { readonly retryAfterMs?: number }): SlackFault {
  const { error, response_metadata: metadata } = json;
  if (typeof error !== 'string') return { kind: 'foreign', status: 200, ...wait };
  const messages = isRecord(metadata) ? metadata['messages'] : undefined;
  const detail = Array.isArray(messages) ? messages.filter((message) => typeof message === 'string').join('; ') : '';
  return { kind: 'answered', error, ...(detail === '' ? {} : { detail }), ...wait };
}

function isHtml(text: string): boolean {
  return text.startsWith('<');
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body) as unknown;
  } catch {
    return undefined;
  }
}

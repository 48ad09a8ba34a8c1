import { type SendResult } from '../src/index.js';

export type Failed = Extract<SendResult, { status: 'failed' }>;
export const ACCEPTED: SendResult = { status: 'accepted' };

/** What a provider answered; `body` is undefined when it is no JSON. */
export interface Answer {
  readonly status: number;
  readonly body: unknown;
  /** From `Retry-After`, ms; 0 without one. */
  readonly retryAfterMs: number;
}

/** Longest wait for an answer, ms. */
const TIMEOUT_MS = 15_000;
/** Codes of errors that come before a request is sent. */
const NOT_CONNECTED = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
]);

/** Posts JSON once, and follows no redirect. Resolves with the answer, or with why there is none: nothing of the URL or the headers stands in it. */
export async function postJson(
  url: string,
  body: unknown,
  headers: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<Answer | Failed> {
  if (signal.aborted) return failed('deferred', 'interrupted', 'it was not attempted');
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
      redirect: 'manual',
      signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
    });
    return { status: response.status, body: parsed(await response.text()), retryAfterMs: retryAfterOf(response.headers) };
  } catch (error) {
    // By the code of its cause: under Jest an error of `fetch` is no instance of the test's `Error`.
    const { cause } = error as { readonly cause?: { readonly code?: string } };
    if (NOT_CONNECTED.has(cause?.code ?? '')) return failed('retry', 'connection_failed', 'the provider cannot be reached');
    // Once a request is sent nobody knows whether it arrived.
    return failed('uncertain', 'uncertain', 'the provider did not answer');
  }
}

export function isFailed(answer: Answer | Failed): answer is Failed {
  return answer.status === 'failed';
}

export function failed(kind: Failed['kind'], reason: Failed['failure']['reason'], message: string, retryAfterMs = 0): Failed {
  const line = message.replace(/\s+/g, ' ').slice(0, 300);
  return { status: 'failed', kind, failure: { reason, message: line }, ...(retryAfterMs > 0 ? { retryAfterMs } : {}) };
}

/** The member of an object that is not known. */
export function member(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>)[name] : undefined;
}

/** Seconds or a date (RFC 9110 §10.2.3). */
function retryAfterOf(headers: Headers): number {
  const value = headers.get('retry-after') ?? '';
  const ms = /^\d+$/.test(value) ? Number(value) * 1_000 : Date.parse(value) - Date.now();
  return ms > 0 ? ms : 0;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

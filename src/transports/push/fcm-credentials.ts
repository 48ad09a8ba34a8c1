import { createPrivateKey, sign } from 'node:crypto';
import { type Clock } from '../../model/clock.js';
import { type HttpConnections } from '../http/http-connections.js';
import { type ServiceAccount } from './fcm-account.js';

const SCOPE = 'https://www.googleapis.com/auth/firebase.messaging';
const GRANT = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
/** A token is asked for with the longest life that Google gives, and used for all but the last minutes of it. */
const TOKEN_MS = 60 * 60 * 1_000;
const SPARE_MS = 5 * 60 * 1_000;
/** The request ends at the time limit of a call, and when the transport is closed. */
const NEVER = new AbortController().signal;

/** Access tokens of a service account (RFC 7523): one at a time, asked for when the last one is about to end. */
export class FcmCredentials {
  readonly #account: ServiceAccount;
  #token: { readonly text: string; readonly until: number } | undefined;
  private asking: Promise<string> | undefined;

  constructor(
    account: ServiceAccount,
    private readonly connections: HttpConnections,
    private readonly clock: Clock,
  ) {
    this.#account = account;
  }

  /**
   * All callers wait for one request, which none of them stops for the others.
   *
   * @throws Error when there is none: the message says why and holds no secret; the reason of the signal
   */
  async token(signal: AbortSignal): Promise<string> {
    if (this.#token !== undefined && this.clock.now() < this.#token.until) return this.#token.text;
    signal.throwIfAborted();
    this.asking ??= this.ask().finally(() => (this.asking = undefined));
    const { promise: stopped, reject } = Promise.withResolvers<never>();
    const stop = (): void => reject(new Error('the send was stopped while an access token was asked for'));
    signal.addEventListener('abort', stop, { once: true });
    try {
      return await Promise.race([this.asking, stopped]);
    } finally {
      signal.removeEventListener('abort', stop);
    }
  }

  /** A token was refused: the next call asks for another one, unless that happened already. */
  forget(token: string): void {
    if (this.#token?.text === token) this.#token = undefined;
  }

  private async ask(): Promise<string> {
    const { client_email: issuer, private_key: key, token_uri: url } = this.#account;
    const now = this.clock.now();
    const at = Math.floor(now / 1_000);
    const claims = { iss: issuer, scope: SCOPE, aud: url, iat: at, exp: at + TOKEN_MS / 1_000 };
    const unsigned = [{ alg: 'RS256', typ: 'JWT' }, claims]
      .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
      .join('.');
    const assertion = `${unsigned}.${sign('sha256', Buffer.from(unsigned), createPrivateKey(key)).toString('base64url')}`;
    const answer = await this.connections.post(
      {
        url,
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        body: new URLSearchParams({ grant_type: GRANT, assertion }).toString(),
        wantsAnswer: true,
      },
      NEVER,
    );
    if (!('status' in answer)) throw new Error('no answer came from the token service of FCM_SERVICE_ACCOUNT');
    const { access_token: text, expires_in: seconds } = read(answer.text);
    if (answer.status !== 200 || typeof text !== 'string') {
      throw new TokenRefusedError(`the token service of FCM_SERVICE_ACCOUNT answered ${answer.status}`, isRefusal(answer.status));
    }
    const lifeMs = typeof seconds === 'number' && seconds >= 0 ? Math.min(TOKEN_MS, seconds * 1_000) : TOKEN_MS;
    this.#token = { text, until: now + lifeMs - Math.min(SPARE_MS, lifeMs / 2) };
    return text;
  }
}

export class TokenRefusedError extends Error {
  /** @param isFinal asking again does not help */
  constructor(
    message: string,
    readonly isFinal: boolean,
  ) {
    super(message);
  }
}

/** Whether the account is at fault, and not the service or its load (RFC 6749 §5.2). */
function isRefusal(status: number): boolean {
  return status >= 400 && status < 500 && status !== 408 && status !== 429;
}

function read(text: string | undefined): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text ?? '');
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

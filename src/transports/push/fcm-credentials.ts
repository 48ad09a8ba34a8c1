import { createPrivateKey, sign } from 'node:crypto';
import { type Clock } from '../../model/clock.js';
import { type HttpConnections } from '../http/http-connections.js';
import { type ServiceAccount } from './fcm-account.js';

const SCOPE = 'https://www.googleapis.com/auth/firebase.messaging';
const GRANT = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
/** A token is asked for with the longest life that Google gives, and used for all but the last minutes of it. */
const TOKEN_MS = 60 * 60 * 1_000;
const SPARE_MS = 5 * 60 * 1_000;

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

  /** @throws Error when there is none: the message says why and holds no secret */
  token(signal: AbortSignal): Promise<string> {
    if (this.#token !== undefined && this.clock.now() < this.#token.until) return Promise.resolve(this.#token.text);
    return (this.asking ??= this.ask(signal).finally(() => (this.asking = undefined)));
  }

  /** It was refused: the next call asks for another one. */
  forget(): void {
    this.#token = undefined;
  }

  private async ask(signal: AbortSignal): Promise<string> {
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
      signal,
    );
    if (!('status' in answer)) throw new Error('no answer came from the token service of FCM_SERVICE_ACCOUNT');
    const { access_token: text, expires_in: seconds } = read(answer.text);
    if (answer.status !== 200 || typeof text !== 'string') {
      throw new TokenRefusedError(`the token service of FCM_SERVICE_ACCOUNT answered ${answer.status}`, answer.status < 500);
    }
    const lifeMs = typeof seconds === 'number' ? seconds * 1_000 : TOKEN_MS;
    this.#token = { text, until: now + Math.max(0, lifeMs - SPARE_MS) };
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

function read(text: string | undefined): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text ?? '');
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

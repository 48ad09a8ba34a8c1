import { sign } from 'node:crypto';
import { type ClientHttp2Session, connect, type IncomingHttpHeaders } from 'node:http2';
import { type Answer, type Failed, failed } from '../http-call.js';

/** Apple renews no token before 20 minutes are over, and takes none that is older than 60. */
const TOKEN_MS = 40 * 60 * 1_000;
const TIMEOUT_MS = 15_000;

export interface ApnsKey {
  /** The key's file, PEM. */
  readonly privateKey: string;
  readonly keyId: string;
  readonly teamId: string;
}

/** One HTTP/2 connection to Apple, which is made when it is needed and made again when it has ended; and the token of the provider. */
export class ApnsSession {
  readonly #key: ApnsKey;
  private session: ClientHttp2Session | undefined;
  private token = '';
  private signedAt = -Infinity;

  constructor(
    private readonly url: string,
    key: ApnsKey,
  ) {
    this.#key = key;
  }

  /** Makes another token for the next request: Apple says that this one has expired. */
  renewToken(): void {
    this.signedAt = -Infinity;
  }

  async post(path: string, headers: Readonly<Record<string, string>>, body: string, stop: AbortSignal): Promise<Answer | Failed> {
    if (stop.aborted) return failed('deferred', 'interrupted', 'it was not attempted');
    const session = this.connected();
    const signal = AbortSignal.any([stop, AbortSignal.timeout(TIMEOUT_MS)]);
    return new Promise((resolve) => {
      const authorization = `bearer ${this.providerToken()}`;
      const request = session.request({ ':method': 'POST', ':path': path, authorization, ...headers });
      let answered: IncomingHttpHeaders = {};
      let text = '';
      const abort = (): void => void request.destroy();
      signal.addEventListener('abort', abort, { once: true });
      request.setEncoding('utf8');
      request.on('response', (given) => (answered = given));
      request.on('data', (part: string) => (text += part));
      // Says no more than `close`, which comes in each case.
      request.on('error', () => undefined);
      request.once('close', () => {
        signal.removeEventListener('abort', abort);
        const status = Number(answered[':status'] ?? 0);
        if (status !== 0)
          resolve({ status, body: parsed(text), retryAfterMs: Number(answered['retry-after'] ?? 0) * 1_000 || 0 });
        // Refused before it was taken up (RFC 9113 §8.7), or never sent.
        else if (request.rstCode === REFUSED_STREAM || !isConnected.has(session))
          resolve(failed('retry', 'connection_failed', 'Apple cannot be reached'));
        else resolve(failed('uncertain', 'uncertain', 'Apple did not answer'));
      });
      request.end(body);
    });
  }

  async close(): Promise<void> {
    const { session } = this;
    this.session = undefined;
    if (session === undefined || session.destroyed) return;
    await new Promise<void>((resolve) => {
      session.once('close', resolve);
      session.close();
      session.destroy();
    });
  }

  private connected(): ClientHttp2Session {
    if (this.session !== undefined && !this.session.closed && !this.session.destroyed) return this.session;
    const session = connect(this.url);
    session.once('connect', () => isConnected.add(session));
    session.on('error', () => undefined);
    // What is in flight is answered; the next request makes another connection.
    session.once('goaway', () => session.close());
    this.session = session;
    return session;
  }

  /** ES256 (RFC 7518 §3.4). */
  private providerToken(): string {
    const now = Date.now();
    if (now - this.signedAt < TOKEN_MS) return this.token;
    const { keyId, teamId, privateKey } = this.#key;
    const parts = [
      { alg: 'ES256', kid: keyId },
      { iss: teamId, iat: Math.floor(now / 1_000) },
    ];
    const unsigned = parts.map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
    const signature = sign('sha256', Buffer.from(unsigned), { key: privateKey, dsaEncoding: 'ieee-p1363' });
    this.token = `${unsigned}.${signature.toString('base64url')}`;
    this.signedAt = now;
    return this.token;
  }
}

/** RFC 9113 §7 */
const REFUSED_STREAM = 7;
/** Sessions that had a connection: what was asked of the others was never sent. */
const isConnected = new WeakSet<ClientHttp2Session>();

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

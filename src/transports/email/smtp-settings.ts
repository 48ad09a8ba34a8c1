import { isIP } from 'node:net';
import { type SMTPConnectionOptions } from 'nodemailer/lib/smtp-connection';
import { InvalidConfigurationError } from '../../model/errors.js';

/** Longest to wait for a TCP (and TLS) connection, name lookup included. */
export const CONNECT_TIMEOUT_MS = 10_000;
/** Longest to wait for the server's greeting. */
export const GREETING_TIMEOUT_MS = 10_000;
/** Longest silence of the server within a session. RFC 5321 §4.5.3.2 would allow minutes; a worker is not kept that long. */
export const SOCKET_TIMEOUT_MS = 30_000;
/** How long the server may take to close its side after ours is closed. */
const CLOSE_TIMEOUT_MS = 1_000;

/** Where and how to connect. Holds the password: never printed, never part of an error. */
export class SmtpSettings {
  readonly #user: string;
  readonly #password: string;
  /** `host:port`, for people; without credentials. */
  readonly server: string;
  readonly connection: Readonly<SMTPConnectionOptions>;

  constructor(smtpUrl: string) {
    const url = parse(smtpUrl);
    const secure = url.protocol === 'smtps:';
    const host = decodeURIComponent(url.hostname.replace(/^\[(.*)\]$/, '$1'));
    const port = url.port === '' ? (secure ? 465 : 587) : Number(url.port);
    this.#user = decodeURIComponent(url.username);
    this.#password = decodeURIComponent(url.password);
    this.server = isIP(host) === 6 ? `[${host}]:${port}` : `${host}:${port}`;
    this.connection = {
      host,
      port,
      secure,
      connectionTimeout: CONNECT_TIMEOUT_MS,
      dnsTimeout: CONNECT_TIMEOUT_MS,
      greetingTimeout: GREETING_TIMEOUT_MS,
      socketTimeout: SOCKET_TIMEOUT_MS,
      socketCloseTimeout: CLOSE_TIMEOUT_MS,
      logger: false,
    };
  }

  get credentials(): { readonly user: string; readonly pass: string } | undefined {
    return this.#user === '' ? undefined : { user: this.#user, pass: this.#password };
  }

  /** A server's words without our password in them, should it repeat what it was told. */
  redact(text: string): string {
    if (this.#password === '') return text;
    const plain = Buffer.from(`\0${this.#user}\0${this.#password}`).toString('base64');
    const login = Buffer.from(this.#password).toString('base64');
    return [this.#password, encodeURIComponent(this.#password), plain, login].reduce(
      (redacted, secret) => redacted.replaceAll(secret, '***'),
      text,
    );
  }
}

function parse(smtpUrl: string): URL {
  const url = URL.canParse(smtpUrl) ? new URL(smtpUrl) : undefined;
  const valid = (url?.protocol === 'smtp:' || url?.protocol === 'smtps:') && url.hostname !== '';
  if (valid && [url.hostname, url.username, url.password].every(isDecodable)) return url;
  throw new InvalidConfigurationError([
    'email.smtpUrl is not of the form smtp(s)://user:password@host:port, with % signs written as %25 (its value is not shown)',
  ]);
}

function isDecodable(part: string): boolean {
  try {
    decodeURIComponent(part);
    return true;
  } catch {
    return false;
  }
}

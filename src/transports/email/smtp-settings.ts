import { isIP } from 'node:net';
import { type SMTPConnectionOptions } from 'nodemailer/lib/smtp-connection';
import { InvalidConfigurationError } from '../../model/errors.js';

/** Longest that opening a session may take: name lookup, TCP, TLS, greeting, EHLO, STARTTLS and AUTH together. */
export const OPEN_DEADLINE_MS = 20_000;
/** Longest to wait for a TCP (and TLS) connection, name lookup included. */
export const CONNECT_TIMEOUT_MS = 10_000;
/** Longest to wait for the server's greeting. */
export const GREETING_TIMEOUT_MS = 10_000;
/** Longest silence of the server within a session. RFC 5321 §4.5.3.2 would allow minutes; a worker is not kept that long. */
export const SOCKET_TIMEOUT_MS = 30_000;
/** Most that one reply of the server may have. RFC 5321 §4.5.3.1.5 allows 512 octets for a line, and servers send a few lines. */
export const MAX_REPLY_BYTES = 64 * 1024;
/** How long the server may take to close its side after ours is closed. */
const CLOSE_TIMEOUT_MS = 1_000;

/** Where and how to connect. Holds the password: never printed, never part of an error. */
export class SmtpSettings {
  readonly #user: string;
  readonly #password: string;
  /** `host:port`, for people; without credentials. */
  readonly server: string;
  /** Credentials go to a host other than loopback, so the session must be under TLS before they do (RFC 8314 §4.1). */
  readonly requiresTls: boolean;
  readonly connection: Readonly<SMTPConnectionOptions>;

  /**
   * @param smtpUrl `smtp(s)://user:password@host:port`
   * @param allowPlaintext whether credentials may go to a host other than loopback without TLS
   * @throws InvalidConfigurationError without showing the address
   */
  constructor(smtpUrl: string, allowPlaintext = false) {
    const url = parse(smtpUrl);
    const secure = url.protocol === 'smtps:';
    const host = decodeURIComponent(url.hostname.replace(/^\[(.*)\]$/, '$1'));
    const port = url.port === '' ? (secure ? 465 : 587) : Number(url.port);
    this.#user = decodeURIComponent(url.username);
    this.#password = decodeURIComponent(url.password);
    this.server = isIP(host) === 6 ? `[${host}]:${port}` : `${host}:${port}`;
    this.requiresTls = this.#user !== '' && !secure && !allowPlaintext && !isLoopback(host);
    this.connection = {
      host,
      port,
      secure,
      requireTLS: this.requiresTls,
      connectionTimeout: CONNECT_TIMEOUT_MS,
      dnsTimeout: CONNECT_TIMEOUT_MS,
      greetingTimeout: GREETING_TIMEOUT_MS,
      socketTimeout: SOCKET_TIMEOUT_MS,
      socketCloseTimeout: CLOSE_TIMEOUT_MS,
      maxResponseSize: MAX_REPLY_BYTES,
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

/** By its name only: no lookup is trusted with this (RFC 6761 §6.3, RFC 1122 §3.2.1.3, RFC 4291 §2.5.3). */
function isLoopback(host: string): boolean {
  return /^(?:.+\.)?localhost\.?$/i.test(host) || (isIP(host) === 4 && host.startsWith('127.')) || host === '::1';
}

function isDecodable(part: string): boolean {
  try {
    decodeURIComponent(part);
    return true;
  } catch {
    return false;
  }
}

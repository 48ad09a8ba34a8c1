import { type Socket } from 'node:net';
import SMTPConnection from 'nodemailer/lib/smtp-connection';
import { InvalidConfigurationError } from '../../model/errors.js';
import { type SmtpExtensions } from './smtp-transaction.js';

/** What this module reads of nodemailer's connection without a public type for it; pinned by `~10.6.0` in package.json. */
interface ConnectionFields {
  readonly _socket: Socket | false | null;
  readonly _supportedExtensions: readonly string[];
  readonly _maxAllowedSize: number;
  /** Undefined until the server answered EHLO, and for one that only knows HELO. */
  readonly _ehloLines?: readonly string[];
}

const EXPECTED: readonly (readonly [field: string, isExpected: (value: unknown) => boolean])[] = [
  ['_socket', (value) => value === false || value === null],
  ['_supportedExtensions', Array.isArray],
  ['_maxAllowedSize', (value) => typeof value === 'number'],
  ['allowsAuth', (value) => typeof value === 'boolean'],
];

/**
 * Checks that a new connection of the installed nodemailer has the private fields that {@link openedSocket} and {@link extensionsOf} read.
 *
 * @throws InvalidConfigurationError naming the field that is missing
 */
export function assertConnectionFields(connection: object = new SMTPConnection({})): void {
  const fields = connection as Readonly<Record<string, unknown>>;
  const missing = EXPECTED.filter(([field, isExpected]) => !isExpected(fields[field])).map(([field]) => field);
  if (missing.length === 0) return;
  throw new InvalidConfigurationError([
    `the installed nodemailer does not have what the e-mail transport reads of its connections (${missing.join(', ')}): install nodemailer ~10.6.0`,
  ]);
}

/** The socket of a connection, TLS or not; undefined while there is none. */
export function openedSocket(connection: SMTPConnection): Socket | undefined {
  const { _socket: socket } = fieldsOf(connection);
  return socket === false || socket === null ? undefined : socket;
}

/** What the server announced in its answer to the last EHLO. */
export function extensionsOf(connection: SMTPConnection): SmtpExtensions {
  const { _supportedExtensions: names, _maxAllowedSize: maxBytes, _ehloLines: lines = [] } = fieldsOf(connection);
  return {
    pipelining: names.includes('PIPELINING'),
    chunking: lines.some((line) => /^CHUNKING\b/i.test(line)),
    smtpUtf8: names.includes('SMTPUTF8'),
    ...(names.includes('SIZE') ? { maxBytes } : {}),
  };
}

function fieldsOf(connection: SMTPConnection): ConnectionFields {
  return connection as unknown as ConnectionFields;
}

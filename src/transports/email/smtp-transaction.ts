import { type SendResult } from '../transport.js';
import { type Mail } from './mail-writer.js';
import { failed } from './smtp-failure.js';

/** What the server said it can do (RFC 5321 §4.1.1.1). */
export interface SmtpExtensions {
  /** RFC 2920. */
  readonly pipelining: boolean;
  /** RFC 6531. */
  readonly smtpUtf8: boolean;
  /** RFC 1870: the largest mail it takes, bytes; 0: any. Undefined: it did not say. */
  readonly maxBytes?: number;
}

const NON_ASCII = /[^\x20-\x7e]/;

/** One mail on its way, and what became of it so far. */
export class SmtpTransaction {
  /** Of each recipient. */
  readonly results: (SendResult | undefined)[];
  /** The operating system has its final dot. */
  flushed = false;
  /** Empty until its turn comes, and after it was taken. */
  private data = '';

  constructor(private readonly mail: Mail) {
    this.results = new Array<undefined>(mail.to.length).fill(undefined);
  }

  get to(): readonly string[] {
    return this.mail.to;
  }

  /** Some recipient of it has no result yet. */
  get isOpen(): boolean {
    return this.results.includes(undefined);
  }

  /** For every recipient that has no result of its own. */
  settle(result: SendResult): void {
    this.results.forEach((known, recipient) => (this.results[recipient] = known ?? result));
  }

  /** Writes the mail; one that is none, or that this server will not take whatever is said, is settled. @returns whether it can be sent */
  prepare({ smtpUtf8, maxBytes = 0 }: SmtpExtensions): boolean {
    if (!smtpUtf8 && this.isBeyondAscii()) {
      this.settle(failed('permanent', 'address_rejected', 'the server does not take addresses beyond ASCII (SMTPUTF8)'));
      return false;
    }
    try {
      this.data = this.mail.write();
    } catch (error) {
      this.settle(failed('permanent', 'unrenderable', `the mail could not be written: ${String(error)}`));
      return false;
    }
    const bytes = this.data.length;
    if (maxBytes === 0 || bytes <= maxBytes) return true;
    const said = `the mail has ${bytes} bytes and the server takes at most ${maxBytes}`;
    this.settle(failed('permanent', 'content_rejected', said));
    return false;
  }

  /** MAIL, with the parameters of the extensions. */
  mailFrom({ maxBytes }: SmtpExtensions): string {
    const size = maxBytes === undefined ? '' : ` SIZE=${this.data.length}`;
    return `MAIL FROM:<${this.mail.from}>${size}${this.isBeyondAscii() ? ' SMTPUTF8' : ''}\r\n`;
  }

  rcptTo(recipient: number): string {
    return `RCPT TO:<${this.mail.to[recipient] ?? ''}>\r\n`;
  }

  /** The content, once: nobody keeps it longer than the socket does. */
  take(): string {
    const { data } = this;
    this.data = '';
    return data;
  }

  private isBeyondAscii(): boolean {
    const { from, to } = this.mail;
    return NON_ASCII.test(from) || to.some((address) => NON_ASCII.test(address));
  }
}

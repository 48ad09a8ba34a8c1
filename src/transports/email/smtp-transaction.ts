import { type SendResult } from '../transport.js';
import { dotStuffed, type MailData, octetsOf, type WireData } from './mail-data.js';
import { type Mail } from './mail-writer.js';
import { failed, type FailedResult, smtpFailure } from './smtp-failure.js';

/** What the server said it can do (RFC 5321 §4.1.1.1). */
export interface SmtpExtensions {
  /** RFC 2920. */
  readonly pipelining: boolean;
  /** RFC 3030: it takes `BDAT`. */
  readonly chunking: boolean;
  /** RFC 6531. */
  readonly smtpUtf8: boolean;
  /** RFC 1870: the largest mail it takes, bytes; 0: any. Undefined: it did not say. */
  readonly maxBytes?: number;
}

/** A server's refusal of a command; `DATA` stands for the content as well, however it was sent. */
export interface Refusal {
  readonly command: 'MAIL FROM' | 'RCPT TO' | 'DATA';
  readonly code: number;
  /** Without secrets. */
  readonly text: string;
}

const NON_ASCII = /[^\x20-\x7e]/;

/** One mail, and what became of it so far. */
export class SmtpTransaction {
  /** Of each recipient. */
  readonly results: (SendResult | undefined)[];
  /** The operating system may have all of its content, so that the server may have taken it. */
  contentSent = false;
  /** Of its content, octets; known once it is prepared. */
  octets = 0;
  /** Empty until it is prepared, and after it was taken. */
  private data: MailData = '';

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

  /** Somebody is left whom the content may be sent to. Copies are of the first recipient's mail: without that one they are not sent. */
  get isWanted(): boolean {
    return this.mail.copies === true ? this.results[0] === undefined : this.isOpen;
  }

  /** The server refused the channel, not the mail, in answer to it. */
  get channelRefusal(): SendResult | undefined {
    return this.results.find((result) => result?.status === 'failed' && result.kind === 'channel_unavailable');
  }

  /** For every recipient that has no result of its own. */
  settle(result: SendResult): void {
    this.results.forEach((known, recipient) => (this.results[recipient] = known ?? result));
  }

  /** @param recipient whom it refused; undefined: all that have no result yet */
  refuse({ command, code, text }: Refusal, recipient?: number): void {
    const response = text === '' ? String(code) : text;
    const result = smtpFailure({ command, responseCode: code, response, message: response, contentSent: false });
    // Of a content for several the server does not say whose address it means.
    if (recipient === undefined) this.settle(this.to.length === 1 ? result : withoutBounce(result));
    else this.results[recipient] ??= result;
  }

  /** Writes the mail; one that is none, or that this server will not take whatever is said, is settled. @returns whether it can be sent */
  prepare({ smtpUtf8, maxBytes = 0 }: SmtpExtensions): boolean {
    if (!smtpUtf8 && this.isBeyondAscii()) {
      this.settle(failed('permanent', 'address_rejected', 'the server does not take addresses beyond ASCII (SMTPUTF8)'));
      return false;
    }
    try {
      this.data = this.mail.write();
      this.octets = octetsOf(this.data);
    } catch (error) {
      this.settle(failed('permanent', 'unrenderable', `the mail could not be written: ${String(error)}`));
      return false;
    }
    if (maxBytes === 0 || this.octets <= maxBytes) return true;
    const said = `the mail has ${this.octets} bytes and the server takes at most ${maxBytes}`;
    this.settle(failed('permanent', 'content_rejected', said));
    return false;
  }

  /** MAIL, with the parameters of the extensions. */
  mailFrom({ maxBytes }: SmtpExtensions): string {
    const size = maxBytes === undefined ? '' : ` SIZE=${this.octets}`;
    return `MAIL FROM:<${this.mail.from}>${size}${this.isBeyondAscii() ? ' SMTPUTF8' : ''}\r\n`;
  }

  rcptTo(recipient: number): string {
    return `RCPT TO:<${this.mail.to[recipient] ?? ''}>\r\n`;
  }

  /** The content as it is, once: nobody keeps it longer than the socket does. */
  take(): WireData {
    const { data } = this;
    this.data = '';
    return typeof data === 'string' ? data : data.slices();
  }

  /** The same for `DATA`. */
  takeStuffed(): WireData {
    return dotStuffed(this.take());
  }

  private isBeyondAscii(): boolean {
    const { from, to } = this.mail;
    return NON_ASCII.test(from) || to.some((address) => NON_ASCII.test(address));
  }
}

function withoutBounce(result: FailedResult): FailedResult {
  const { addressBounced: _, ...rest } = result;
  return rest;
}

/** The results of the mails that were tried: those before the first one that has a recipient without a result. */
export function triedResults(transactions: readonly SmtpTransaction[]): readonly (readonly SendResult[])[] {
  const open = transactions.findIndex(({ isOpen }) => isOpen);
  return transactions
    .slice(0, open < 0 ? undefined : open)
    .map(({ results }) => results.filter((result) => result !== undefined));
}

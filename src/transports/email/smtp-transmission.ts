import { type SendResult } from '../transport.js';
import { type MailSource } from './mail-source.js';
import { failed, type SmtpFault, smtpFailure } from './smtp-failure.js';
import { type SmtpWire } from './smtp-wire.js';

/** What the server said it can do (RFC 5321 §4.1.1.1). */
export interface SmtpExtensions {
  /** RFC 2920. */
  readonly pipelining: boolean;
  /** RFC 6531. */
  readonly smtpUtf8: boolean;
  /** RFC 1870: the largest mail it takes, bytes; 0: any. Undefined: it did not say. */
  readonly maxBytes?: number;
}

type Phase = 'MAIL FROM' | 'RCPT TO' | 'DATA' | 'CONTENT' | 'RSET';

/** The reply that is awaited next, and whose mail it is about. */
interface Awaited {
  readonly phase: Phase;
  readonly index: number;
}

/** A fault without the reply that may have caused it. */
export type LineFault = Pick<SmtpFault, 'code' | 'message'>;

const NON_ASCII = /[^\x20-\x7e]/;

/**
 * Some mails over one session, one transaction after the other. With PIPELINING a mail costs one round trip: MAIL, RCPT and DATA go
 * as one group, of which DATA must be the last command; a mail's content may be the first command of the next group (RFC 2920
 * §3.1), so the envelope of the next mail goes behind the final dot. At most two mails are under way at once. Without it every
 * command waits for the reply to the one before.
 */
export class SmtpTransmission {
  private readonly results: (SendResult | undefined)[];
  private readonly awaited: Awaited[] = [];
  private head = 0;
  /** The last mail whose final dot the operating system has. */
  private flushed = -1;
  private over = false;

  /**
   * @param redact takes secrets out of a server's words
   * @param ended called once: each mail has its result, or none when nothing of it was tried
   */
  constructor(
    private readonly wire: SmtpWire,
    private readonly mails: readonly MailSource[],
    private readonly extensions: SmtpExtensions,
    private readonly redact: (text: string) => string,
    private readonly ended: (results: readonly (SendResult | undefined)[]) => void,
  ) {
    this.results = new Array<undefined>(mails.length).fill(undefined);
  }

  start(): void {
    this.send(this.envelope(0));
  }

  /** @returns whether the session goes on */
  replied(code: number, text: string): boolean {
    const awaited = this.awaited[this.head];
    if (awaited === undefined || this.over) return false;
    this.head++;
    const { phase, index } = awaited;
    const wanted = phase === 'DATA' ? code === 354 : code < 300;
    if (!wanted && phase !== 'RSET') this.refuse(index, phase, code, text);
    if (code === 421) {
      this.end();
      return false;
    }
    this.goOn(phase, index, wanted);
    return true;
  }

  /** The line broke, or nobody waits any longer: the mail under way fails with that, the others were not tried. */
  lost(fault: LineFault): void {
    if (this.over) return;
    const awaited = this.awaited[this.head];
    if (awaited !== undefined && this.results[awaited.index] === undefined) {
      const contentSent = awaited.phase === 'CONTENT' && this.flushed >= awaited.index;
      const { code, message } = fault;
      this.results[awaited.index] = smtpFailure({ code, message: this.redact(message), contentSent });
    }
    this.end();
  }

  private goOn(phase: Phase, index: number, wanted: boolean): void {
    switch (phase) {
      case 'MAIL FROM':
        if (this.extensions.pipelining) return;
        if (wanted) this.ask('RCPT TO', index);
        else this.next(index);
        return;
      case 'RCPT TO':
        if (this.extensions.pipelining) return;
        if (wanted) this.ask('DATA', index);
        else this.reset(index);
        return;
      case 'DATA':
        if (!wanted) this.reset(index);
        else if (this.results[index] === undefined) this.content(index);
        // It wants content though it refused what it is for (RFC 2920 §3.1): an empty one, whatever it says to that.
        else this.send(`.\r\n`, { phase: 'RSET', index });
        return;
      case 'CONTENT':
        if (wanted) this.results[index] = ACCEPTED;
        // With pipelining the next one's envelope went behind this one, if there is a next one.
        if (this.head === this.awaited.length) this.next(index);
        return;
      case 'RSET':
        this.next(index);
    }
  }

  private content(index: number): void {
    const { data } = this.mails[index] ?? { data: '' };
    this.awaited.push({ phase: 'CONTENT', index });
    const behind = this.extensions.pipelining ? this.envelope(index + 1) : '';
    this.wire.write(`${data}.\r\n${behind}`, () => {
      this.flushed = Math.max(this.flushed, index);
    });
  }

  /** The commands that begin a mail's transaction; empty when there is none left. */
  private envelope(from: number): string {
    const index = this.firstFit(from);
    const mail = this.mails[index];
    if (mail === undefined) return '';
    this.awaited.push({ phase: 'MAIL FROM', index });
    if (!this.extensions.pipelining) return this.command('MAIL FROM', mail);
    this.awaited.push({ phase: 'RCPT TO', index }, { phase: 'DATA', index });
    return this.command('MAIL FROM', mail) + this.command('RCPT TO', mail) + this.command('DATA', mail);
  }

  /** Passes over mails that this server will not take, whatever is said. */
  private firstFit(from: number): number {
    let index = from;
    for (; index < this.mails.length; index++) {
      const mail = this.mails[index];
      if (mail === undefined) break;
      const { smtpUtf8, maxBytes } = this.extensions;
      if (!smtpUtf8 && NON_ASCII.test(mail.from + mail.to)) {
        this.results[index] = failed(
          'permanent',
          'address_rejected',
          'the server does not take addresses beyond ASCII (SMTPUTF8)',
        );
      } else if (maxBytes !== undefined && maxBytes > 0 && mail.data.length > maxBytes) {
        const said = `the mail has ${mail.data.length} bytes and the server takes at most ${maxBytes}`;
        this.results[index] = failed('permanent', 'content_rejected', said);
      } else {
        break;
      }
    }
    return index;
  }

  private command(phase: Phase, mail: MailSource): string {
    switch (phase) {
      case 'MAIL FROM': {
        const size = this.extensions.maxBytes === undefined ? '' : ` SIZE=${mail.data.length}`;
        return `MAIL FROM:<${mail.from}>${size}${NON_ASCII.test(mail.from + mail.to) ? ' SMTPUTF8' : ''}\r\n`;
      }
      case 'RCPT TO':
        return `RCPT TO:<${mail.to}>\r\n`;
      default:
        return `${phase}\r\n`;
    }
  }

  private ask(phase: Phase, index: number): void {
    const mail = this.mails[index];
    if (mail !== undefined) this.send(this.command(phase, mail), { phase, index });
  }

  /** RSET: ends a transaction that was refused half-way (RFC 5321 §4.1.1.5); the reply to it is nobody's. */
  private reset(index: number): void {
    this.send('RSET\r\n', { phase: 'RSET', index });
  }

  private next(index: number): void {
    const result = this.results[index];
    if (result?.status === 'failed' && result.kind === 'channel') {
      this.results.fill(result, index);
      this.end();
      return;
    }
    this.send(this.envelope(index + 1));
  }

  private send(text: string, awaited?: Awaited): void {
    if (awaited !== undefined) this.awaited.push(awaited);
    if (text === '') this.end();
    else this.wire.write(text);
  }

  private refuse(index: number, phase: Phase, responseCode: number, text: string): void {
    const command = phase === 'CONTENT' ? 'DATA' : phase;
    const response = this.redact(text === '' ? String(responseCode) : text);
    this.results[index] ??= smtpFailure({ command, responseCode, response, message: response, contentSent: false });
  }

  private end(): void {
    if (this.over) return;
    this.over = true;
    this.ended(this.results);
  }
}

const ACCEPTED: SendResult = { status: 'accepted' };

import { joined } from './mail-data.js';
import { type Mail } from './mail-writer.js';
import { failed, smtpFailure } from './smtp-failure.js';
import { type SmtpExtensions, SmtpTransaction, triedResults } from './smtp-transaction.js';
import { type SmtpWire } from './smtp-wire.js';
import { accepted, type LineFault, type Transmission, type TransmissionListener } from './transmission.js';

/** A copy, when the mail was refused for the reader that it is for. */
const NOT_SENT = failed('deferred', 'address_rejected', 'the mail was not sent: its first recipient was refused');

type Phase = 'MAIL FROM' | 'RCPT TO' | 'DATA' | 'CONTENT' | 'RSET';

/** The reply that is awaited next, and whose mail it is about. */
interface Awaited {
  readonly phase: Phase;
  readonly index: number;
  /** Of RCPT. */
  readonly recipient?: number;
}

/**
 * Mails by `DATA`, one transaction after the other. With PIPELINING a mail costs one round trip: MAIL, RCPT and DATA go
 * as one group, of which DATA must be the last command; a mail's content may be the first command of the next group (RFC 2920
 * §3.1), so the envelope of the next mail goes behind the final dot. At most one content is without an answer at any time. Without
 * PIPELINING every command waits for the reply to the one before.
 */
export class DataTransmission implements Transmission {
  private readonly transactions: readonly SmtpTransaction[];
  private awaited: Awaited[] = [];
  private head = 0;
  private over = false;

  constructor(
    private readonly wire: SmtpWire,
    mails: readonly Mail[],
    private readonly extensions: SmtpExtensions,
    private readonly listener: TransmissionListener,
  ) {
    this.transactions = mails.map((mail) => new SmtpTransaction(mail));
  }

  start(): void {
    this.send(this.envelope(0));
  }

  replied(code: number, text: string): boolean {
    const awaited = this.awaited[this.head];
    if (awaited === undefined || this.over) return false;
    this.head++;
    const { phase } = awaited;
    const wanted = phase === 'DATA' ? code === 354 : code < 300;
    if (!wanted) this.refuse(awaited, code, text);
    if (code === 421) {
      this.end();
      return false;
    }
    if (phase === 'CONTENT' && wanted) this.transactions[awaited.index]?.settle(accepted(code, this.listener.redact(text)));
    this.goOn(awaited, wanted);
    return true;
  }

  /** The mail whose reply is awaited fails with that; the others were not tried. */
  lost(fault: LineFault): void {
    if (this.over) return;
    const awaited = this.awaited[this.head];
    const transaction = awaited === undefined ? undefined : this.transactions[awaited.index];
    if (transaction !== undefined) {
      const contentSent = awaited?.phase === 'CONTENT' && transaction.contentSent;
      const { code, message } = fault;
      transaction.settle(smtpFailure({ code, message: this.listener.redact(message), contentSent }));
    }
    this.end();
  }

  private goOn({ phase, index, recipient = 0 }: Awaited, wanted: boolean): void {
    const transaction = this.transactions[index];
    if (transaction === undefined) return;
    switch (phase) {
      case 'MAIL FROM':
        if (this.extensions.pipelining) return;
        if (wanted) this.send(transaction.rcptTo(0), { phase: 'RCPT TO', index, recipient: 0 });
        else this.next(index);
        return;
      case 'RCPT TO':
        if (this.extensions.pipelining) return;
        if (recipient + 1 < transaction.to.length) {
          this.send(transaction.rcptTo(recipient + 1), { phase: 'RCPT TO', index, recipient: recipient + 1 });
        } else if (transaction.isWanted) this.send('DATA\r\n', { phase: 'DATA', index });
        else this.reset(index);
        return;
      case 'DATA':
        if (!wanted) this.reset(index);
        else if (transaction.isOpen) this.content(transaction, index);
        // It wants content though it refused everybody whom it is for (RFC 2920 §3.1): an empty one, whatever it says to that.
        else this.send(`.\r\n`, { phase: 'RSET', index });
        return;
      case 'CONTENT':
        if (wanted) this.listener.taken(index, transaction.results);
        // With pipelining the next one's envelope went behind this one, if there is a next one.
        if (this.head === this.awaited.length) this.next(index);
        return;
      case 'RSET':
        this.next(index);
    }
  }

  private content(transaction: SmtpTransaction, index: number): void {
    const data = transaction.takeStuffed();
    this.awaited = [...this.awaited.slice(this.head), { phase: 'CONTENT', index }];
    this.head = 0;
    const behind = this.extensions.pipelining ? this.envelope(index + 1) : '';
    this.wire.write(joined([data, `.\r\n${behind}`]), () => {
      transaction.contentSent = true;
    });
  }

  /** The commands that begin a mail's transaction; empty when there is none left. Passes over mails that cannot be sent. */
  private envelope(from: number): string {
    let index = from;
    while (this.transactions[index]?.prepare(this.extensions) === false) index++;
    const transaction = this.transactions[index];
    if (transaction === undefined) return '';
    this.awaited.push({ phase: 'MAIL FROM', index });
    let commands = transaction.mailFrom(this.extensions);
    if (!this.extensions.pipelining) return commands;
    for (let recipient = 0; recipient < transaction.to.length; recipient++) {
      this.awaited.push({ phase: 'RCPT TO', index, recipient });
      commands += transaction.rcptTo(recipient);
    }
    this.awaited.push({ phase: 'DATA', index });
    return `${commands}DATA\r\n`;
  }

  /** RSET: ends a transaction that was refused half-way (RFC 5321 §4.1.1.5); the reply to it is nobody's. */
  private reset(index: number): void {
    this.transactions[index]?.settle(NOT_SENT);
    this.send('RSET\r\n', { phase: 'RSET', index });
  }

  private next(index: number): void {
    const refusal = this.transactions[index]?.channelRefusal;
    if (refusal !== undefined) {
      for (const transaction of this.transactions.slice(index)) transaction.settle(refusal);
      this.end();
      return;
    }
    this.send(this.envelope(index + 1));
  }

  private send(data: string, awaited?: Awaited): void {
    if (awaited !== undefined) this.awaited.push(awaited);
    if (data === '') this.end();
    else this.wire.write(data);
  }

  private refuse({ phase, index, recipient }: Awaited, code: number, text: string): void {
    if (phase === 'RSET') return;
    const command = phase === 'CONTENT' ? 'DATA' : phase;
    this.transactions[index]?.refuse({ command, code, text: this.listener.redact(text) }, recipient);
  }

  private end(): void {
    if (this.over) return;
    this.over = true;
    this.listener.ended(triedResults(this.transactions));
  }
}

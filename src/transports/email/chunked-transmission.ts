import { type Clock } from '../../model/clock.js';
import { type SendResult } from '../transport.js';
import { type Chunking } from './chunking.js';
import { joined, type WireData } from './mail-data.js';
import { type Mail } from './mail-writer.js';
import { OCTETS_PER_MAIL } from './pipeline-bound.js';
import { failed, smtpFailure } from './smtp-failure.js';
import { type SmtpExtensions, SmtpTransaction, triedResults } from './smtp-transaction.js';
import { type SmtpWire } from './smtp-wire.js';
import { accepted, type LineFault, type Transmission, type TransmissionListener } from './transmission.js';

/** Most that is composed and written in one turn of the event loop. */
const SLICE_MAILS = 16;
const SLICE_OCTETS = 128 * 1024;
/** Answers to a command that the server does not know or implement (RFC 5321 §4.2.4), or takes to be out of place. */
const UNSUPPORTED: ReadonlySet<number> = new Set([500, 501, 502, 503, 504]);
/** An enhanced code about something other than the protocol (RFC 3463 §3.6), so that it is the mail that was refused. */
const REFUSES_MAIL = /^\d{3}[ -][45]\.(?!5\.)\d/;

/** A mail that was written and is not answered yet. */
interface Flight {
  readonly transaction: SmtpTransaction;
  readonly index: number;
  readonly writtenAt: number;
  /** Nothing else was in flight when it was written. */
  readonly isAlone: boolean;
  /** `RSET` goes before it. */
  readonly resets: boolean;
  /** Which reply is awaited: -1 that to RSET, 0 that to MAIL, 1 to n those to RCPT, n + 1 that to BDAT. */
  awaited: number;
}

/**
 * Mails by `BDAT` (RFC 3030). No command waits for an answer, so many mails are in flight at once, as many as `Chunking` allows. Replies come in
 * the order of the commands, and each is matched to its mail; a mail that is refused in between holds up nothing, and the error that answers its
 * `BDAT` is discarded. The state of a server after such an error is indeterminate (RFC 3030 §2), so `RSET` stands before every mail unless the one
 * before is known to have been taken: a mail must never go to the recipients of another.
 */
export class ChunkedTransmission implements Transmission {
  private readonly transactions: readonly SmtpTransaction[];
  private flights: Flight[] = [];
  private head = 0;
  /** The first mail that was not written yet, and whether it is composed and waits for room. */
  private next = 0;
  private isComposed = false;
  /** In flight. */
  private recipients = 0;
  private octets = 0;
  /** The last mail that was written was taken. */
  private isClean = true;
  private isResetting = false;
  private isWriting = false;
  private isWoken = false;
  /** Why no more is written: the server refuses the channel, or the send is to end. */
  private refusal: SendResult | undefined;
  private isStopped = false;
  private over = false;
  private round = { mails: 0, retryable: 0 };

  constructor(
    private readonly wire: SmtpWire,
    mails: readonly Mail[],
    private readonly extensions: SmtpExtensions,
    private readonly listener: TransmissionListener,
    private readonly chunking: Chunking,
    private readonly clock: Clock,
  ) {
    this.transactions = mails.map((mail) => new SmtpTransaction(mail));
  }

  start(): void {
    this.send();
  }

  replied(code: number, text: string): boolean {
    const flight = this.flights[this.head];
    if (this.over || (flight === undefined && !this.isResetting)) return false;
    let goesOn = code !== 421;
    if (flight === undefined) this.end();
    else if (flight.awaited <= flight.transaction.to.length) this.envelopeReplied(flight, code, text);
    else goesOn = this.contentReplied(flight, code, text) && goesOn;
    // What was written behind is not read by a server that closes the connection with 421 (RFC 5321 §3.8).
    if (!goesOn) this.end();
    return goesOn;
  }

  /**
   * What the server may have whole and did not answer is uncertain; the others were not tried. If nothing is uncertain, the first one
   * fails: a mail that breaks every connection must not be sent for ever.
   */
  lost(fault: LineFault): void {
    if (this.over) return;
    const unanswered = this.flights.slice(this.head).map(({ transaction }) => transaction);
    const sent = unanswered.filter(({ contentSent }) => contentSent);
    const message = this.listener.redact(fault.message);
    for (const transaction of sent.length > 0 ? sent : unanswered.slice(0, 1))
      transaction.settle(smtpFailure({ code: fault.code, message, contentSent: transaction.contentSent }));
    const last = this.flights.at(-1);
    if (sent.length > 0 && last !== undefined)
      this.chunking.broke({ mails: this.recipients, writtenAt: last.writtenAt, at: this.clock.now() });
    this.end();
  }

  stop(): boolean {
    this.isStopped = true;
    return this.head < this.flights.length;
  }

  private envelopeReplied(flight: Flight, code: number, text: string): void {
    const reply = flight.awaited++;
    // Nothing depends on the reply to RSET: whether the mail behind it is taken, its own replies tell.
    if (code < 300 || reply < 0) return;
    const refusal = { command: reply === 0 ? 'MAIL FROM' : 'RCPT TO', code, text: this.listener.redact(text) } as const;
    flight.transaction.refuse(refusal, reply === 0 ? undefined : reply - 1);
  }

  /** With the answer to `BDAT` a mail has all its results. @returns whether the session goes on */
  private contentReplied(flight: Flight, code: number, text: string): boolean {
    const { transaction, index } = flight;
    this.land(transaction);
    if (code < 300 && this.flights.length === 0) this.isClean = true;
    if (transaction.isOpen) {
      if (code < 300) {
        transaction.settle(accepted(code, this.listener.redact(text)));
        this.chunking.worked();
        this.listener.taken(index, transaction.results);
      } else if (code < 400 || (UNSUPPORTED.has(code) && !REFUSES_MAIL.test(text))) {
        this.fallBack(transaction, this.listener.redact(text === '' ? String(code) : text));
        return false;
      } else transaction.refuse({ command: 'DATA', code, text: this.listener.redact(text) });
    }
    this.refusal ??= transaction.channelRefusal;
    this.learn(flight);
    this.wake();
    return true;
  }

  /**
   * The server does not know `BDAT`, and reads the content as commands: nothing more may be said to it. The mail was not taken, and is sent by
   * `DATA` over another connection, unless some behind it are uncertain: results are those of the first mails.
   */
  private fallBack(transaction: SmtpTransaction, reply: string): void {
    this.chunking.failed(reply);
    if (this.flights.length > 0) transaction.settle(failed('retry', 'session_closed', reply));
    this.lost({ code: 'ECONNECTION', message: `the server announced CHUNKING and answered BDAT with ${reply}` });
  }

  private land({ to, octets }: SmtpTransaction): void {
    this.head++;
    this.recipients -= to.length;
    this.octets -= octets;
    if (this.head < this.flights.length) return;
    this.flights = [];
    this.head = 0;
  }

  private learn({ transaction, isAlone, writtenAt }: Flight): void {
    const at = this.clock.now();
    if (isAlone) this.chunking.answeredAlone(Math.max(0, at - writtenAt));
    const { round } = this;
    round.mails += transaction.to.length;
    for (const result of transaction.results) if (result?.status === 'failed' && result.kind === 'retry') round.retryable++;
    if (round.mails < this.chunking.mails) return;
    this.chunking.learn({ ...round, broken: false, limited: this.next < this.transactions.length, writtenAt, at });
    this.round = { mails: 0, retryable: 0 };
  }

  /** Writes more once all replies that came together are read. */
  private wake(): void {
    if (this.isWoken) return;
    this.isWoken = true;
    queueMicrotask(() => this.send());
  }

  /** Writes what may be in flight, and ends when nothing is left. */
  private send(): void {
    this.isWoken = false;
    if (this.over || this.isWriting || this.isResetting) return;
    const group = this.refusal === undefined && !this.isStopped ? this.group() : [];
    if (group.length > 0) this.write(group);
    else if (this.head >= this.flights.length) this.finish();
  }

  /** The next mails for which there is room. Passes over those that cannot be sent. */
  private group(): readonly Flight[] {
    const group: Flight[] = [];
    const writtenAt = this.clock.now();
    const before = this.octets;
    while (group.length < SLICE_MAILS && this.octets - before < SLICE_OCTETS) {
      const index = this.next;
      const transaction = this.transactions[index];
      const isAlone = this.head >= this.flights.length;
      if (transaction === undefined || !(isAlone || this.recipients + transaction.to.length <= this.chunking.mails)) break;
      if (!this.isComposed && !transaction.prepare(this.extensions)) {
        this.next++;
        continue;
      }
      this.isComposed = true;
      if (!isAlone && this.octets + transaction.octets > this.chunking.mails * OCTETS_PER_MAIL) break;
      const resets = !this.isClean;
      const flight = { transaction, index, writtenAt, isAlone, resets, awaited: resets ? -1 : 0 };
      group.push(flight);
      this.flights.push(flight);
      this.recipients += transaction.to.length;
      this.octets += transaction.octets;
      this.isClean = false;
      this.isComposed = false;
      this.next++;
    }
    return group;
  }

  /** One write at a time, so that of what was not flushed it is known that the server cannot have all of the last mail. */
  private write(group: readonly Flight[]): void {
    const pieces: WireData[] = [];
    for (const { transaction, resets } of group) pieces.push(this.commands(transaction, resets), transaction.take());
    const last = group.at(-1)?.transaction;
    for (const { transaction } of group) transaction.contentSent = transaction !== last;
    this.isWriting = true;
    this.wire.write(joined(pieces), () => {
      if (last !== undefined) last.contentSent = true;
      this.isWriting = false;
      setImmediate(() => this.send());
    });
  }

  private commands(transaction: SmtpTransaction, resets: boolean): string {
    let commands = `${resets ? 'RSET\r\n' : ''}${transaction.mailFrom(this.extensions)}`;
    for (let recipient = 0; recipient < transaction.to.length; recipient++) commands += transaction.rcptTo(recipient);
    return `${commands}BDAT ${transaction.octets} LAST\r\n`;
  }

  /** Leaves the session as it found it: without a transaction. */
  private finish(): void {
    if (this.refusal !== undefined) for (const transaction of this.transactions) transaction.settle(this.refusal);
    if (this.isClean) this.end();
    else {
      this.isResetting = true;
      this.wire.write('RSET\r\n');
    }
  }

  private end(): void {
    if (this.over) return;
    this.over = true;
    this.listener.ended(triedResults(this.transactions));
  }
}

import SMTPConnection from 'nodemailer/lib/smtp-connection';
import { type Clock, type TimerHandle } from '../../model/clock.js';
import { type SendResult } from '../transport.js';
import { ChunkedTransmission } from './chunked-transmission.js';
import { type Chunking } from './chunking.js';
import { DataTransmission } from './data-transmission.js';
import { type Mail } from './mail-writer.js';
import { extensionsOf, openedSocket } from './nodemailer-connection.js';
import { NO_AUTH, openingFailure, type SmtpError } from './opening-failure.js';
import { type FailedResult } from './smtp-failure.js';
import { OPEN_DEADLINE_MS, SOCKET_TIMEOUT_MS, type SmtpSettings } from './smtp-settings.js';
import { type SmtpExtensions } from './smtp-transaction.js';
import { SmtpWire } from './smtp-wire.js';
import { type LineFault, type Transmission } from './transmission.js';

/** A session that was idle for longer is asked whether it still lives before it is used. */
export const PROBE_AFTER_IDLE_MS = 30_000;
/** Longest that the answer to that may take, also when it comes byte by byte. */
export const PROBE_DEADLINE_MS = 10_000;
/** Longest that a send which is to end waits for the answers to what is in flight: each that comes is one mail less that may be repeated. */
export const STOP_MS = 500;

/**
 * One connection to the SMTP server. nodemailer connects, secures and logs in, where a mistake is dangerous; from then on the
 * socket is ours, and mails go over it as `ChunkedTransmission` says where the server takes `BDAT`, else as `DataTransmission`.
 */
export class SmtpSession {
  /** Holds the password once logged in, so it must not show when this is printed. */
  readonly #connection: SMTPConnection;
  #wire: SmtpWire | undefined;
  #extensions: SmtpExtensions = { pipelining: false, chunking: false, smtpUtf8: false };
  #transmission: Transmission | undefined;
  #fault: LineFault = { code: 'ECONNECTION', message: 'the connection closed' };
  #alive = true;
  #lastUsedAt: number;

  private constructor(
    private readonly settings: SmtpSettings,
    private readonly clock: Clock,
    private readonly stop: AbortSignal,
    private readonly chunking: Chunking,
  ) {
    this.#lastUsedAt = clock.now();
    this.#connection = new SMTPConnection({ ...settings.connection });
    this.#connection.once('end', () => this.cut(this.#fault));
    this.#connection.on('error', ({ code, message }: SmtpError) => {
      this.#fault = { code, message };
    });
  }

  /**
   * Connects, greets, secures and logs in, within {@link OPEN_DEADLINE_MS}.
   *
   * @param stop cuts what is being opened or probed at once
   * @param chunking of the server, shared by its sessions
   */
  static async open(
    settings: SmtpSettings,
    clock: Clock,
    stop: AbortSignal,
    chunking: Chunking,
  ): Promise<SmtpSession | FailedResult> {
    const session = new SmtpSession(settings, clock, stop, chunking);
    const timer = clock.setTimer(OPEN_DEADLINE_MS, () => session.cut(NOT_OPEN));
    const abort = (): void => session.cut(STOPPED);
    stop.addEventListener('abort', abort, { once: true });
    try {
      const error = (await session.connect()) ?? (await session.login());
      if (error !== undefined) return session.refused(error);
      return session.takeOver() ? session : session.refused(session.#fault);
    } finally {
      timer.cancel();
      stop.removeEventListener('abort', abort);
    }
  }

  get alive(): boolean {
    return this.#alive;
  }

  /** Whether it can be used now; asks the server when it was idle for long. */
  async ready(): Promise<boolean> {
    if (!this.#alive) return false;
    return this.clock.now() - this.#lastUsedAt > PROBE_AFTER_IDLE_MS ? this.probe() : true;
  }

  /**
   * Sends mails in their order; never rejects. The results are those of the first mails, in order, one a recipient: when the session is
   * no longer `alive`, the others were not tried.
   *
   * @param taken told of each mail that the server took, when it did
   */
  async sendAll(
    mails: readonly Mail[],
    signal: AbortSignal,
    taken: (index: number, results: readonly (SendResult | undefined)[]) => void,
  ): Promise<readonly (readonly SendResult[])[]> {
    if (signal.aborted) return [];
    const waits = mails.some(({ copies }) => copies === true);
    // The content goes once the answers to all recipients are known, which neither BDAT nor a pipelined DATA waits for.
    const extensions = waits ? { ...this.#extensions, pipelining: false } : this.#extensions;
    const redact = (text: string): string => this.settings.redact(text);
    if (extensions.chunking && extensions.pipelining && this.chunking.isUsed) {
      return this.transmit(
        signal,
        (wire, ended) => new ChunkedTransmission(wire, mails, extensions, { taken, ended, redact }, this.chunking, this.clock),
      );
    }
    const takenByData: typeof taken = (index, results) => {
      this.chunking.dataWorked();
      taken(index, results);
    };
    return this.transmit(
      signal,
      (wire, ended) => new DataTransmission(wire, mails, extensions, { taken: takenByData, ended, redact }),
    );
  }

  /** Takes leave and closes. Idempotent. */
  close(): void {
    if (!this.#alive) return;
    this.#alive = false;
    this.#wire?.write('QUIT\r\n');
    this.#connection.close();
  }

  private connect(): Promise<SmtpError | undefined> {
    return this.call((done) => {
      this.#connection.once('error', done);
      this.#connection.connect(done);
    });
  }

  private login(): Promise<SmtpError | undefined> {
    const { credentials } = this.settings;
    if (credentials === undefined) return Promise.resolve(undefined);
    if (!this.#connection.allowsAuth) return Promise.resolve(NO_AUTH);
    return this.call((done) => {
      this.#connection.once('error', done);
      this.#connection.login(credentials, (error) => done(error ?? undefined));
    });
  }

  /** From here nodemailer reads no reply any more; it still reports errors, silence and the end. */
  private takeOver(): boolean {
    const socket = openedSocket(this.#connection);
    if (!this.#alive || socket === undefined || socket.destroyed) return false;
    this.#extensions = extensionsOf(this.#connection);
    socket.removeAllListeners('data');
    this.#wire = new SmtpWire(socket, {
      replied: (code, text) => {
        // A reply to nothing is a server that says goodbye.
        if (this.#transmission?.replied(code, text) !== true) this.cut({ code: 'ECONNECTION', message: text });
      },
      garbled: (what) => this.cut({ code: 'ECONNECTION', message: `the server sent ${what}` }),
    });
    this.#wire.idleTimeout(0);
    return true;
  }

  private transmit(
    signal: AbortSignal,
    begin: (wire: SmtpWire, ended: (results: readonly (readonly SendResult[])[]) => void) => Transmission,
  ): Promise<readonly (readonly SendResult[])[]> {
    const wire = this.#wire;
    if (wire === undefined || !this.#alive) return Promise.resolve([]);
    return new Promise((resolve) => {
      let timer: TimerHandle | undefined;
      const abort = (): void => {
        if (transmission.stop?.() === true) timer = this.clock.setTimer(STOP_MS, () => this.cut(STOPPED));
        else this.cut(STOPPED);
      };
      const transmission = begin(wire, (results) => {
        timer?.cancel();
        signal.removeEventListener('abort', abort);
        this.#transmission = undefined;
        this.#lastUsedAt = this.clock.now();
        wire.idleTimeout(0);
        resolve(results);
      });
      this.#transmission = transmission;
      signal.addEventListener('abort', abort, { once: true });
      wire.idleTimeout(SOCKET_TIMEOUT_MS);
      transmission.start();
    });
  }

  /** RSET, to see whether the server still answers (RFC 5321 §4.1.1.5). */
  private async probe(): Promise<boolean> {
    const timer = this.clock.setTimer(PROBE_DEADLINE_MS, () => this.cut(NO_ANSWER));
    const [answered] = await this.transmit(this.stop, (wire, ended) => ({
      start: () => wire.write('RSET\r\n'),
      replied: (code) => {
        ended(code < 300 ? [[{ status: 'accepted' }]] : []);
        return code < 300;
      },
      lost: () => ended([]),
    }));
    timer.cancel();
    return answered !== undefined;
  }

  /** Ends the session at once; nothing that is not written yet goes out. */
  private cut(fault: LineFault): void {
    if (this.#alive) this.#fault = fault;
    this.#alive = false;
    this.#transmission?.lost(fault);
    this.#wire?.cut();
    const socket = openedSocket(this.#connection);
    this.#connection.close();
    socket?.destroy();
  }

  /** One step of the greeting; a connection that ends without a word ends the step too. */
  private call(start: (done: (error?: SmtpError) => void) => void): Promise<SmtpError | undefined> {
    return new Promise((resolve) => {
      const done = (error?: SmtpError): void => {
        this.#connection.off('end', ended);
        this.#connection.off('error', done);
        resolve(error);
      };
      const ended = (): void => {
        setImmediate(() => done(this.#fault));
      };
      this.#connection.once('end', ended);
      start(done);
    });
  }

  private refused(error: SmtpError): FailedResult {
    this.close();
    return openingFailure(error, this.settings);
  }
}

const STOPPED: LineFault = { code: 'EABORT', message: 'the send was stopped' };
const NOT_OPEN: LineFault = { code: 'ETIMEDOUT', message: `the session was not open within ${OPEN_DEADLINE_MS} ms` };
const NO_ANSWER: LineFault = { code: 'ETIMEDOUT', message: `the server did not answer within ${PROBE_DEADLINE_MS} ms` };

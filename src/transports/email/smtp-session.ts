import SMTPConnection from 'nodemailer/lib/smtp-connection';
import { type Clock } from '../../model/clock.js';
import { type SendResult } from '../transport.js';
import { ContentStream } from './content-stream.js';
import { type MailSource } from './mail-source.js';
import { endsSession, failed, type FailedResult, type SmtpFault, smtpFailure } from './smtp-failure.js';
import { type SmtpSettings } from './smtp-settings.js';

/** A session that was idle for longer is asked whether it still lives before it is used. */
export const PROBE_AFTER_IDLE_MS = 30_000;

/** What is read of nodemailer's errors. */
interface SmtpError extends Error {
  readonly code?: string | undefined;
  readonly command?: string | undefined;
  readonly response?: string | undefined;
  readonly responseCode?: number | undefined;
}

/** One connection to the SMTP server, greeted and logged in; sends one mail at a time. */
export class SmtpSession {
  /** Holds the password once logged in, so it must not show when this is printed. */
  readonly #connection: SMTPConnection;
  #alive = true;
  #needsReset = false;
  #lastUsedAt: number;

  private constructor(
    private readonly settings: SmtpSettings,
    private readonly clock: Clock,
  ) {
    this.#lastUsedAt = clock.now();
    this.#connection = new SMTPConnection({ ...settings.connection });
    this.#connection.once('end', () => {
      this.#alive = false;
    });
    this.#connection.on('error', () => undefined);
  }

  /** Connects, greets, secures and logs in. */
  static async open(settings: SmtpSettings, clock: Clock): Promise<SmtpSession | FailedResult> {
    const session = new SmtpSession(settings, clock);
    const error = (await session.connect()) ?? (await session.login());
    return error === undefined ? session : session.refused(error);
  }

  get alive(): boolean {
    return this.#alive;
  }

  /** Whether it can be used now; asks the server when it was idle for long. */
  async ready(): Promise<boolean> {
    if (!this.#alive) return false;
    const idleMs = this.clock.now() - this.#lastUsedAt;
    return this.#needsReset || idleMs > PROBE_AFTER_IDLE_MS ? this.reset() : true;
  }

  /** Sends one mail; never rejects. After some failures the session is no longer `alive`. */
  async send(mail: MailSource, signal: AbortSignal): Promise<SendResult> {
    if (signal.aborted) return failed('retry', 'interrupted', 'the process stops');
    if (this.#needsReset && !(await this.reset())) return failed('retry', 'connection_failed', 'the session could not be reset');
    const content = new ContentStream(mail.raw);
    const error = await this.deliver(mail, content, signal);
    this.#lastUsedAt = this.clock.now();
    if (error === undefined) return { status: 'accepted' };
    const fault = this.fault(error, content.sent);
    if (endsSession(fault)) this.close();
    else this.#needsReset = true;
    return smtpFailure(fault);
  }

  /** Takes leave and closes; what is under way ends with a failure. Idempotent. */
  close(): void {
    if (!this.#alive) return;
    this.#alive = false;
    this.#connection.quit();
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
    if (credentials === undefined || !this.#connection.allowsAuth) return Promise.resolve(undefined);
    return this.call((done) => {
      this.#connection.once('error', done);
      this.#connection.login(credentials, (error) => done(error ?? undefined));
    });
  }

  private async deliver(mail: MailSource, content: ContentStream, signal: AbortSignal): Promise<SmtpError | undefined> {
    let abort: (() => void) | undefined;
    const error = await this.call((done) => {
      abort = () => {
        done(Object.assign(new Error('the process stops'), { code: 'EABORT' }));
        this.#connection.close();
      };
      signal.addEventListener('abort', abort, { once: true });
      const envelope = { from: mail.from, to: [mail.to], size: mail.raw.length };
      this.#connection.send(envelope, content, (failure) => done(failure ?? undefined));
    });
    if (abort !== undefined) signal.removeEventListener('abort', abort);
    return error;
  }

  /** RSET: ends a transaction that was refused half-way, and shows that the server still answers (RFC 5321 §4.1.1.5). */
  private async reset(): Promise<boolean> {
    const error = await this.call((done) => this.#connection.reset((failure) => done(failure ?? undefined)));
    this.#needsReset = false;
    this.#lastUsedAt = this.clock.now();
    if (error !== undefined) this.close();
    return error === undefined;
  }

  /** One step of the session; a connection that ends without a word ends the step too. */
  private call(start: (done: (error?: SmtpError) => void) => void): Promise<SmtpError | undefined> {
    return new Promise((resolve) => {
      const done = (error?: SmtpError): void => {
        this.#connection.off('end', ended);
        this.#connection.off('error', done);
        resolve(error);
      };
      const ended = (): void => {
        setImmediate(done, Object.assign(new Error('the connection closed'), { code: 'ECONNECTION' }));
      };
      this.#connection.once('end', ended);
      start(done);
    });
  }

  /** A session that could not be opened says nothing about the mail that wanted it. */
  private refused(error: SmtpError): FailedResult {
    this.close();
    const result = smtpFailure(this.fault(error, false));
    return result.kind === 'permanent' ? failed('retry', 'connection_failed', result.failure.message) : result;
  }

  private fault(error: SmtpError, contentSent: boolean): SmtpFault {
    return {
      code: error.code,
      command: error.command,
      responseCode: error.responseCode,
      response: error.response === undefined ? undefined : this.settings.redact(error.response),
      message: this.settings.redact(error.message),
      contentSent,
    };
  }
}

import { type ResolvedOptions } from '../../config/options.js';
import { type Clock } from '../../model/clock.js';
import { InvalidConfigurationError } from '../../model/errors.js';
import {
  type OutgoingMessage,
  type PoolStatistics,
  type SendContext,
  type SendResult,
  type Transport,
  type TransportHealth,
} from '../transport.js';
import { canonicalEmailAddress, emailAddressProblem } from './email-address.js';
import { type EmailContent } from './email-content.js';
import { MailAttachments } from './mail-attachments.js';
import { planMails } from './mail-plan.js';
import { withCopies } from './refused-copies.js';
import { type Mail, MailWriter } from './mail-writer.js';
import { type FailedResult } from './smtp-failure.js';
import { assertConnectionFields } from './nodemailer-connection.js';
import { MAX_IN_FLIGHT } from './pipeline-bound.js';
import { NOT_ATTEMPTED, SmtpPool } from './smtp-pool.js';
import { SmtpSettings } from './smtp-settings.js';

/** After this many connections of one batch broke in a row, the rest of it is given back for a later attempt. */
const MAX_BROKEN_IN_A_ROW = 2;

/**
 * Sends mail over a pool of SMTP connections that stay open. A batch goes over one connection, in order; what one of them
 * meets is its own: a refused address leaves the others alone, and after a broken connection the rest go over another one.
 */
export class EmailTransport implements Transport<EmailContent> {
  readonly batching = true;
  readonly lazyContent = true;
  readonly concurrency: number;
  readonly destination: string | undefined;
  readonly missing: string | undefined;
  readonly #pool: SmtpPool | undefined;
  private readonly server: string | undefined;
  private readonly writer: MailWriter;

  /**
   * @param random uniform in [0, 1), spreads the back-off after a failed connection
   * @param options without `smtpUrl` the transport is made, and cannot be used: see `missing`
   * @throws InvalidConfigurationError when `smtpUrl` is not one, or nodemailer is of a version that cannot be used
   */
  constructor(
    options: Pick<ResolvedOptions['email'], 'smtpUrl' | 'from' | 'poolSize' | 'dkim'> &
      Partial<Pick<ResolvedOptions['email'], 'allowPlaintext'>> &
      Partial<Pick<ResolvedOptions, 'onUncertain'>>,
    clock: Clock,
    random: () => number,
  ) {
    this.writer = new MailWriter(options.from, options.dkim);
    this.concurrency = options.poolSize;
    this.missing = options.smtpUrl === undefined ? 'set SMTP_URL' : undefined;
    if (options.smtpUrl === undefined) return;
    const settings = new SmtpSettings(options.smtpUrl, options.allowPlaintext);
    assertConnectionFields();
    this.server = settings.server;
    this.destination = `SMTP server ${settings.server}`;
    // What is uncertain would be given up, so no more than one content goes without an answer, and that only when its recipients were taken.
    const maxInFlight = options.onUncertain === 'dead' ? 1 : MAX_IN_FLIGHT;
    this.#pool = new SmtpPool(settings, options.poolSize, clock, random, maxInFlight);
  }

  validateAddress(address: string): string | undefined {
    return emailAddressProblem(address);
  }

  canonicalAddress(address: string): string {
    return canonicalEmailAddress(address);
  }

  /** See `Transport.send`. */
  async send(messages: readonly OutgoingMessage<EmailContent>[], context: SendContext): Promise<readonly SendResult[]> {
    const { planned, failed: results } = await planMails(this.writer, messages, new MailAttachments(context));
    const sent = await this.sendAll(
      planned.map(({ mail }) => mail),
      context,
      (index, ofMail) => {
        planned[index]?.places.forEach((place, recipient) => {
          const message = messages[place]?.message;
          const result = withCopies(ofMail[recipient], planned[index], ofMail);
          if (message !== undefined && result?.status === 'accepted') context.accepted?.(message, result.answer, result.refused);
        });
      },
    );
    planned.forEach(({ places }, index) => {
      const ofMail = sent[index] ?? [];
      places.forEach((place, recipient) =>
        results.set(place, withCopies(ofMail[recipient], planned[index], ofMail) ?? lineBroke),
      );
    });
    return messages.map((_, place) => results.get(place) ?? lineBroke);
  }

  /** Over one connection; what was not tried when it broke goes over the next one. Results are by mail and recipient. */
  private async sendAll(
    mails: readonly Mail[],
    { lane, signal, connected }: SendContext,
    taken: (index: number, ofMail: readonly (SendResult | undefined)[]) => void,
  ): Promise<readonly (readonly SendResult[])[]> {
    const results: (readonly SendResult[])[] = [];
    const rest = (result: SendResult): readonly (readonly SendResult[])[] => [
      ...results,
      ...mails.slice(results.length).map(({ to }) => to.map(() => result)),
    ];
    for (let brokenInARow = 0; results.length < mails.length && brokenInARow < MAX_BROKEN_IN_A_ROW; brokenInARow++) {
      const lease = await this.requiredPool().borrow(lane, signal);
      if ('status' in lease) return rest(lease);
      if (results.length === 0) connected?.();
      let tried: readonly (readonly SendResult[])[];
      try {
        const before = results.length;
        tried = await lease.session.sendAll(alike(mails.slice(before)), signal, (index, ofMail) => taken(before + index, ofMail));
      } finally {
        lease.release();
      }
      if (lease.session.alive || tried.some((ofMail) => ofMail.some(({ status }) => status === 'accepted'))) brokenInARow = -1;
      results.push(...tried);
      if (signal.aborted) return rest(NOT_ATTEMPTED);
    }
    return rest(lineBroke);
  }

  /** See `Transport.pool`. */
  pool(): PoolStatistics {
    return this.requiredPool().statistics();
  }

  /** What the last attempts to connect showed; makes none of its own. */
  health(): Promise<TransportHealth> {
    const problem = this.#pool === undefined ? this.missing : this.#pool.lastError();
    const limitation = this.#pool?.limitation();
    const detail = `SMTP server ${this.server ?? ''}${limitation === undefined ? '' : `; ${limitation}`}`;
    return Promise.resolve({ ok: problem === undefined, detail: problem ?? detail });
  }

  async close(): Promise<void> {
    await this.#pool?.close();
  }

  private requiredPool(): SmtpPool {
    if (this.#pool === undefined) throw new InvalidConfigurationError(['email.smtpUrl (SMTP_URL) is needed to send mail']);
    return this.#pool;
  }
}

/** The first of some mails: those that go the same way, with copies or without. */
function alike(mails: readonly Mail[]): readonly Mail[] {
  const other = mails.findIndex(({ copies }) => copies !== mails[0]?.copies);
  return other < 0 ? mails : mails.slice(0, other);
}

const lineBroke: FailedResult = {
  status: 'failed',
  kind: 'retry',
  failure: {
    reason: 'connection_failed',
    message: `the connection broke ${MAX_BROKEN_IN_A_ROW} times in a row before this mail's turn`,
  },
};

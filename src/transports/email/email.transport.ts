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
import { emailAddressProblem } from './email-address.js';
import { type EmailContent } from './email-content.js';
import { type MailSource, mailSource } from './mail-source.js';
import { failed, type FailedResult } from './smtp-failure.js';
import { type Lease, SmtpPool } from './smtp-pool.js';
import { SmtpSettings } from './smtp-settings.js';

/** After this many connections of one batch broke in a row, the rest of it is given back for a later try. */
const MAX_BROKEN_IN_A_ROW = 2;

/**
 * Sends mail over a pool of SMTP connections that stay open. A batch goes over one connection, mail by mail; what one of them
 * meets is its own: a refused address leaves the others alone, and after a broken line the rest go over a fresh one.
 */
export class EmailTransport implements Transport<EmailContent> {
  readonly batching = true;
  readonly concurrency: number;
  readonly #pool: SmtpPool;
  private readonly server: string;
  private readonly from: string;

  /**
   * @param random 0..1, spreads the back-off after a failed connection
   * @throws InvalidConfigurationError when there is no `smtpUrl`, or it is not one
   */
  constructor(options: ResolvedOptions['email'], clock: Clock, random: () => number = Math.random) {
    if (options.smtpUrl === undefined) throw new InvalidConfigurationError(['email.smtpUrl is needed to send mail']);
    const settings = new SmtpSettings(options.smtpUrl);
    this.server = settings.server;
    this.from = options.from;
    this.concurrency = options.poolSize;
    this.#pool = new SmtpPool(settings, options.poolSize, clock, random);
  }

  validateAddress(address: string): string | undefined {
    return emailAddressProblem(address);
  }

  async send(messages: readonly OutgoingMessage<EmailContent>[], context: SendContext): Promise<readonly SendResult[]> {
    const results: SendResult[] = [];
    let lease: Lease | undefined;
    let brokenInARow = 0;
    try {
      for (const message of messages) {
        const source = await this.write(message);
        if ('status' in source) {
          results.push(source);
          continue;
        }
        if (lease === undefined) {
          const borrowed = await this.#pool.borrow(context.lane, context.signal);
          if ('status' in borrowed) return fill(results, messages.length, borrowed);
          lease = borrowed;
        }
        const result = await lease.session.send(source, context.signal);
        results.push(result);
        if (lease.session.alive) {
          brokenInARow = 0;
          if (result.status === 'failed' && result.kind === 'channel') return fill(results, messages.length, result);
          continue;
        }
        lease.release();
        lease = undefined;
        brokenInARow += 1;
        if (brokenInARow >= MAX_BROKEN_IN_A_ROW) return fill(results, messages.length, lineBroke);
      }
      return results;
    } finally {
      lease?.release();
    }
  }

  /** A formatter of the host's may have made something that is no mail. */
  private async write(message: OutgoingMessage<EmailContent>): Promise<MailSource | FailedResult> {
    try {
      return await mailSource(message, this.from);
    } catch (error) {
      return failed('permanent', 'unrenderable', `the mail could not be written: ${String(error)}`);
    }
  }

  pool(): PoolStatistics {
    return this.#pool.statistics();
  }

  /** What the last attempts to connect showed; makes none of its own. */
  health(): Promise<TransportHealth> {
    const trouble = this.#pool.trouble();
    return Promise.resolve({ ok: trouble === undefined, detail: trouble ?? `SMTP server ${this.server}` });
  }

  close(): Promise<void> {
    return this.#pool.close();
  }
}

const lineBroke: FailedResult = {
  status: 'failed',
  kind: 'retry',
  failure: {
    reason: 'connection_failed',
    message: `the connection broke ${MAX_BROKEN_IN_A_ROW} times in a row before this mail's turn`,
  },
};

function fill(results: readonly SendResult[], length: number, rest: FailedResult): readonly SendResult[] {
  return [...results, ...new Array<SendResult>(length - results.length).fill(rest)];
}

import { createEmailFormatter } from '../../src/formatting/email/email.formatter.js';
import { type Clock, SystemClock } from '../../src/model/clock.js';
import { type ClaimedMessage } from '../../src/model/message.js';
import { type MailData } from '../../src/transports/email/mail-data.js';
import { type EmailContent } from '../../src/transports/email/email-content.js';
import { EmailTransport } from '../../src/transports/email/email.transport.js';
import { type OutgoingMessage, type SendContext, type SendResult } from '../../src/transports/transport.js';
import { claimedMessage } from './claimed-message.js';
import { type SmtpScript, SmtpScriptServer } from './smtp-script.js';
import { SmtpSink, type SmtpSinkOptions } from './smtp-sink.js';

const FROM = 'Nörd, "the" <notifications@example.com>';
const formatter = createEmailFormatter({ unsubscribeUrl: 'https://example.com/leave?who={address}' });

/** What a test of the e-mail transport starts; `stop` stops all of it, the last first. */
export class EmailBench {
  private readonly stack: (() => Promise<unknown>)[] = [];

  onStop(stop: () => Promise<unknown>): void {
    this.stack.push(stop);
  }

  async stop(): Promise<void> {
    for (const stop of this.stack.splice(0).reverse()) await stop();
  }

  async sink(options?: SmtpSinkOptions): Promise<SmtpSink> {
    const server = await SmtpSink.start(options);
    this.onStop(() => server.stop());
    return server;
  }

  async script(react?: SmtpScript, options?: Parameters<typeof SmtpScriptServer.start>[1]): Promise<SmtpScriptServer> {
    const server = await SmtpScriptServer.start(react, options);
    this.onStop(() => server.stop());
    return server;
  }

  transport(
    smtpUrl: string,
    {
      poolSize = 5,
      clock = new SystemClock(),
      allowPlaintext = false,
    }: { poolSize?: number; clock?: Clock; allowPlaintext?: boolean } = {},
  ): EmailTransport {
    const transport = new EmailTransport({ smtpUrl, from: FROM, poolSize, allowPlaintext }, clock, () => 0);
    this.onStop(() => transport.close());
    return transport;
  }
}

export function outgoing(message: ClaimedMessage): OutgoingMessage<EmailContent> {
  return { message, content: formatter.format(message) };
}

/** All octets of a mail. */
export function mailOctets(data: MailData): Buffer {
  return typeof data === 'string' ? Buffer.from(data) : Buffer.concat([...data.slices()]);
}

export function send(
  transport: EmailTransport,
  messages: readonly ClaimedMessage[],
  {
    lane = 'normal',
    signal = new AbortController().signal,
    connected,
  }: Partial<Pick<SendContext, 'lane' | 'signal' | 'connected'>> = {},
): Promise<readonly SendResult[]> {
  return transport.send(messages.map(outgoing), { lane, signal, ...(connected === undefined ? {} : { connected }) });
}

export function verdicts(results: readonly SendResult[]): readonly string[] {
  return results.map((result) => (result.status === 'accepted' ? 'accepted' : `${result.kind} ${result.failure.reason}`));
}

export const singles = (count: number): readonly ClaimedMessage[] => Array.from({ length: count }, () => claimedMessage());

/** Something that a test waits for. */
export function gate(): { readonly opened: Promise<void>; open(): void } {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { opened, open: () => open() };
}

import { type ResolvedOptions } from '../../config/options.js';
import { canonicalEmailAddress, emailAddressProblem } from '../email/email-address.js';
import { type EmailContent } from '../email/email-content.js';
import { storedAttachmentsOf } from '../email/mail-attachments.js';
import { messageIdHeader } from '../email/message-id.js';
import { notificationHeaders } from '../email/notification-headers.js';
import { type OutgoingMessage, type SendContext, type SendResult, type Transport, type TransportHealth } from '../transport.js';
import { type MailboxMail } from '../../storage/mailbox-store.js';
import { type Mailbox } from './mailbox.js';

const NOT_ATTEMPTED: SendResult = {
  status: 'failed',
  kind: 'deferred',
  failure: { reason: 'interrupted', message: 'the send was stopped before this mail was stored' },
};

/** The e-mail channel without a server: every mail goes to the built-in mailbox. */
export class MailboxTransport implements Transport<EmailContent> {
  readonly batching = true;
  readonly destination = 'built-in mailbox';
  readonly missing: string | undefined;

  /** @param options `mailbox`: false, and the transport cannot be used; defaults to true */
  constructor(
    private readonly mailbox: Mailbox,
    private readonly options: Pick<ResolvedOptions['email'], 'from'> & { readonly mailbox?: boolean },
  ) {
    this.missing =
      options.mailbox === false ? 'set SMTP_URL, or EMAIL_MAILBOX=true for a mailbox that nobody receives' : undefined;
  }

  validateAddress(address: string): string | undefined {
    return emailAddressProblem(address);
  }

  canonicalAddress(address: string): string {
    return canonicalEmailAddress(address);
  }

  async send(
    messages: readonly OutgoingMessage<EmailContent>[],
    { signal }: Partial<SendContext> = {},
  ): Promise<readonly SendResult[]> {
    if (signal?.aborted === true) return messages.map(() => NOT_ATTEMPTED);
    try {
      await this.mailbox.add(messages.map((message) => mailOf(message, this.options.from)));
      return messages.map(() => ({ status: 'accepted' }));
    } catch (error) {
      const failure = {
        reason: 'temporarily_refused',
        message: `the mailbox could not store the mail: ${messageOf(error)}`,
      } as const;
      return messages.map(() => ({ status: 'failed', kind: 'retry', failure }));
    }
  }

  async health(): Promise<TransportHealth> {
    const { total } = await this.mailbox.page({ limit: 1 });
    return { ok: true, detail: `no SMTP_URL: mail goes to the built-in mailbox (${total} so far)` };
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function mailOf({ message, content }: OutgoingMessage<EmailContent>, from: string): MailboxMail {
  const headers = { ...content.headers, ...notificationHeaders(message) };
  const attachments = storedAttachmentsOf(message);
  return {
    from,
    to: message.address,
    subject: content.subject,
    type: headers['X-Notification-Type'] ?? message.type,
    count: message.entries.length,
    messageId: messageIdHeader(message.messageId, from),
    date: new Date(message.queuedAt).toISOString(),
    headers,
    text: content.text,
    html: content.html,
    ...(attachments.length === 0 ? {} : { attachments }),
  };
}

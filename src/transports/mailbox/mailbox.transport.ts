import { type ResolvedOptions } from '../../config/options.js';
import { canonicalEmailAddress, emailAddressProblem } from '../email/email-address.js';
import { type EmailContent } from '../email/email-content.js';
import { messageIdHeader } from '../email/message-id.js';
import { notificationHeaders } from '../email/notification-headers.js';
import { type OutgoingMessage, type SendResult, type Transport, type TransportHealth } from '../transport.js';
import { type Mailbox, type MailboxMail } from './mailbox.js';

/** The e-mail channel without a server: every mail goes to the built-in mailbox. */
export class MailboxTransport implements Transport<EmailContent> {
  readonly batching = true;

  constructor(
    private readonly mailbox: Mailbox,
    private readonly options: Pick<ResolvedOptions['email'], 'from'>,
  ) {}

  validateAddress(address: string): string | undefined {
    return emailAddressProblem(address);
  }

  canonicalAddress(address: string): string {
    return canonicalEmailAddress(address);
  }

  send(messages: readonly OutgoingMessage<EmailContent>[]): Promise<readonly SendResult[]> {
    for (const message of messages) this.mailbox.add(mailOf(message, this.options.from));
    return Promise.resolve(messages.map(() => ({ status: 'accepted' })));
  }

  health(): Promise<TransportHealth> {
    return Promise.resolve({ ok: true, detail: `no SMTP_URL: mail goes to the built-in mailbox (${this.mailbox.total} so far)` });
  }
}

function mailOf({ message, content }: OutgoingMessage<EmailContent>, from: string): MailboxMail {
  const headers = { ...content.headers, ...notificationHeaders(message) };
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
  };
}

import { createHash } from 'node:crypto';
import MimeNode from 'nodemailer/lib/mime-node';
import { type OutgoingMessage } from '../transport.js';
import { addressOf, displayNameOf, wireAddress } from './email-address.js';
import { type EmailContent } from './email-content.js';
import { messageIdHeader } from './message-id.js';
import { notificationHeaders } from './notification-headers.js';

/** RFC 5322 §3.6.8 allows any visible character but the colon; nothing that people use needs more than these. */
const HEADER_NAME = /^[A-Za-z0-9-]{1,76}$/;
const OWN_HEADERS =
  /^(?:from|sender|to|cc|bcc|subject|date|message-id|mime-version|auto-submitted|content-.*|x-notification-.*)$/i;

/** A mail as the SMTP server takes it. */
export interface MailSource {
  readonly from: string;
  readonly to: string;
  /** The whole message, lines ended by CRLF, no dot-stuffing. */
  readonly raw: Buffer;
}

/** Writes a mail: `multipart/alternative`, text first (RFC 2046 §5.1.4). The same message gives the same bytes. */
export async function mailSource({ message, content }: OutgoingMessage<EmailContent>, from: string): Promise<MailSource> {
  const messageId = messageIdHeader(message.messageId, from);
  const options = { baseBoundary: boundary(messageId, content), newline: 'win', disableFileAccess: true, disableUrlAccess: true };
  const root = new MimeNode('multipart/alternative', options);
  const sender = wireAddress(addressOf(from));
  const to = wireAddress(message.address);
  root.setHeader([
    { key: 'From', value: { name: displayNameOf(from), address: sender } },
    { key: 'To', value: { name: '', address: to } },
    { key: 'Subject', value: content.subject },
    { key: 'Message-ID', value: messageId },
    { key: 'Date', value: new Date(message.queuedAt) },
    ...Object.entries({ ...furtherHeaders(content), ...notificationHeaders(message) }).map(([key, value]) => ({ key, value })),
  ]);
  root.createChild('text/plain; charset=utf-8').setContent(content.text);
  root.createChild('text/html; charset=utf-8').setContent(content.html);
  return { from: sender, to, raw: await root.build() };
}

function furtherHeaders(content: EmailContent): Record<string, string> {
  const headers = Object.entries(content.headers).filter(([name]) => HEADER_NAME.test(name) && !OWN_HEADERS.test(name));
  return Object.fromEntries(headers.map(([name, value]) => [name, value.replace(/[\p{Cc}\u2028\u2029]+/gu, ' ')]));
}

/** Made of a digest of the parts, so none of them can hold it, and every try has the same. */
function boundary(messageId: string, content: EmailContent): string {
  return createHash('sha256').update(messageId).update(content.text).update(content.html).digest('hex').slice(0, 32);
}

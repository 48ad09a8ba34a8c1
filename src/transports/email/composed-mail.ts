import { buffer } from 'node:stream/consumers';
import DKIM from 'nodemailer/lib/dkim';
import MailComposer from 'nodemailer/lib/mail-composer';
import { type DkimOptions } from '../../config/options.js';
import { type EmailContent } from './email-content.js';
import { type MailData } from './mail-data.js';

/** The headers of a mail that its composer is told. */
export interface ComposedHeaders {
  readonly from: string;
  readonly to: string;
  readonly messageId: string;
  readonly date: Date;
  readonly replyTo?: string;
  readonly cc?: readonly string[];
  /** All others, by name. */
  readonly others: Readonly<Record<string, string>>;
}

/** A mail with attachments, by nodemailer's composer; nothing of it is read from files or fetched. Lines end in CRLF. */
export async function composeWithAttachments(content: EmailContent, headers: ComposedHeaders): Promise<Buffer> {
  const { from, to, replyTo, cc, messageId, date, others } = headers;
  const composer = new MailComposer({
    from,
    ...(to === '' ? {} : { to }),
    ...(replyTo === undefined ? {} : { replyTo }),
    ...(cc === undefined ? {} : { cc: [...cc] }),
    subject: content.subject,
    messageId,
    date,
    headers: others,
    text: content.text,
    html: content.html,
    attachments: (content.attachments ?? []).map((attachment) => ({
      filename: attachment.filename,
      content: typeof attachment.content === 'string' ? attachment.content : Buffer.from(attachment.content),
      ...(attachment.contentType === undefined ? {} : { contentType: attachment.contentType }),
      ...(attachment.cid === undefined ? {} : { cid: attachment.cid }),
    })),
    disableFileAccess: true,
    disableUrlAccess: true,
    newline: 'windows',
  });
  return composer.compile().build();
}

/** Signs a mail, relaxed in header and body. */
export async function sign(mail: MailData, dkim: DkimOptions): Promise<Buffer> {
  return buffer(new DKIM({ ...dkim }).sign(mail));
}

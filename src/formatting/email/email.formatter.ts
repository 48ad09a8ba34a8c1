import { type ResolvedOptions } from '../../config/options.js';
import { type ClaimedMessage } from '../../model/message.js';
import { type EmailContent } from '../../transports/email/email-content.js';
import { notificationHeaders } from '../../transports/email/notification-headers.js';
import { type Digest, digestOf } from '../digest/digest.js';
import { digestSummary } from '../digest/type-label.js';
import { type Formatter } from '../formatter.js';
import { emailHtml } from './email-html.js';
import { momentsFor, type ReaderOf } from './reader-of.js';
import { emailText } from './email-text.js';
import { unsubscribeHeaders } from './unsubscribe-headers.js';

/** The built-in e-mail formatter: one delivery as it is, several as a digest. */
export function createEmailFormatter(
  options: Pick<ResolvedOptions['email'], 'unsubscribeUrl'>,
  readerOf: ReaderOf = () => undefined,
): Formatter<EmailContent> {
  return {
    format(message: ClaimedMessage): EmailContent {
      const digest = digestOf(message);
      const subject = subjectOf(digest);
      return {
        subject,
        text: emailText(digest, subject),
        html: emailHtml(digest, subject, momentsFor(readerOf(message.channel, message.address))),
        headers: { ...notificationHeaders(message), ...unsubscribeHeaders(options.unsubscribeUrl, message.address) },
      };
    },
  };
}

/** A single delivery's title; else how many there are, and of what. */
function subjectOf(digest: Digest): string {
  const [only] = digest.entries;
  return digest.count === 1 && only !== undefined ? only.title : digestSummary(digest.count, digest.types);
}

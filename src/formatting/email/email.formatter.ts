import { type DigestOrder } from '../../config/content-options.js';
import { type ResolvedOptions } from '../../config/options.js';
import { type ClaimedMessage } from '../../model/message.js';
import { type EmailContent } from '../../transports/email/email-content.js';
import { type OwnPhrases } from '../../model/phrases.js';
import { type StoredEmailFields } from '../../model/email-fields.js';
import { digestOf } from '../digest/digest.js';
import { type ImmediateFormatter } from '../formatter.js';
import { dateFormatFor } from '../date-format.js';
import { readerSettingsOf } from '../reader-settings-of.js';
import { translatorFor } from '../translation/translator.js';
import { EmailBrands } from './email-brands.js';
import { type EmailFrame } from './email-frame.js';
import { emailHtml } from './email-html.js';
import { emailText } from './email-text.js';
import { emailHeadline } from './email-headline.js';
import { unsubscribeHeaders } from './unsubscribe-headers.js';
import { unsubscribeLink, type UnsubscribeOptions } from './unsubscribe-link.js';

/** The built-in e-mail formatter: one delivery as it is, several as a digest, in the reader's language. */
export function createEmailFormatter(
  options: Partial<Pick<ResolvedOptions['email'], 'brandName' | 'brand' | 'sharedTypes' | 'accounts'>> & UnsubscribeOptions,
  order?: DigestOrder,
  own?: OwnPhrases,
): ImmediateFormatter<EmailContent> {
  const sharedTypes = new Set(options.sharedTypes);
  const brands = new EmailBrands(options);
  return {
    format(message: ClaimedMessage): EmailContent {
      const readerSettings = readerSettingsOf(message);
      const translator = translatorFor(readerSettings.locale, own);
      const format = { translator, dates: dateFormatFor(readerSettings, translator) };
      const digest = digestOf(message, translator, order);
      const headline = emailHeadline(digest, translator);
      const link = unsubscribeLink(message, options);
      const shared = sharedTypes.has(message.type) && link?.isPersonal !== true;
      const { brandName, brand, look } = brands.of(message);
      const frame: EmailFrame = {
        brandName,
        brand,
        unsubscribeUrl: link?.url,
        address: shared ? undefined : message.address,
      };
      const { subject: ownSubject, html, ...fields } = ownFields(message);
      return {
        ...fields,
        subject: ownSubject ?? headline.subject,
        text: emailText(digest, headline, format, frame),
        html: html ?? emailHtml(digest, headline, format, { frame, brand: look }),
        headers: unsubscribeHeaders(link),
        ...(shared ? { shared: true } : {}),
      };
    },
  };
}

const NO_FIELDS = {};

/** What the notification says of its mail; a digest has the reply address that all of its entries share. Attachments are added when it is sent. */
function ownFields({ entries }: ClaimedMessage): Omit<StoredEmailFields, 'attachments'> {
  const given = entries[0]?.content.email;
  if (given === undefined) return NO_FIELDS;
  const { attachments: _, ...email } = given;
  if (entries.length === 1) return email;
  return email.replyTo === undefined ? {} : { replyTo: email.replyTo };
}

/** Whether a notification brings the look of its mail itself, so that no template applies. */
export function bringsItsOwnLook({ entries }: ClaimedMessage): boolean {
  return entries.length === 1 && entries[0]?.content.email?.html !== undefined;
}

/** The subject that a notification brings; undefined for a digest. */
export function ownSubjectOf({ entries }: ClaimedMessage): string | undefined {
  return entries.length === 1 ? entries[0]?.content.email?.subject : undefined;
}

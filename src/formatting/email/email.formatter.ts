import { type DigestOrder } from '../../config/content-options.js';
import { type ResolvedOptions } from '../../config/options.js';
import { type ClaimedMessage } from '../../model/message.js';
import { addressOf, domainOf } from '../../transports/email/email-address.js';
import { type EmailContent } from '../../transports/email/email-content.js';
import { type StoredEmailFields } from '../../model/email-fields.js';
import { type Digest, digestOf } from '../digest/digest.js';
import { type Headline, headlineOf } from '../digest/headline.js';
import { type ImmediateFormatter } from '../formatter.js';
import { dateFormatFor } from '../date-format.js';
import { readerSettingsOf } from '../reader-settings-of.js';
import { type Words, wordsFor } from '../words/words.js';
import { emailHtml } from './email-html.js';
import { emailText } from './email-text.js';
import { unsubscribeHeaders, unsubscribeUrl } from './unsubscribe-headers.js';

/** The built-in e-mail formatter: one delivery as it is, several as a digest, in the reader's language. */
export function createEmailFormatter(
  options: Partial<Pick<ResolvedOptions['email'], 'brandName' | 'unsubscribeUrl' | 'sharedTypes' | 'accounts'>>,
  order?: DigestOrder,
): ImmediateFormatter<EmailContent> {
  const personal = options.unsubscribeUrl?.includes('{address}') === true;
  const shared = new Set(personal ? [] : options.sharedTypes);
  return {
    format(message: ClaimedMessage): EmailContent {
      const readerSettings = readerSettingsOf(message);
      const words = wordsFor(readerSettings.locale);
      const digest = digestOf(message, words, order);
      const headline = emailHeadline(digest, words);
      const frame = {
        brandName: brandNameOf(message, options),
        unsubscribeUrl: unsubscribeUrl(options.unsubscribeUrl, message.address),
      };
      const { subject: ownSubject, html, ...fields } = ownFields(message);
      return {
        ...fields,
        subject: ownSubject ?? headline.text,
        text: emailText(digest, headline, words, frame),
        html: html ?? emailHtml(digest, headline, { words, when: dateFormatFor(readerSettings) }, frame),
        headers: unsubscribeHeaders(options.unsubscribeUrl, message.address),
        ...(shared.has(message.type) ? { shared: true } : {}),
      };
    },
  };
}

/** A single delivery's title; else how many there are, of what, and what they have in common. */
export function emailHeadline(digest: Digest, words: Words): Headline {
  const [only] = digest.entries;
  if (digest.count === 1 && only !== undefined) return { text: only.title, headingOf: () => undefined };
  return headlineOf(digest, words);
}

/** What the notification says of its mail; a digest has the reply address that all of its entries share. Attachments are added when it is sent. */
function ownFields({ entries }: ClaimedMessage): Omit<StoredEmailFields, 'attachments'> {
  const [first] = entries;
  const { attachments: _, ...email } = first?.content.email ?? {};
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

/** Of the account that the mail is sent by. */
function brandNameOf(
  { entries }: ClaimedMessage,
  { brandName, accounts = {} }: Partial<Pick<ResolvedOptions['email'], 'brandName' | 'accounts'>>,
): string | undefined {
  const account = accounts[entries[0]?.content.email?.account ?? ''];
  return account === undefined ? brandName : (account.brandName ?? domainOf(addressOf(account.from)));
}

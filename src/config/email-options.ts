import { type EmailTemplate } from '../model/email-template.js';
import { addressOf, emailAddressProblem } from '../transports/email/email-address.js';
import { option, optionalVariable, secretOption, secretVariable, type SettingsOf, variable } from './setting.js';
import { checkedText, flag, isRecord, listOf, text, valueOf, wholeNumber } from './value-reader.js';

/** The key that mails are signed with (RFC 6376). */
export interface DkimOptions {
  /** `d=`: the domain that signs. */
  readonly domainName: string;
  /** `s=`: the key stands at `<keySelector>._domainkey.<domainName>`. */
  readonly keySelector: string;
  /** PEM. */
  readonly privateKey: string;
}

export interface EmailOptions {
  /** `SMTP_URL`: `smtp(s)://user:pass@host:port`. Without it mail goes to the built-in mailbox, if `mailbox` is true. */
  readonly smtpUrl?: string | undefined;
  /**
   * `EMAIL_MAILBOX`: without `smtpUrl`, keeps mail in the built-in mailbox, where nobody receives it. False: the channel `email` is not
   * registered then. Defaults to true, and to false with `NODE_ENV=production`.
   */
  readonly mailbox?: boolean | undefined;
  /** `SMTP_ALLOW_PLAINTEXT`: lets credentials go to a host other than loopback without TLS. Defaults to false. */
  readonly allowPlaintext?: boolean | undefined;
  /** `EMAIL_FROM`: `robot@example.com` or `Robot <robot@example.com>`. Defaults to `notifications@localhost`. */
  readonly from?: string | undefined;
  /** `EMAIL_POOL_SIZE`: SMTP connections kept open, 1..1000. Defaults to 5. */
  readonly poolSize?: number | undefined;
  /** `EMAIL_BRAND_NAME`: who the mail is from, in its header and footer. Defaults to the host of `from`. */
  readonly brandName?: string | undefined;
  /**
   * `EMAIL_UNSUBSCRIBE_URL`: `List-Unsubscribe` and a link in the footer of every mail: an `https:` or `mailto:` address in which `{address}` stands for the reader's.
   * An `https:` one also gets the one-click header of RFC 8058. Absent by default.
   */
  readonly unsubscribeUrl?: string | undefined;
  /** Signs every mail (RFC 6376). No variable. */
  readonly dkim?: DkimOptions | undefined;
  /**
   * Types whose mails have no personal part: those that say the same go as one mail to up to 100 readers, who do not see each other. No
   * variable; none by default.
   */
  readonly sharedTypes?: readonly string[] | undefined;
  /** How mails look, by type and language; see `defineEmailTemplate`. No variable. */
  readonly templates?: readonly EmailTemplate[] | undefined;
}

/** Sender of a host that names none: good for the built-in mailbox only. */
export const DEFAULT_FROM = 'notifications@localhost';

const isDkim = (value: unknown): boolean =>
  isRecord(value) && ['domainName', 'keySelector', 'privateKey'].every((name) => typeof value[name] === 'string');
const isTemplate = (value: unknown): boolean =>
  isRecord(value) && ['subject', 'text', 'html'].every((name) => typeof value[name] === 'function');

export const EMAIL_SETTINGS = {
  smtpUrl: secretVariable<string | undefined>(
    'SMTP_URL',
    text(/^smtps?:\/\/\S+$/, 'an address like smtp://user:pass@host:587 or smtps://host'),
    undefined,
  ),
  mailbox: optionalVariable('EMAIL_MAILBOX', flag()),
  allowPlaintext: variable('SMTP_ALLOW_PLAINTEXT', flag(), false),
  from: variable(
    'EMAIL_FROM',
    checkedText((from) => {
      const problem = emailAddressProblem(addressOf(from));
      return problem === undefined ? undefined : `robot@example.com or Robot <robot@example.com>; this one ${problem}`;
    }),
    DEFAULT_FROM,
  ),
  poolSize: variable('EMAIL_POOL_SIZE', wholeNumber(1, 1_000), 5),
  brandName: optionalVariable('EMAIL_BRAND_NAME', text(/^\P{C}{1,100}$/u, 'one line of at most 100 characters')),
  unsubscribeUrl: optionalVariable('EMAIL_UNSUBSCRIBE_URL', text(/^(https:\/\/|mailto:)\S+$/, 'an https: or mailto: address')),
  dkim: secretOption<DkimOptions | undefined>(valueOf(isDkim, '{ domainName, keySelector, privateKey }'), undefined),
  sharedTypes: option(listOf(text(/\S/, 'a type')), []),
  templates: option<readonly EmailTemplate[]>(listOf(valueOf(isTemplate, 'a template made by defineEmailTemplate')), []),
} satisfies SettingsOf<EmailOptions>;

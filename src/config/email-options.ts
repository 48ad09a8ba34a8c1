import { isRecord } from '../model/record.js';
import { type EmailTemplate } from '../model/email-template.js';
import { addressOf, emailAddressProblem } from '../transports/email/email-address.js';
import { readSettings } from './read-settings.js';
import { option, optionalVariable, secretOption, secretVariable, type SettingsOf, variable } from './setting.js';
import { checkedText, flag, folder, listOf, text, type ValueReader, valueOf, wholeNumber } from './value-reader.js';

/** The key that mails are signed with (RFC 6376). */
export interface DkimOptions {
  /** `d=`: the domain that signs. */
  readonly domainName: string;
  /** `s=`: the key stands at `<keySelector>._domainkey.<domainName>`. */
  readonly keySelector: string;
  /** PEM. */
  readonly privateKey: string;
}

/** How the built-in look shows whose mail it is, besides the name. */
export interface EmailBrandOptions {
  /** Where the name or the logo leads: `https:`. */
  readonly url?: string | undefined;
  /** A picture in place of the name, `https:`, shown 32 px high. Clients load it from there, so that its server learns who reads. */
  readonly logoUrl?: string | undefined;
  /** `#rrggbb`: of the line below the header and of buttons, whose text is white or black, whichever is easier to read. */
  readonly color?: string | undefined;
  /** A postal address in the footer, which some countries require. */
  readonly address?: string | undefined;
}

/** An account of a host that sends for several: its own server, sender and signature. What is absent is as for the main one. */
export interface EmailAccountOptions {
  /** `smtp(s)://user:pass@host:port`. */
  readonly smtpUrl: string;
  /** `robot@example.com` or `Robot <robot@example.com>`. */
  readonly from: string;
  /** SMTP connections kept open, 1..1000. Defaults to `EMAIL_POOL_SIZE`. */
  readonly poolSize?: number | undefined;
  /** Lets credentials go to a host other than loopback without TLS. Defaults to `SMTP_ALLOW_PLAINTEXT`. */
  readonly allowPlaintext?: boolean | undefined;
  /** Signs every mail (RFC 6376). Defaults to none: the key of the main account signs for another domain. */
  readonly dkim?: DkimOptions | undefined;
  /** In the header and footer of the built-in look. Defaults to the host of `from`. */
  readonly brandName?: string | undefined;
  /** Link, logo, colour and postal address of the built-in look. Defaults to none: those of the main account are another brand's. */
  readonly brand?: EmailBrandOptions | undefined;
}

/** Mail: its server, sender and look. Without `smtpUrl` mail goes to the built-in mailbox. */
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
  /** Link, logo, colour and postal address of the built-in look. Defaults to none. No variable. */
  readonly brand?: EmailBrandOptions | undefined;
  /**
   * `EMAIL_UNSUBSCRIBE_URL`: `List-Unsubscribe` and a link in the footer of every mail: an `https:` or `mailto:` address in which `{address}` stands for the reader's.
   * An `https:` one also gets the one-click header of RFC 8058. It is not signed: what stands behind it must not trust the address in it. Recipients get
   * a signed link where `recipients.unsubscribeSecrets` and an `https:` address of the routes are set. Absent by default.
   */
  readonly unsubscribeUrl?: string | undefined;
  /** Signs every mail (RFC 6376). No variable. */
  readonly dkim?: DkimOptions | undefined;
  /**
   * Types whose mails have no personal part: those that say the same go as one mail to up to 100 readers, who do not see each other. No
   * variable; none by default.
   */
  readonly sharedTypes?: readonly string[] | undefined;
  /** Further accounts by name (tenants), which `email.account` of a notification names. No variable; none by default. */
  readonly accounts?: Readonly<Record<string, EmailAccountOptions>> | undefined;
  /**
   * `EMAIL_ATTACHMENTS_DIR`: the folder below which attachments by `path` lie. It must exist at the start. Absent: a notification with one is refused.
   */
  readonly attachmentsDir?: string | undefined;
  /** How mails look, by type and language; see `defineEmailTemplate`. No variable. */
  readonly templates?: readonly EmailTemplate[] | undefined;
  /**
   * A folder of templates by type and language: see docs/templates.md. It is read at the start, and in development (`NODE_ENV` other than `production`)
   * again when a file changed. No variable; none by default.
   */
  readonly templatesDir?: string | undefined;
}

/** Sender of a host that names none: good for the built-in mailbox only. */
export const DEFAULT_FROM = 'notifications@localhost';

const isDkim = (value: unknown): boolean =>
  isRecord(value) && ['domainName', 'keySelector', 'privateKey'].every((name) => typeof value[name] === 'string');
const isTemplate = (value: unknown): boolean => {
  const parts = isRecord(value) ? ['subject', 'text', 'html'].map((name) => typeof value[name]) : [];
  return parts.includes('function') && parts.every((type) => type === 'function' || type === 'undefined');
};

const smtpUrl = text(/^smtps?:\/\/\S+$/, 'an address like smtp://user:pass@host:587 or smtps://host');
const sender = checkedText((from) => {
  const problem = emailAddressProblem(addressOf(from));
  return problem === undefined ? undefined : `robot@example.com or Robot <robot@example.com>; this one ${problem}`;
});
const brandName = text(/^\P{C}{1,100}$/u, 'one line of at most 100 characters');

const webAddress = text(/^https:\/\/\S{1,2000}$/, 'an https: address');

const BRAND_SETTINGS = {
  url: option<string | undefined>(webAddress, undefined),
  logoUrl: option<string | undefined>(webAddress, undefined),
  color: option<string | undefined>(text(/^#[0-9a-f]{6}$/i, 'a colour like #1a73e8'), undefined),
  address: option<string | undefined>(text(/^\P{C}{1,300}$/u, 'one line of at most 300 characters'), undefined),
} satisfies SettingsOf<EmailBrandOptions>;

const brand: ValueReader<EmailBrandOptions> = (value, place) =>
  readSettings(BRAND_SETTINGS, value, {}, place.problems, place.name);

const ACCOUNT_SETTINGS = {
  smtpUrl: secretOption<string | undefined>(smtpUrl, undefined),
  from: option<string | undefined>(sender, undefined),
  poolSize: option<number | undefined>(wholeNumber(1, 1_000), undefined),
  allowPlaintext: option<boolean | undefined>(flag(), undefined),
  dkim: secretOption<DkimOptions | undefined>(valueOf(isDkim, '{ domainName, keySelector, privateKey }'), undefined),
  brandName: option<string | undefined>(brandName, undefined),
  brand: option<EmailBrandOptions | undefined>(brand, undefined),
} satisfies SettingsOf<EmailAccountOptions>;

const accounts: ValueReader<Readonly<Record<string, EmailAccountOptions>>> = (value, place) => {
  if (!isRecord(value)) return place.refuse(value, 'an object of accounts by name');
  const read: Record<string, EmailAccountOptions> = {};
  for (const [name, given] of Object.entries(value)) {
    const at = place.at(`.${name}`);
    const { smtpUrl: url, from, ...others } = readSettings(ACCOUNT_SETTINGS, given, {}, place.problems, at.name);
    if (!ACCOUNT_NAME.test(name)) at.refuse(name, `named by ${ACCOUNT_NAME.source}`);
    else if (url === undefined) at.at('.smtpUrl').refuse(url, 'an address like smtp://user:pass@host:587 or smtps://host');
    else if (from === undefined) at.at('.from').refuse(from, 'robot@example.com or Robot <robot@example.com>');
    else read[name] = { smtpUrl: url, from, ...others };
  }
  return read;
};
const ACCOUNT_NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/;

export const EMAIL_SETTINGS = {
  smtpUrl: secretVariable<string | undefined>('SMTP_URL', smtpUrl, undefined),
  mailbox: optionalVariable('EMAIL_MAILBOX', flag()),
  allowPlaintext: variable('SMTP_ALLOW_PLAINTEXT', flag(), false),
  from: variable('EMAIL_FROM', sender, DEFAULT_FROM),
  poolSize: variable('EMAIL_POOL_SIZE', wholeNumber(1, 1_000), 5),
  brandName: optionalVariable('EMAIL_BRAND_NAME', brandName),
  brand: option<EmailBrandOptions | undefined>(brand, undefined),
  unsubscribeUrl: optionalVariable('EMAIL_UNSUBSCRIBE_URL', text(/^(https:\/\/|mailto:)\S+$/, 'an https: or mailto: address')),
  dkim: secretOption<DkimOptions | undefined>(valueOf(isDkim, '{ domainName, keySelector, privateKey }'), undefined),
  sharedTypes: option(listOf(text(/\S/, 'a type')), []),
  attachmentsDir: optionalVariable('EMAIL_ATTACHMENTS_DIR', folder()),
  accounts: option(accounts, {}),
  templates: option<readonly EmailTemplate[]>(listOf(valueOf(isTemplate, 'a template made by defineEmailTemplate')), []),
  templatesDir: option<string | undefined>(folder(), undefined),
} satisfies SettingsOf<EmailOptions>;

import { TYPE_NAME } from '../model/notification.js';
import { type RecipientDirectorySource } from '../model/recipient-directory.js';
import { option, secretVariable, type SettingsOf } from './setting.js';
import { listOf, text, valueOf, wholeNumber } from './value-reader.js';

/** Who recipients are, and what they can decide. */
export interface RecipientsOptions {
  /**
   * The host's `RecipientDirectory`: its class, which the module injects or creates, or an object. Defaults to a directory in the store, filled by
   * `PUT …/recipients/:id`. No variable.
   */
  readonly directory?: RecipientDirectorySource | undefined;
  /**
   * Types that nobody can turn off, e.g. `security`: neither preferences nor a complaint stop them, and their mails have no unsubscribe link. No
   * variable; none by default.
   */
  readonly required?: readonly string[] | undefined;
  /** How long what the directory said of a person is used again, ms, 0..86400000. Defaults to 60000. No variable. */
  readonly cacheMs?: number | undefined;
  /**
   * `UNSUBSCRIBE_SECRETS`: sign the unsubscribe links of recipients; the first signs, all verify, so that a secret can be replaced. Links have no end: a
   * secret that is taken out makes those that it signed invalid. Of at least 16 characters each. Defaults to none: mails have no such links.
   */
  readonly unsubscribeSecrets?: readonly string[] | undefined;
}

const typeName = text(TYPE_NAME, 'a type: [a-z0-9][a-z0-9_.-]{0,63}');
const secret = text(/^\S{16,}$/, 'at least 16 characters without spaces');
const isDirectory = (value: unknown): boolean =>
  typeof value === 'function' ||
  (typeof value === 'object' && value !== null && 'find' in value && typeof value.find === 'function');

export const RECIPIENTS_SETTINGS = {
  directory: option<RecipientDirectorySource | undefined>(
    valueOf(isDirectory, 'a RecipientDirectory: a class, or an object with the method find'),
    undefined,
  ),
  required: option(listOf(typeName), []),
  cacheMs: option(wholeNumber(0, 86_400_000), 60_000),
  unsubscribeSecrets: secretVariable<readonly string[]>('UNSUBSCRIBE_SECRETS', listOf(secret), []),
} satisfies SettingsOf<RecipientsOptions>;

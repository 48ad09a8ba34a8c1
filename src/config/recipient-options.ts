import { option, secretVariable, type SettingsOf } from './setting.js';
import { listOf, text } from './value-reader.js';

export interface RecipientsOptions {
  /**
   * Types that nobody can turn off, e.g. `security`: neither preferences nor a complaint stop them, and their mails have no unsubscribe link. No
   * variable; none by default.
   */
  readonly required?: readonly string[] | undefined;
  /**
   * `UNSUBSCRIBE_SECRETS`: sign the unsubscribe links of recipients; the first signs, all verify, so that a secret can be replaced. Links have no end: a
   * secret that is taken out makes those that it signed invalid. Of at least 16 characters each. Defaults to none: mails have no such links.
   */
  readonly unsubscribeSecrets?: readonly string[] | undefined;
}

const typeName = text(/^[a-z0-9][a-z0-9_.-]{0,63}$/, 'a type: [a-z0-9][a-z0-9_.-]{0,63}');
const secret = text(/^\S{16,}$/, 'at least 16 characters without spaces');

export const RECIPIENTS_SETTINGS = {
  required: option(listOf(typeName), []),
  unsubscribeSecrets: secretVariable<readonly string[]>('UNSUBSCRIBE_SECRETS', listOf(secret), []),
} satisfies SettingsOf<RecipientsOptions>;

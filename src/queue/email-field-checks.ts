import { type FieldError } from '../model/errors.js';
import { copiesOf, EMAIL_LIMITS, type StoredEmailFields } from '../model/email-fields.js';
import { addressOf, canonicalEmailAddress, emailAddressProblem } from '../transports/email/email-address.js';
import { isOneLine, isPlainObject } from '../model/field-checks.js';
import { type ReadAttachments } from './attachment-reader.js';
import { shownValue as shown } from './shown-value.js';

const FIELDS = ['subject', 'html', 'replyTo', 'cc', 'bcc', 'account', 'attachments'] as const;

/** What the fields are checked against. */
interface EmailFieldContext {
  /** Names of the option `email.accounts`. */
  readonly accounts: readonly string[];
  /** What was read of `attachments`; undefined: there must be none. */
  readonly attachments: ReadAttachments | undefined;
}

/**
 * Checks `email`; it is for notifications of the channel email only.
 *
 * @param addresses how many the notification is for: copies go with exactly one
 * @returns the fields in their canonical form; they mean nothing when there are errors
 */
export function emailFieldsOf(
  value: unknown,
  channel: unknown,
  addresses: number,
  { accounts, attachments: read }: EmailFieldContext,
  errors: FieldError[],
): StoredEmailFields {
  const refuse = (path: string, got: unknown, allowed: string): void => {
    errors.push({ path: `email${path}`, message: `got ${shown(got)}; ${allowed}` });
  };
  if (!isPlainObject(value)) {
    refuse('', value, 'must be a JSON object');
    return {};
  }
  if (channel !== 'email') refuse('', value, 'is only for the channel email');
  for (const name of Object.keys(value)) {
    if (!FIELDS.some((known) => known === name)) refuse(`.${name}`, value[name], `is unknown; allowed are ${FIELDS.join(', ')}`);
  }
  const { subject, html, replyTo, account, attachments } = value;
  if (subject !== undefined && !isOneLine(subject, EMAIL_LIMITS.subjectCharacters)) {
    refuse('.subject', subject, `must be one line of 1..${EMAIL_LIMITS.subjectCharacters} characters`);
  }
  if (html !== undefined && !isHtml(html)) refuse('.html', html, `must be text of at most ${EMAIL_LIMITS.htmlBytes} bytes`);
  if (replyTo !== undefined) {
    const problem = mailboxProblem(replyTo);
    if (problem !== undefined) refuse('.replyTo', replyTo, problem);
  }
  if (account !== undefined && !accounts.some((known) => known === account)) {
    const names = accounts.length === 0 ? 'none is configured' : `one of ${accounts.join(', ')}`;
    refuse('.account', account, `must be an account of the option email.accounts: ${names}`);
  }
  const lists = { cc: listOf('cc', value['cc'], refuse), bcc: listOf('bcc', value['bcc'], refuse) };
  const copies = copiesOf(lists).length;
  if (copies > EMAIL_LIMITS.copies)
    refuse('.cc', value['cc'] ?? value['bcc'], `cc and bcc together must be at most ${EMAIL_LIMITS.copies}`);
  if (copies > 0 && addresses > 1) refuse('.cc', value['cc'] ?? value['bcc'], 'cc and bcc need exactly one address in to');
  if (read !== undefined) errors.push(...read.errors);
  else if (attachments !== undefined)
    refuse('.attachments', attachments, 'is only for notifications that are enqueued one by one');
  const stored = read?.stored ?? [];
  return {
    ...(subject === undefined ? {} : { subject: subject as string }),
    ...(html === undefined ? {} : { html: html as string }),
    ...(replyTo === undefined ? {} : { replyTo: replyTo as string }),
    ...(account === undefined ? {} : { account: account as string }),
    ...(lists.cc.length === 0 ? {} : { cc: lists.cc }),
    ...(lists.bcc.length === 0 ? {} : { bcc: lists.bcc }),
    ...(stored.length === 0 ? {} : { attachments: stored }),
  };
}

function listOf(
  name: 'cc' | 'bcc',
  value: unknown,
  refuse: (path: string, got: unknown, allowed: string) => void,
): readonly string[] {
  if (value === undefined) return [];
  if (!Array.isArray(value)) {
    refuse(`.${name}`, value, 'must be a list of addresses');
    return [];
  }
  const list: readonly unknown[] = value;
  list.slice(0, EMAIL_LIMITS.copies + 1).forEach((address, index) => {
    const problem = typeof address === 'string' ? emailAddressProblem(address) : 'must be an e-mail address';
    if (problem !== undefined) refuse(`.${name}.${index}`, address, problem);
  });
  return [...new Set(list.map((address) => (typeof address === 'string' ? canonicalEmailAddress(address) : '')))];
}

function isHtml(value: unknown): boolean {
  return (
    typeof value === 'string' &&
    value.length > 0 &&
    value.length <= EMAIL_LIMITS.htmlBytes &&
    Buffer.byteLength(value) <= EMAIL_LIMITS.htmlBytes &&
    value.isWellFormed()
  );
}

function mailboxProblem(value: unknown): string | undefined {
  if (!isOneLine(value, EMAIL_LIMITS.subjectCharacters)) return 'must be ann@example.com or Ann <ann@example.com>';
  return emailAddressProblem(addressOf(value));
}

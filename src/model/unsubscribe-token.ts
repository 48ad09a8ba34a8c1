import { createHmac, timingSafeEqual } from 'node:crypto';

/** What a link to unsubscribe is about. */
export interface UnsubscribeScope {
  readonly recipientId: string;
  readonly channel: string;
  /** The types that it turns off; `*`: what comes together by the person's choice. */
  readonly types: readonly string[] | '*';
  /** Of the person, when the mail was sent. */
  readonly tenant?: string | undefined;
}

/** Longest token that is read; a person's id may take two thousand of them. */
const MAX_TOKEN_CHARACTERS = 8_192;
const VERSION = '1';

/**
 * A token that names a scope and cannot be made without a secret: base64url of `1.person.type|type.channel.tenant`, a dot, and base64url of its
 * HMAC-SHA-256. It has no end, since the links of old mails must work (RFC 8058 asks for no time limit, and CAN-SPAM for 30 days at least). The
 * person's id can be read in it; an address is not in it.
 *
 * @param secret the first of `recipients.unsubscribeSecrets`
 */
export function unsubscribeToken({ recipientId, types, channel, tenant = '' }: UnsubscribeScope, secret: string): string {
  const what = types === '*' ? '*' : types.map(escaped).join('|');
  const text = [VERSION, escaped(recipientId), what, escaped(channel), escaped(tenant)].join('.');
  return `${Buffer.from(text).toString('base64url')}.${signature(text, secret).toString('base64url')}`;
}

/**
 * The scope of a token; undefined when none of the secrets signed it. Every secret is tried, and every comparison takes the same time, whatever the
 * token is.
 */
export function unsubscribeScope(token: string, secrets: readonly string[]): UnsubscribeScope | undefined {
  const [payload = '', mac = '', ...rest] = token.length > MAX_TOKEN_CHARACTERS ? [] : token.split('.');
  const text = Buffer.from(payload, 'base64url').toString();
  const given = Buffer.from(mac, 'base64url');
  let isSigned = false;
  for (const secret of secrets) {
    const expected = signature(text, secret);
    const isThis = given.length === expected.length && timingSafeEqual(given, expected);
    isSigned = isThis || isSigned;
  }
  const isWhole = rest.length === 0 && Buffer.from(text).toString('base64url') === payload;
  return isSigned && isWhole ? scopeOf(text) : undefined;
}

function signature(text: string, secret: string): Buffer {
  return createHmac('sha256', secret).update(text).digest();
}

function scopeOf(text: string): UnsubscribeScope | undefined {
  const [version, person = '', what = '', channel = '', tenant = '', ...rest] = text.split('.');
  if (version !== VERSION || rest.length > 0) return undefined;
  return {
    recipientId: decodeURIComponent(person),
    types: what === '*' ? what : what.split('|').map(decodeURIComponent),
    channel: decodeURIComponent(channel),
    ...(tenant === '' ? {} : { tenant: decodeURIComponent(tenant) }),
  };
}

/** Without what stands between the parts. */
function escaped(part: string): string {
  return encodeURIComponent(part.toWellFormed()).replaceAll('.', '%2E').replaceAll('*', '%2A');
}

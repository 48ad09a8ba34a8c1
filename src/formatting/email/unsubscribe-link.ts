import { type ClaimedMessage } from '../../model/message.js';
import { type UnsubscribeScope, unsubscribeToken } from '../../model/unsubscribe-token.js';

/** Where the reader of a mail ends a subscription. */
export interface UnsubscribeLink {
  readonly url: string;
  /** A POST to it acts at once (RFC 8058 §3.1, which allows only `https:`). */
  readonly isOneClick: boolean;
  /** It is another one for every reader, so that a mail with it is of one reader. */
  readonly isPersonal: boolean;
}

/** What links are made of. */
export interface UnsubscribeOptions {
  /** `email.unsubscribeUrl`: an `https:` or `mailto:` address in which `{address}` stands for the reader's. It is not signed: that is the host's part. */
  readonly unsubscribeUrl?: string | undefined;
  /** Of links that are signed; undefined: there are none. */
  readonly signed?: { readonly pageUrl: string; readonly secret: string } | undefined;
  /** Types that nobody can turn off. */
  readonly required?: readonly string[] | undefined;
}

/**
 * The link of a mail: signed for a recipient, where the host can serve it; else the host's own. Mails of types that nobody can turn off have none.
 */
export function unsubscribeLink(message: ClaimedMessage, options: UnsubscribeOptions): UnsubscribeLink | undefined {
  const { unsubscribeUrl, signed, required = [] } = options;
  const types = [...new Set(message.entries.map(({ content }) => content.type))].filter((type) => !required.includes(type));
  if (types.length === 0) return undefined;
  const { recipient } = message;
  if (recipient !== undefined && signed !== undefined) {
    const together = message.policy?.plan?.together === true;
    const scope: UnsubscribeScope = {
      recipientId: recipient.id,
      channel: message.channel,
      types: together ? '*' : types,
      ...(recipient.tenant === undefined ? {} : { tenant: recipient.tenant }),
    };
    return { url: `${signed.pageUrl}?t=${unsubscribeToken(scope, signed.secret)}`, isOneClick: true, isPersonal: true };
  }
  const url = unsubscribeUrl?.replaceAll('{address}', encodeURIComponent(message.address)).replace(/[\s<>]/g, encodeURIComponent);
  return url === undefined ? undefined : { url, isOneClick: /^https:/i.test(url), isPersonal: url !== unsubscribeUrl };
}

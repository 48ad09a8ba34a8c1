import { type DkimOptions } from '../../config/options.js';
import { lastOf } from '../../model/last-of.js';
import { copiesOf, type EmailFields } from '../../model/email-fields.js';
import { type ClaimedMessage } from '../../model/message.js';
import { type OutgoingMessage } from '../transport.js';
import { addressOf, canonicalEmailAddress, displayNameOf, emailAddressProblem, wireAddress } from './email-address.js';
import { type EmailContent } from './email-content.js';
import { messageIdAt, messageIdDomain } from './message-id.js';
import { alternative, sign, withFiles } from './composed-mail.js';
import { type MailData } from './mail-data.js';
import { mailboxHeader, textHeader } from './mime/header.js';
import { notificationHeaders } from './notification-headers.js';

/** RFC 5322 §3.6.8 allows any visible character but the colon; nothing that people use needs more than these. */
const HEADER_NAME = /^[A-Za-z0-9-]{1,76}$/;
const OWN_HEADERS =
  /^(?:from|sender|reply-to|to|cc|bcc|subject|date|message-id|mime-version|auto-submitted|content-.*|x-notification-.*)$/i;

/** A mail to be sent: one transaction. */
export interface Mail {
  /** Envelope addresses, without brackets; 1..{@link MAX_RECIPIENTS} of them. */
  readonly from: string;
  readonly to: readonly string[];
  /** The recipients after the first get a copy of what the first one gets: nothing is sent when the first is refused. */
  readonly copies?: true;
  /**
   * The whole message, without a second dot before a dot that begins a line. It is made when its turn comes, so that of a batch only what is
   * in flight stands in memory.
   *
   * @throws when no formatter could make it, or one of the host made what is no mail
   */
  write(): MailData;
}

/** What every server takes in one transaction (RFC 5321 §4.5.3.1.8). */
export const MAX_RECIPIENTS = 100;

/**
 * Writes mails of one sender: `multipart/alternative`, text first (RFC 2046 §5.1.4). The same message gives the same bytes.
 * nodemailer's composer takes 500 µs for what takes this one 20, as it knows nothing but these few shapes.
 */
export class MailWriter {
  private readonly sender: string;
  private readonly fromHeader: string;
  private readonly domain: string;
  /** Holds the private key, so it must not show when this is printed. */
  readonly #dkim: DkimOptions | undefined;

  constructor(from: string, dkim?: DkimOptions) {
    this.#dkim = dkim;
    this.domain = messageIdDomain(from);
    this.sender = wireAddress(addressOf(from));
    this.fromHeader = mailboxHeader('From', displayNameOf(from), this.sender);
  }

  get signs(): boolean {
    return this.#dkim !== undefined;
  }

  /** Whether a mail is made ahead of its turn, because that takes several turns of the event loop. */
  needsPreparation({ attachments }: EmailContent): boolean {
    return this.signs || (attachments !== undefined && attachments.length > 0);
  }

  /** The mail of one message. */
  mail(outgoing: OutgoingMessage<EmailContent>): Mail {
    const { message } = outgoing;
    const to = wireAddress(message.address);
    const write = (): string => this.compose(to, message.messageId, message, outgoing.content);
    const copies = outgoing.lazyContent === true ? fieldsOf(message) : outgoing.content;
    return { from: this.sender, ...envelopeOf(to, copies), write };
  }

  /**
   * One mail for messages that all say the same; its readers do not see each other.
   *
   * @param id of it, the same on every attempt
   */
  sharedMail(messages: readonly OutgoingMessage<EmailContent>[], id: string): Mail {
    const to = messages.map(({ message }) => wireAddress(message.address));
    const [first] = messages;
    return {
      from: this.sender,
      to,
      write: () => (first === undefined ? '' : this.compose(NOBODY, id, first.message, first.content)),
    };
  }

  /** The mail of one message with attachments, a signature, or both. @throws when a formatter of the host made what is no mail */
  async prepared({ message, content }: OutgoingMessage<EmailContent>): Promise<Mail> {
    const to = wireAddress(message.address);
    const composed =
      content.attachments === undefined || content.attachments.length === 0
        ? this.compose(to, message.messageId, message, content)
        : withFiles(this.headers(to, message.messageId, message, content), content, boundaryOf(message.messageId, content));
    const data = this.#dkim === undefined ? composed : await sign(composed, this.#dkim);
    return { from: this.sender, ...envelopeOf(to, content), write: () => data };
  }

  private compose(to: string, id: string, message: ClaimedMessage, content: EmailContent): string {
    return this.headers(to, id, message, content) + alternative(content, boundaryOf(id, content));
  }

  /** All but those of the content's own structure. */
  private headers(to: string, id: string, message: ClaimedMessage, content: EmailContent): string {
    return (
      this.fromHeader +
      `To: ${to}\r\n` +
      addressHeaders(content) +
      textHeader('Subject', content.subject) +
      `Message-ID: ${messageIdAt(id, this.domain)}\r\nDate: ${date(message.queuedAt)}\r\n` +
      furtherHeaders(content) +
      ownHeaders(message) +
      'MIME-Version: 1.0\r\n'
    );
  }
}

/** An empty group (RFC 5322 §3.4): how a mail says that it does not say to whom it goes. */
const NOBODY = 'undisclosed-recipients:;';

/** What the only notification of a message says of its mail; it is known before anything is rendered. */
function fieldsOf({ entries }: ClaimedMessage): EmailFields {
  return (entries.length === 1 ? entries[0]?.content.email : undefined) ?? {};
}

function envelopeOf(to: string, content: Pick<EmailFields, 'cc' | 'bcc'>): Pick<Mail, 'to' | 'copies'> {
  const given = copiesOf(content);
  if (given.length === 0) return { to: [to] };
  const copies = new Set(given.map(checkedAddress));
  copies.delete(to);
  return copies.size === 0 ? { to: [to] } : { to: [to, ...copies], copies: true };
}

/** An address that a formatter may have made. @throws TypeError for what is none: it could end a header or a command */
function checkedAddress(address: string): string {
  const problem = emailAddressProblem(address);
  if (problem !== undefined) throw new TypeError(`an address of it ${problem}`);
  return wireAddress(canonicalEmailAddress(address));
}

/** `Cc` and `Reply-To` (RFC 5322 §3.6.2, §3.6.3); what is in neither is a blind copy. */
function addressHeaders({ cc = [], replyTo }: EmailContent): string {
  const answers =
    replyTo === undefined ? '' : mailboxHeader('Reply-To', displayNameOf(replyTo), checkedAddress(addressOf(replyTo)));
  return cc.length === 0 ? answers : `Cc: ${[...new Set(cc.map(checkedAddress))].join(',\r\n ')}\r\n${answers}`;
}

/** The headers that are taken from a formatter. */
function further({ headers }: EmailContent): readonly (readonly [name: string, value: string])[] {
  return Object.entries(headers).filter(([name]) => HEADER_NAME.test(name) && !OWN_HEADERS.test(name));
}

function ownHeaders(message: ClaimedMessage): string {
  let lines = '';
  for (const [name, value] of Object.entries(notificationHeaders(message))) lines += `${name}: ${value}\r\n`;
  return lines;
}

function furtherHeaders(content: EmailContent): string {
  let lines = '';
  for (const [name, value] of further(content)) lines += textHeader(name, value);
  return lines;
}

/**
 * Made of the message's id, so every attempt has the same; no part holds it (RFC 2046 §5.1.1): none that is written as it is, and an encoded one has no
 * `=_`. At most 70 characters.
 */
function boundaryOf(messageId: string, { text, html }: EmailContent): string {
  const base = `_${messageId.replace(/[^A-Za-z0-9-]/g, '').slice(0, 40)}`;
  for (let turn = 0; ; turn++) {
    // Without the equals sign it is found faster: HTML is full of them.
    const boundary = `${base}_${turn}`;
    if (!text.includes(boundary) && !html.includes(boundary)) return `=${boundary}`;
  }
}

/** RFC 5322 §3.3. */
const date = lastOf(1_000, (at) => new Date(at).toUTCString().replace('GMT', '+0000'));

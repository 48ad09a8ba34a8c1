import { createHash } from 'node:crypto';
import { copiesOf } from '../../model/email-fields.js';
import { type OutgoingMessage, type SendResult } from '../transport.js';
import { type EmailAttachment, type EmailContent } from './email-content.js';
import { type MailAttachments, storedAttachmentsOf } from './mail-attachments.js';
import { type Mail, MAX_RECIPIENTS, type MailWriter } from './mail-writer.js';
import { failed } from './smtp-failure.js';

/** A mail, and the places of its recipients' messages in the batch. */
export interface PlannedMail {
  readonly mail: Mail;
  readonly places: readonly number[];
}

interface MailPlan {
  readonly planned: readonly PlannedMail[];
  /** What is no mail, by its place. */
  readonly failed: Map<number, SendResult>;
}

const ASCII = /^[\x20-\x7e]*$/;

/** The mails of a batch: one per message, except that those which share their content are one for many. */
export async function planMails(
  writer: MailWriter,
  messages: readonly OutgoingMessage<EmailContent>[],
  attachments: MailAttachments,
): Promise<MailPlan> {
  const planned: PlannedMail[] = [];
  const failures = new Map<number, SendResult>();
  const shared = new Map<string, number[]>();
  for (const [place, candidate] of messages.entries()) {
    try {
      if (storedAttachmentsOf(candidate.message).length > 0) {
        const read = await attachments.of(candidate.message);
        if ('status' in read) failures.set(place, read);
        else planned.push({ mail: await writer.prepared(withAttachments(candidate, read)), places: [place] });
        continue;
      }
      if (candidate.lazyContent === true && !writer.signs) {
        planned.push({ mail: writer.mail(candidate), places: [place] });
        continue;
      }
      const outgoing = { message: candidate.message, content: candidate.content };
      if (writer.needsPreparation(outgoing.content)) planned.push({ mail: await writer.prepared(outgoing), places: [place] });
      // An address beyond ASCII may be refused for itself: it has its own mail.
      else if (isShared(outgoing)) join(shared, idOf(outgoing), place);
      else planned.push({ mail: writer.mail(outgoing), places: [place] });
    } catch (error) {
      failures.set(place, failed('permanent', 'unrenderable', `the mail could not be written: ${String(error)}`));
    }
  }
  for (const [id, places] of shared) {
    for (let from = 0; from < places.length; from += MAX_RECIPIENTS) {
      const some = places.slice(from, from + MAX_RECIPIENTS);
      const group = some.map((place) => messages[place]).filter((outgoing) => outgoing !== undefined);
      planned.push({ mail: writer.sharedMail(group, id), places: some });
    }
  }
  return { planned, failed: failures };
}

function withAttachments(
  { message, content }: OutgoingMessage<EmailContent>,
  attachments: readonly EmailAttachment[],
): OutgoingMessage<EmailContent> {
  return { message, content: { ...content, attachments: [...(content.attachments ?? []), ...attachments] } };
}

function isShared({ message, content }: OutgoingMessage<EmailContent>): boolean {
  return content.shared === true && copiesOf(content).length === 0 && ASCII.test(message.address);
}

/** Of all that it says and of the time it was accepted: the same on every attempt, and another one when it is said again. */
function idOf({ message, content }: OutgoingMessage<EmailContent>): string {
  const { subject, text, html, headers, replyTo } = content;
  const parts = [message.entries[0]?.acceptedAt, message.entries.length, subject, text, html, headers, replyTo];
  return `s-${createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 40)}`;
}

function join(groups: Map<string, number[]>, id: string, place: number): void {
  const group = groups.get(id);
  if (group === undefined) groups.set(id, [place]);
  else group.push(place);
}

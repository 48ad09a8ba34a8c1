import { ATTACHMENT_LIMITS, bytesOf, type StoredAttachment } from '../../model/email-attachment.js';
import { type ClaimedMessage } from '../../model/message.js';
import { type SendContext } from '../transport.js';
import { type EmailAttachment } from './email-content.js';
import { failed, type FailedResult } from './smtp-failure.js';

/** The attachments that the only notification of a message brings; a digest has none. */
export function storedAttachmentsOf({ entries }: ClaimedMessage): readonly StoredAttachment[] {
  return (entries.length === 1 ? entries[0]?.content.email?.attachments : undefined) ?? [];
}

/** Reads the attachments of the mails of one batch, so many bytes as it may have in memory. */
export class MailAttachments {
  private read = 0;

  constructor(private readonly context: Pick<SendContext, 'attachments' | 'signal'>) {}

  /** Those of a message, or why its mail is not sent now: it is left for a later batch when there is no room for them. */
  async of(message: ClaimedMessage): Promise<readonly EmailAttachment[] | FailedResult> {
    const stored = storedAttachmentsOf(message);
    const size = bytesOf(stored);
    if (this.context.signal.aborted) return STOPPED;
    if (this.read > 0 && this.read + size > ATTACHMENT_LIMITS.batchBytes) return NO_ROOM;
    this.read += size;
    let contents: readonly Uint8Array[];
    try {
      contents = (await this.context.attachments?.(message)) ?? [];
    } catch (error) {
      return failed('retry', 'internal', `the attachments could not be read: ${String(error)}`);
    }
    const missing = stored.find((attachment, index) => contents[index]?.length !== attachment.size);
    if (missing !== undefined) {
      return failed('permanent', 'unrenderable', `the attachment ${JSON.stringify(missing.filename)} is not stored any more`);
    }
    return stored.map(({ filename, contentType, cid }, index) => ({
      filename,
      content: contents[index] ?? '',
      ...(contentType === undefined ? {} : { contentType }),
      ...(cid === undefined ? {} : { cid }),
    }));
  }
}

const NO_ROOM = failed(
  'deferred',
  'interrupted',
  `a batch has at most ${ATTACHMENT_LIMITS.batchBytes} bytes of attachments in memory`,
);
const STOPPED = failed('deferred', 'interrupted', 'the send was stopped before this mail was written');

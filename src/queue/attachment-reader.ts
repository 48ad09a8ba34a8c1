import { ATTACHMENT_LIMITS, type StoredAttachment } from '../model/email-attachment.js';
import { type FieldError } from '../model/errors.js';
import { type AttachmentFolder } from './attachment-folder.js';
import { base64Length, decodeBase64, type HashedBytes, hashed } from './byte-slices.js';
import { isOneLine, isPlainObject } from '../model/field-checks.js';
import { shownValue } from './shown-value.js';

const FIELDS = ['filename', 'content', 'path', 'contentType', 'cid'] as const;
/** RFC 6838 §4.2 for the type; RFC 2045 §5.1 for its parameters. */
const CONTENT_TYPE =
  /^[a-z0-9][a-z0-9!#$&^_.+-]*\/[a-z0-9][a-z0-9!#$&^_.+-]*(?:; ?[a-z0-9!#$&^_.+-]+=(?:[a-z0-9!#$&^_.+-]+|"[ !#-[\]-~]*"))*$/i;
/** A part of another structure would need another encoding than base64 (RFC 2045 §6.4). */
const COMPOSITE = /^(?:multipart|message)\//i;
const CID = /^[A-Za-z0-9._@+-]+$/;

/** Attachments of a notification that were read. They mean nothing when there are errors. */
export interface ReadAttachments {
  readonly stored: readonly StoredAttachment[];
  /** In the same order. */
  readonly bytes: readonly Uint8Array[];
  readonly errors: readonly FieldError[];
}

type Refuse = (path: string, got: unknown, allowed: string) => void;

/** Reads what a caller gives as `email.attachments`: checks it, decodes it, and reads files by their path. */
export class AttachmentReader {
  /** @param folder undefined: no file can be named by its path */
  constructor(private readonly folder: AttachmentFolder | undefined) {}

  /** @param maxBytes of all together */
  async read(value: unknown, maxBytes: number): Promise<ReadAttachments> {
    const errors: FieldError[] = [];
    const refuse: Refuse = (path, got, allowed) => {
      errors.push({ path: `email.attachments${path}`, message: `got ${shownValue(got)}; ${allowed}` });
    };
    const given = listOf(value, refuse);
    given.forEach((attachment, index) => this.check(attachment, `.${index}`, refuse));
    const cids = given.map((attachment) => (isPlainObject(attachment) ? attachment['cid'] : undefined));
    cids.forEach((cid, index) => {
      if (cid !== undefined && cids.indexOf(cid) < index)
        refuse(`.${index}.cid`, cid, 'must be another one than those of the other attachments');
    });
    const stored: StoredAttachment[] = [];
    const bytes: Uint8Array[] = [];
    let left = maxBytes;
    for (const [index, attachment] of (errors.length === 0 ? given : []).entries()) {
      const read = await this.bytesOf(attachment, left, `.${index}`, refuse);
      if (typeof read === 'number') {
        const total = `${maxBytes - left + read} bytes or more`;
        errors.push({ path: 'email.attachments', message: `got ${total}; must be at most ${maxBytes} bytes together` });
      }
      if (read === undefined || typeof read === 'number') break;
      left -= read.bytes.length;
      stored.push(storedOf(attachment, read));
      bytes.push(read.bytes);
    }
    return { stored, bytes, errors };
  }

  private check(attachment: unknown, at: string, refuse: Refuse): void {
    if (!isPlainObject(attachment)) {
      refuse(at, attachment, 'must be { "filename", "content" or "path", "contentType"?, "cid"? }');
      return;
    }
    for (const name of Object.keys(attachment)) {
      if (!FIELDS.some((known) => known === name))
        refuse(`${at}.${name}`, attachment[name], `is unknown; allowed are ${FIELDS.join(', ')}`);
    }
    const { filename, content, path, contentType, cid } = attachment;
    if (!isFilename(filename)) {
      refuse(
        `${at}.filename`,
        filename,
        `must be one line of 1..${ATTACHMENT_LIMITS.filenameCharacters} characters without / and \\`,
      );
    }
    if (contentType !== undefined && !isContentType(contentType))
      refuse(`${at}.contentType`, contentType, 'must be a type like application/pdf, and not multipart or message');
    if (cid !== undefined && !(isOneLine(cid, ATTACHMENT_LIMITS.cidCharacters) && CID.test(cid)))
      refuse(`${at}.cid`, cid, `must be 1..${ATTACHMENT_LIMITS.cidCharacters} letters, digits and ._@+-`);
    if ((content === undefined) === (path === undefined)) refuse(at, attachment, 'must have exactly one of content and path');
    if (content !== undefined && typeof content !== 'string' && !(content instanceof Uint8Array))
      refuse(`${at}.content`, content, 'must be base64');
    if (path !== undefined && this.folder === undefined) {
      refuse(`${at}.path`, path, 'attachments by path need EMAIL_ATTACHMENTS_DIR (email.attachmentsDir), which is not set');
    } else if (path !== undefined && typeof path !== 'string') refuse(`${at}.path`, path, 'must be a relative path');
  }

  /** A number of bytes instead of them: more than `most`. */
  private async bytesOf(attachment: Given, most: number, at: string, refuse: Refuse): Promise<HashedBytes | number | undefined> {
    const { content, path } = attachment;
    if (content instanceof Uint8Array) return content.length > most ? content.length : hashed(Uint8Array.from(content));
    if (content !== undefined) {
      const length = base64Length(content);
      if (length !== undefined && length > most) return length;
      const decoded = await decodeBase64(content);
      if (decoded === undefined) refuse(`${at}.content`, content, 'must be base64 (RFC 4648 §4), padded and without line breaks');
      return decoded;
    }
    const read = await this.folder?.read(path ?? '', most);
    if (read === undefined) {
      refuse(`${at}.path`, path, 'must be relative to EMAIL_ATTACHMENTS_DIR, and name a regular file below it that can be read');
    }
    return read instanceof Uint8Array ? hashed(read) : read;
  }
}

/** One that passed. */
interface Given {
  readonly filename: string;
  readonly content?: string | Uint8Array;
  readonly path?: string;
  readonly contentType?: string;
  readonly cid?: string;
}

function listOf(value: unknown, refuse: Refuse): readonly Given[] {
  if (Array.isArray(value) && value.length <= ATTACHMENT_LIMITS.count) return value as readonly Given[];
  const got = Array.isArray(value) ? value.length : value;
  refuse('', got, `must be a list of at most ${ATTACHMENT_LIMITS.count} attachments`);
  return [];
}

function storedOf({ filename, contentType, cid }: Given, { bytes, sha256 }: HashedBytes): StoredAttachment {
  return {
    filename,
    size: bytes.length,
    sha256,
    ...(contentType === undefined ? {} : { contentType }),
    ...(cid === undefined ? {} : { cid }),
  };
}

function isFilename(value: unknown): boolean {
  return isOneLine(value, ATTACHMENT_LIMITS.filenameCharacters) && !/[/\\]/.test(value);
}

function isContentType(value: unknown): boolean {
  return isOneLine(value, ATTACHMENT_LIMITS.contentTypeCharacters) && CONTENT_TYPE.test(value) && !COMPOSITE.test(value);
}

import { type IncomingMessage } from 'node:http';
import { PayloadTooLargeException } from '@nestjs/common';
import { InvalidRequestError } from '../../model/errors.js';
import { requestChunks } from '../request-chunks.js';

/** Largest form that is read, bytes. */
const MAX_FORM_BYTES = 64 * 1024;
export const FORM_TYPES = ['application/x-www-form-urlencoded', 'multipart/form-data'] as const;

/** What is read of a request: Fastify's has Node's in it, and `body` is what a parser made of it. */
export interface FormRequest {
  readonly body?: unknown;
  readonly raw?: IncomingMessage;
}

/**
 * The fields of a form, however it was sent. A name that comes twice is refused, and so is a file.
 *
 * @throws InvalidRequestError, PayloadTooLargeException
 */
export async function formFields(request: IncomingMessage & FormRequest): Promise<ReadonlyMap<string, string>> {
  const { body } = request;
  const parsed = typeof body === 'object' && body !== null && !Buffer.isBuffer(body) && Object.keys(body).length > 0;
  return parsed ? fieldsOf(Object.entries(body)) : readForm(request.raw ?? request);
}

/** The same of a body that nobody has read yet. */
export async function readForm(request: IncomingMessage): Promise<ReadonlyMap<string, string>> {
  const type = request.headers['content-type'] ?? '';
  const bytes = await bytesOf(request);
  try {
    // eslint-disable-next-line @typescript-eslint/no-deprecated -- for bodies without a bound; this one is small, and in memory already
    const form = await new Response(bytes, { headers: { 'Content-Type': type } }).formData();
    return fieldsOf([...form.entries()]);
  } catch (error) {
    if (error instanceof InvalidRequestError) throw error;
    throw new InvalidRequestError([{ path: 'body', message: 'is no form' }]);
  }
}

async function bytesOf(request: IncomingMessage): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of requestChunks(request, new AbortController().signal)) {
    bytes += chunk.length;
    if (bytes > MAX_FORM_BYTES) throw new PayloadTooLargeException(`the form is larger than ${MAX_FORM_BYTES} bytes`);
    chunks.push(chunk);
  }
  return new Uint8Array(Buffer.concat(chunks));
}

function fieldsOf(entries: readonly (readonly [string, unknown])[]): ReadonlyMap<string, string> {
  const fields = new Map<string, string>();
  for (const [name, value] of entries) {
    if (typeof value !== 'string' || fields.has(name)) {
      throw new InvalidRequestError([{ path: name.slice(0, 60), message: 'must be one text' }]);
    }
    fields.set(name, value);
  }
  return fields;
}

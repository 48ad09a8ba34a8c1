import { type IncomingMessage } from 'node:http';
import { InvalidRequestError, NotificationError } from '../model/errors.js';
import { requestChunks } from './request-chunks.js';

/** The content type of RFC 7396, which no host's parser takes. */
export const MERGE_PATCH_TYPE = 'application/merge-patch+json';
/** As the default of Express' parser of JSON. */
const MAX_BYTES = 100 * 1024;

/** A request as Express and Fastify hand it over; `body` is what a parser made of it. */
export type PatchRequest = (IncomingMessage | { readonly raw: IncomingMessage }) & { readonly body?: unknown };

/**
 * The JSON of a request that is a merge patch: what the host's parser made of it, or what it left alone.
 *
 * @throws InvalidRequestError, NotificationError (400 for what is not JSON, 413 for what is too large), ShuttingDownError
 */
export async function mergePatchOf(request: PatchRequest, stop: AbortSignal): Promise<unknown> {
  const raw = 'raw' in request ? request.raw : request;
  if (raw.headers['content-type']?.toLowerCase().startsWith(MERGE_PATCH_TYPE) !== true) return request.body;
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of requestChunks(raw, stop)) {
    bytes += chunk.length;
    if (bytes > MAX_BYTES) throw new NotificationError('payload_too_large', 413, `the body is larger than ${MAX_BYTES} bytes`);
    chunks.push(chunk);
  }
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks))) as unknown;
  } catch (error) {
    if (error instanceof InvalidRequestError) throw error;
    throw new NotificationError('invalid_json', 400, 'the body is not JSON in UTF-8');
  }
}

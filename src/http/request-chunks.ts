import { type IncomingMessage } from 'node:http';
import { type Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { InvalidRequestError, ShuttingDownError } from '../model/errors.js';

/**
 * The bytes of a request's body as they come, decompressed when they were sent with gzip. A reader that stops early leaves the
 * connection open, so that the answer can still be sent over it (a plain `for await` over the request would destroy it).
 *
 * @param stop ends a body that is still being sent
 * @throws ShuttingDownError once `stop` is aborted, InvalidRequestError for a body that cannot be decompressed
 */
export async function* requestChunks(request: IncomingMessage, stop: AbortSignal): AsyncGenerator<Uint8Array> {
  const body = bodyOf(request);
  const chunks = body.iterator({ destroyOnReturn: false }) as AsyncIterator<Uint8Array, undefined>;
  let interrupt: (error: ShuttingDownError) => void = () => undefined;
  const onStop = (): void => interrupt(new ShuttingDownError());
  stop.addEventListener('abort', onStop, { once: true });
  try {
    for (;;) {
      if (stop.aborted) throw new ShuttingDownError();
      // A race against one promise of the stop would keep every chunk until that promise settles.
      const { done, value } = await new Promise<IteratorResult<Uint8Array, undefined>>((resolve, reject) => {
        interrupt = reject;
        chunks.next().then(resolve, reject);
      });
      if (done === true) return;
      yield value;
    }
  } catch (error) {
    throw isOfZlib(error)
      ? new InvalidRequestError([{ path: 'body', message: `could not be decompressed: ${error.message}` }])
      : error;
  } finally {
    stop.removeEventListener('abort', onStop);
    if (body !== request) {
      request.unpipe();
      body.destroy();
    }
    // What is not read is let go by; the server's own time limits bound it.
    request.resume();
  }
}

function bodyOf(request: IncomingMessage): Readable {
  if (request.headers['content-encoding']?.trim().toLowerCase() !== 'gzip') return request;
  const gunzip = createGunzip();
  // `pipe` does not tell the other end of a request that broke off.
  request.once('error', (error) => gunzip.destroy(error));
  request.once('close', () => {
    if (!request.complete) gunzip.destroy(new Error('the body broke off'));
  });
  return request.pipe(gunzip);
}

/** https://nodejs.org/api/zlib.html#error-codes */
function isOfZlib(error: unknown): error is { readonly message: string } {
  return typeof error === 'object' && error !== null && 'code' in error && String(error.code).startsWith('Z_');
}

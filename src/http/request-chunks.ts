import { type IncomingMessage } from 'node:http';
import { ShuttingDownError } from '../model/errors.js';

/**
 * The bytes of a request's body as they come. Whoever stops reading early leaves the connection open, so that the answer can
 * still be sent over it (a plain `for await` over the request would destroy it).
 *
 * @param stop ends a body that is still being sent
 * @throws ShuttingDownError once `stop` is aborted
 */
export async function* requestChunks(request: IncomingMessage, stop: AbortSignal): AsyncGenerator<Uint8Array> {
  const chunks = request.iterator({ destroyOnReturn: false }) as AsyncIterator<Uint8Array, undefined>;
  let refuse = (): void => undefined;
  const stopped = new Promise<never>((_, reject) => {
    refuse = () => reject(new ShuttingDownError());
    stop.addEventListener('abort', refuse, { once: true });
  });
  try {
    if (stop.aborted) throw new ShuttingDownError();
    for (;;) {
      const { done, value } = await Promise.race([chunks.next(), stopped]);
      if (done === true) return;
      yield value;
    }
  } finally {
    stop.removeEventListener('abort', refuse);
    // What is not read is let go by; the server's own time limits bound it.
    request.resume();
  }
}

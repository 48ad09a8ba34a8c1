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
  } finally {
    stop.removeEventListener('abort', onStop);
    // What is not read is let go by; the server's own time limits bound it.
    request.resume();
  }
}

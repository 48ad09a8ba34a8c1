import { type Clock } from './clock.js';

/** The work did not end in time. */
export class TimeLimitError extends Error {
  override readonly name = 'TimeLimitError';

  constructor(limitMs: number) {
    super(`no answer within ${limitMs} ms`);
  }
}

/** The process stops, so the work is not waited for. */
export class InterruptedError extends Error {
  override readonly name = 'InterruptedError';

  constructor() {
    super('the process is stopping');
  }
}

/**
 * Waits for somebody else's work, and leaves no timer. Work that is given up goes on unheard.
 *
 * @param stop ends the wait at once
 * @throws TimeLimitError, InterruptedError, or what the work throws
 */
export async function within<T>(work: PromiseLike<T>, limitMs: number, clock: Clock, stop?: AbortSignal): Promise<T> {
  const { promise: ended, reject } = Promise.withResolvers<never>();
  const timer = clock.setTimer(limitMs, () => reject(new TimeLimitError(limitMs)));
  const interrupt = (): void => reject(new InterruptedError());
  stop?.addEventListener('abort', interrupt, { once: true });
  if (stop?.aborted === true) interrupt();
  try {
    return await Promise.race([work, ended]);
  } finally {
    timer.cancel();
    stop?.removeEventListener('abort', interrupt);
  }
}

/** Whether a value is a promise of any kind: those of another realm and those of query builders are. */
export function isPromiseLike(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
}

import { NotificationError } from '../model/errors.js';

/** Passes of the processor fail, one after another: nothing new is sent. */
export interface PassFailure {
  /** When the first of them failed, epoch ms. */
  readonly since: number;
  /** What the last one failed with: one line, free of secrets. */
  readonly detail: string;
}

/** After a pass threw `error`; `before` is how the passes before it failed, if they did. */
export function passFailure(before: PassFailure | undefined, error: unknown, now: number): PassFailure {
  return { since: before?.since ?? now, detail: detailOf(error) };
}

/** The words of an error of the module; of any other its name alone, because its message may hold anything. */
function detailOf(error: unknown): string {
  if (error instanceof NotificationError) return error.message;
  return error instanceof Error ? error.name : 'unknown error';
}

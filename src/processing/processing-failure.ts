import { NotificationError } from '../model/errors.js';

/** The processor fails to look for work, again and again, so that nothing new is sent. */
export interface ProcessingFailure {
  /** When the first of them failed, epoch ms. */
  readonly since: number;
  /** What the last one failed with: one line, free of secrets. */
  readonly detail: string;
}

/** The failure after a tick threw `error`. @param before the failure that the ticks before it left, if they failed */
export function processingFailure(before: ProcessingFailure | undefined, error: unknown, now: number): ProcessingFailure {
  return { since: before?.since ?? now, detail: detailOf(error) };
}

/** The words of an error of the module; of any other only its name, because its message may hold anything. */
function detailOf(error: unknown): string {
  if (error instanceof NotificationError) return error.message;
  return error instanceof Error ? error.name : 'unknown error';
}

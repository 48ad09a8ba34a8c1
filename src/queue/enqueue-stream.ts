import { InvalidNotificationError } from '../model/errors.js';
import { type Acceptance, type AcceptResult, type Refusal } from '../storage/notification-store.js';
import { type NotificationLine } from './notification-line.js';

/** What became of many notifications. Counts are notifications. */
export interface EnqueueManyReport {
  /** Notifications that became durable. */
  readonly accepted: number;
  /** Notifications that were accepted before under their `idempotencyKey`. */
  readonly duplicates: number;
  /** Notifications that were refused; `errors` names the first 100. */
  readonly rejected: number;
  /** The first 100; `line` is the position in the input, from 1. */
  readonly errors: readonly { readonly line: number; readonly message: string }[];
}

/**
 * Notifications that go to the store in one call, and that stand in memory of a stream. Larger ones are no faster, and leave the
 * garbage collector with 200 MiB more after a million (`npm run bench -- memory`).
 */
const CHUNK = 400;
const MAX_ERRORS = 100;

/** A line that is kept with the next chunk, or refused along with it, so that errors come in the order of the lines. */
type WaitingLine = { readonly line: number } & ({ readonly acceptance: Acceptance } | { readonly problem: string });

/**
 * Accepts a stream of notifications in chunks, and reads it only as fast as they are kept. Bad ones are counted, not thrown.
 *
 * @param acceptanceOf validates and routes one; throws `InvalidNotificationError` for one that is bad
 * @param keep         brings a chunk to the store; one result an acceptance, in the same order
 * @param errorOf      what a caller of one notification would be told of a refusal
 */
export async function enqueueStream(
  lines: AsyncIterable<NotificationLine>,
  acceptanceOf: (notification: unknown) => Acceptance,
  keep: (acceptances: readonly Acceptance[]) => Promise<readonly AcceptResult[]>,
  errorOf: (refusal: Refusal) => Error,
): Promise<EnqueueManyReport> {
  const report = { accepted: 0, duplicates: 0, rejected: 0, errors: [] as { line: number; message: string }[] };
  const reject = (line: number, message: string): void => {
    report.rejected++;
    if (report.errors.length < MAX_ERRORS) report.errors.push({ line, message });
  };
  let chunk: WaitingLine[] = [];
  const flush = async (): Promise<void> => {
    const entries = chunk;
    chunk = [];
    const acceptances = entries.flatMap((entry) => ('acceptance' in entry ? [entry.acceptance] : []));
    const results = (acceptances.length === 0 ? [] : await keep(acceptances)).values();
    for (const entry of entries) {
      if ('problem' in entry) {
        reject(entry.line, entry.problem);
        continue;
      }
      const { value: result } = results.next();
      if (result === undefined) continue;
      if ('refused' in result) reject(entry.line, errorOf(result.refused).message);
      else if (result.deliveries[0]?.duplicate === true) report.duplicates++;
      else report.accepted++;
    }
  };
  for await (const item of lines) {
    chunk.push('problem' in item ? item : read(item, acceptanceOf));
    if (chunk.length >= CHUNK) await flush();
  }
  if (chunk.length > 0) await flush();
  return report;
}

function read(
  { line, value }: { readonly line: number; readonly value: unknown },
  acceptanceOf: (value: unknown) => Acceptance,
): WaitingLine {
  try {
    return { line, acceptance: acceptanceOf(value) };
  } catch (error) {
    if (!(error instanceof InvalidNotificationError)) throw error;
    return { line, problem: error.message };
  }
}

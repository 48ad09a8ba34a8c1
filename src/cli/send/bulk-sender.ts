import type { Clock } from '../../model/clock.js';
import type { EnqueueManyReport } from '../../queue/enqueue-stream.js';
import { type ApplicationApi, RefusedError, UnreachableError } from '../application-api.js';
import { type InputNotification } from './input-line.js';

/** A notification with the line of the input that it stands at. */
export interface OutgoingLine {
  readonly line: number;
  readonly notification: InputNotification;
}

/** What became of a part of the input. */
export interface PartReport {
  readonly accepted: number;
  readonly duplicates: number;
  readonly rejected: readonly { readonly line: number; readonly message: string }[];
}

/** The application names so many lines that it rejected: in a part of this size, all of them. */
export const PART_LINES = 100;
/** Attempts in a row that bring nothing, before the input is given up. */
const MAX_ATTEMPTS = 8;
const FIRST_WAIT_MS = 500;
const MAX_WAIT_MS = 30_000;
/** Longest that is waited because an application asks for it, ms. */
const MAX_ASKED_MS = 60_000;
/** How the application says of a line that there is no room for it. */
const QUEUE_FULL = /QUEUE_MAX_PENDING.* in (\d+) s$/;

/**
 * Brings parts of an input to the bulk route. A part is sent again when the application cannot be reached, stops or is full: every line has its
 * idempotency key, so that nothing is accepted twice.
 */
export class BulkSender {
  /** @param onWait is told why nothing is sent for a while */
  constructor(
    private readonly api: ApplicationApi,
    private readonly clock: Clock,
    private readonly signal: AbortSignal,
    private readonly onWait: (reason: string) => void,
  ) {}

  /** @throws UnreachableError and RefusedError after the last attempt; the reason of the signal */
  async send(part: readonly OutgoingLine[]): Promise<PartReport> {
    let left = part;
    let sum: PartReport = { accepted: 0, duplicates: 0, rejected: [] };
    for (let attempt = 1; ; attempt++) {
      let waitMs = Math.min(MAX_WAIT_MS, FIRST_WAIT_MS * 2 ** (attempt - 1));
      try {
        const { report, full, fullMs } = await this.sendOnce(left);
        sum = added(sum, report);
        if (full.length === 0) return sum;
        if (full.length < left.length) attempt = 0;
        if (attempt >= MAX_ATTEMPTS) return added(sum, { accepted: 0, duplicates: 0, rejected: full.map(queueStaysFull) });
        left = full;
        waitMs = Math.min(MAX_ASKED_MS, fullMs);
        this.onWait('the queue of the application is full');
      } catch (error) {
        if (!isPassing(error) || attempt >= MAX_ATTEMPTS) throw error;
        waitMs = Math.max(waitMs, Math.min(MAX_ASKED_MS, error instanceof RefusedError ? (error.retryAfterMs ?? 0) : 0));
        this.onWait(error.message);
      }
      await this.wait(waitMs);
    }
  }

  private async sendOnce(part: readonly OutgoingLine[]) {
    const text = part.map(({ notification }) => `${JSON.stringify(notification)}\n`).join('');
    const answer = await this.api.postLines<EnqueueManyReport>('/bulk', ['accepted', 'errors'], text, this.signal);
    const full: OutgoingLine[] = [];
    const rejected: { line: number; message: string }[] = [];
    let fullMs = 0;
    for (const { line, message } of answer.errors) {
      const sent = part[line - 1];
      const [, seconds] = QUEUE_FULL.exec(message) ?? [];
      if (sent === undefined) continue;
      if (seconds === undefined) rejected.push({ line: sent.line, message });
      else full.push(sent);
      fullMs = Math.max(fullMs, Number(seconds ?? 0) * 1000);
    }
    return { report: { accepted: answer.accepted, duplicates: answer.duplicates, rejected }, full, fullMs };
  }

  private async wait(waitMs: number): Promise<void> {
    this.signal.throwIfAborted();
    const { promise, resolve } = Promise.withResolvers<unknown>();
    const timer = this.clock.setTimer(waitMs, () => resolve(undefined));
    this.signal.addEventListener('abort', resolve, { once: true });
    await promise;
    timer.cancel();
    this.signal.removeEventListener('abort', resolve);
    this.signal.throwIfAborted();
  }
}

function added(sum: PartReport, { accepted, duplicates, rejected }: PartReport): PartReport {
  return {
    accepted: sum.accepted + accepted,
    duplicates: sum.duplicates + duplicates,
    rejected: [...sum.rejected, ...rejected],
  };
}

function queueStaysFull({ line }: OutgoingLine): { readonly line: number; readonly message: string } {
  return { line, message: 'the queue of the application stays full' };
}

/** Whether it may go better in a while. */
function isPassing(error: unknown): error is UnreachableError | RefusedError {
  return error instanceof UnreachableError || (error instanceof RefusedError && (error.status === 429 || error.status === 503));
}

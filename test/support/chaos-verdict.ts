import { type ChaosRecord, type RecordedSend } from './chaos-record.js';
import { type StoredDelivery } from './chaos-tables.js';

/** What was done to the processes. Times are epoch ms; `from` is when it began. */
export interface Fault {
  readonly kind: 'kill' | 'pause' | 'crash' | 'term' | 'cut' | 'cut before the answer' | 'terminate';
  /** The instance; absent: the server. */
  readonly instance?: string;
  readonly from: number;
  readonly until: number;
}

/** What must hold, and what did not: an empty list is a pass. */
export type Verdict = ReadonlyMap<string, readonly string[]>;

/** A result that was not written so long after the receiver took the message is written no more, ms: what came later is another fault's. */
const RECORDED_WITHIN_MS = 15_000;
/** By so much a window may close early: the error of the clock that an instance follows, ms. */
const CLOCK_ERROR_MS = 1_000;
const FINAL = new Set(['delivered', 'dead', 'cancelled', 'expired', 'replaced']);

export interface Evidence {
  readonly record: ChaosRecord;
  readonly stored: ReadonlyMap<string, StoredDelivery>;
  readonly faults: readonly Fault[];
  /** Found while it ran, and at the end. */
  readonly differences: readonly string[];
  readonly leftovers: readonly string[];
  /** How instances ended that were asked to. */
  readonly stops: readonly string[];
}

/** Judges a run by what instances noted and what the tables say. */
export function judge({ record, stored, faults, differences, leftovers, stops }: Evidence): Verdict {
  const { answers, committed, rolledBack, cancelled, sends } = record;
  const acknowledged = [...answers.values()].flatMap(([first]) => first ?? []);
  const accepted = sends.filter(({ outcome }) => outcome === 'accepted');
  const messagesOf = Map.groupBy(
    accepted.flatMap((send) => send.deliveries.split(',').map((delivery) => ({ delivery, message: send.message, send }))),
    ({ delivery }) => delivery,
  );
  return new Map([
    [
      'G1 what was acknowledged is there, and reached a final state',
      [...acknowledged.map(({ delivery }) => delivery), ...committed].flatMap((id) => {
        const state = stored.get(id)?.state;
        return state !== undefined && FINAL.has(state) ? [] : [`${id} is ${state ?? 'lost'}`];
      }),
    ],
    [
      'G1 what is delivered was taken by the receiver, and what was taken is delivered, or expired before a lost result was made good',
      [...stored].flatMap(([id, { state }]) => {
        const taken = messagesOf.get(id)?.at(-1)?.send;
        const expiredUnrecorded = state === 'expired' && taken !== undefined && isResultLost(taken, Infinity, faults);
        return (state === 'delivered') === (taken !== undefined) || expiredUnrecorded ? [] : [`${id} is ${state}`];
      }),
    ],
    [
      'G2 no delivery is sent in two messages, nor in another one than it is stored in',
      [...messagesOf].flatMap(([id, found]) => {
        const messages = new Set(found.map(({ message }) => message));
        return messages.size === 1 && messages.has(stored.get(id)?.message ?? '') ? [] : [`${id}: ${[...messages].join(', ')}`];
      }),
    ],
    [
      'G2 the answer names the message that the delivery is in',
      acknowledged.flatMap(({ delivery, message }) => {
        const found = stored.get(delivery)?.message;
        return found === message ? [] : [`${delivery} was to be in ${message}, and is in ${found ?? 'none'}`];
      }),
    ],
    [
      'G3 every repeat is explained by a process that was killed or paused, or a server that crashed, before the result was recorded',
      unexplained(accepted, faults),
    ],
    ['G3 a repeat says what the first attempt said, except what has expired', changed(sends)],
    [
      'G4 no window closes before its time',
      sends.flatMap(({ closedBy, dueAt, at, message }) =>
        closedBy === 'time' && at < dueAt - CLOCK_ERROR_MS ? [`${message} by ${dueAt - at} ms`] : [],
      ),
    ],
    [
      'no window holds more than its limit',
      sends.flatMap(({ count, most, message }) => (count > most ? [`${message}: ${count}`] : [])),
    ],
    ['G7 the counts add up, at any time', differences],
    [
      'one answer for each idempotency key',
      [...answers].flatMap(([key, all]) => (new Set(all.map((answer) => JSON.stringify(answer))).size === 1 ? [] : [key])),
    ],
    [
      'what was cancelled is not sent',
      [...cancelled].filter((id) => messagesOf.has(id) || stored.get(id)?.state !== 'cancelled'),
    ],
    ['what was rolled back is not there', [...rolledBack].filter((id) => messagesOf.has(id) || stored.has(id))],
    ['G9 nothing is left behind, and a stop is clean', [...leftovers, ...stops]],
  ]);
}

/** Messages that the receiver took again though nothing happened that would explain it. */
function unexplained(accepted: readonly RecordedSend[], faults: readonly Fault[]): readonly string[] {
  return repeats(accepted).flatMap(([first, again]) =>
    isResultLost(first, again.at, faults)
      ? []
      : [`${again.message}: ${first.instance} at ${first.at}, ${again.instance} at ${again.at}`],
  );
}

/** Whether a fault may have kept the result from being recorded, up to `before`. */
function isResultLost({ instance, at }: RecordedSend, before: number, faults: readonly Fault[]): boolean {
  return faults.some(
    (fault) =>
      (fault.kind === 'crash' || ((fault.kind === 'kill' || fault.kind === 'pause') && fault.instance === instance)) &&
      fault.from <= Math.min(at + RECORDED_WITHIN_MS, before) &&
      fault.until >= at,
  );
}

/** Each time that the receiver took a message again, with the time before. */
export function repeats(accepted: readonly RecordedSend[]): readonly (readonly [RecordedSend, RecordedSend])[] {
  return [...Map.groupBy(accepted, ({ message }) => message).values()].flatMap((all) =>
    all.slice(1).map((again, index) => [all[index] ?? again, again] as const),
  );
}

function changed(sends: readonly RecordedSend[]): readonly string[] {
  return [...Map.groupBy(sends, ({ message }) => message)].flatMap(([message, all]) => {
    const first = new Set(all[0]?.deliveries.split(','));
    return all.every(({ deliveries }) => deliveries.split(',').every((id) => first.has(id))) ? [] : [message];
  });
}

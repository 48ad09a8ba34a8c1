import { type SseBatch } from './sse-content.js';

/** One message to a user with its place in the user's stream. */
export interface SseEvent {
  /** Grows from message to message of a user, also over restarts. */
  readonly sequence: number;
  readonly batch: SseBatch;
}

/** Where a reader is: all of the messages up to `sequence`, and of that one the first `items` (all when undefined). */
export interface SsePosition {
  readonly sequence: number;
  readonly items?: number;
}

/** A `Last-Event-ID`: `1700000000000000`, or `1700000000000000.3` for a reader of single events; undefined when it is none. */
export function parsePosition(lastEventId: string): SsePosition | undefined {
  const match = /^(\d{1,16})(?:\.(\d{1,6}))?$/.exec(lastEventId);
  if (match === null) return undefined;
  const sequence = Number(match[1]);
  return match[2] === undefined ? { sequence } : { sequence, items: Number(match[2]) };
}

/** Whether a reader at `position` has not yet had all of the message with this sequence. */
export function isAfter(sequence: number, position: SsePosition): boolean {
  return sequence > position.sequence || (sequence === position.sequence && position.items !== undefined);
}

/**
 * The frames of an event (WHATWG HTML §9.2.5): one `batch`, or one `notification` for each of its items. JSON has no line breaks,
 * so nothing that is said can become a frame of its own.
 *
 * @param from leaves out so many items of a reader that had them
 */
export function frames({ sequence, batch }: SseEvent, batched: boolean, from = 0): string {
  if (batched) return `id: ${sequence}\nevent: batch\ndata: ${JSON.stringify(batch)}\n\n`;
  const last = batch.events.length - 1;
  return batch.events
    .slice(from)
    .map((item, offset) => {
      const index = from + offset;
      const id = index === last ? String(sequence) : `${sequence}.${index + 1}`;
      return `id: ${id}\nevent: notification\ndata: ${JSON.stringify(item)}\n\n`;
    })
    .join('');
}

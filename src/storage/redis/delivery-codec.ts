import { type FailureReason } from '../../model/failure.js';
import { parsed, parsedContent } from '../stored-json.js';
import { type Delivery, type LoneEnd } from './message.js';

/** Behind the number of its message: the rest of a row of `d:`. */
interface Packed {
  readonly n?: number;
  readonly a: number;
  readonly e?: readonly [state: LoneEnd, reason: FailureReason, at: number];
  /** Its content; absent: it is shared. */
  readonly c?: unknown;
  /** The first delivery of those that share it; absent: the first one of the notification. */
  readonly s?: number;
  readonly r?: string;
}

export function packedDelivery(delivery: Delivery): string {
  const { id, message, firstId, acceptedAt, ended, content, sharedBy: shared, recipient } = delivery;
  const row: Packed = {
    ...(firstId === id ? {} : { n: firstId }),
    a: acceptedAt,
    ...(ended === undefined ? {} : { e: [ended.state, ended.reason, ended.at] }),
    ...(shared === undefined ? { c: content } : {}),
    ...(shared === undefined || shared === firstId ? {} : { s: shared }),
    ...(recipient === undefined ? {} : { r: recipient }),
  };
  return `${message} ${JSON.stringify(row)}`;
}

/** A row as it is stored, without the content that it shares. */
export interface StoredRow {
  readonly id: number;
  readonly message: number;
  readonly row: Packed;
}

export function storedRow(id: number, text: string): StoredRow {
  const end = text.indexOf(' ');
  const row = parsed(text.slice(end + 1));
  return {
    id,
    message: Number(text.slice(0, end)),
    row: (typeof row === 'object' && row !== null ? row : { a: 0, c: 0 }) as Packed,
  };
}

/** The first delivery of those that share a row's content; undefined when it has its own. */
export function sharedBy({ id, row }: StoredRow): number | undefined {
  return row.c === undefined ? (row.s ?? row.n ?? id) : undefined;
}

/** @param shared the JSON of the content that it shares */
export function deliveryOf(stored: StoredRow, shared: string | undefined): Delivery {
  const { id, message, row } = stored;
  const isShared = row.c === undefined;
  return {
    id,
    message,
    firstId: row.n ?? id,
    acceptedAt: row.a,
    sharedBy: sharedBy(stored),
    ...(row.r === undefined ? {} : { recipient: row.r }),
    content: isShared ? parsedContent(shared ?? null) : contentOf(row.c),
    ...(row.e === undefined ? {} : { ended: { state: row.e[0], reason: row.e[1], at: row.e[2] } }),
  };
}

function contentOf(content: unknown): Delivery['content'] {
  return typeof content === 'object' && content !== null ? (content as Delivery['content']) : parsedContent(null);
}

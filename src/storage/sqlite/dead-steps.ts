import { type DeadFilter } from '../notification-store.js';
import { liveFrom } from './chain.js';
import { contentOf } from './content.js';
import { deadMessages, isWanted } from './dead.js';
import { type StoreState } from './store-state.js';
import { type MessageRow } from './rows.js';
import { MESSAGE_STATE } from './schema.js';

/** Dead messages that a slice may look at for each row that it may change. */
const LOOKS_PER_ROW = 5;

/** One step through the dead. */
interface DeadStep {
  /** The place that a cursor gives it: of the message, or in the list of ids. */
  readonly at: number;
  /** The message, when it is asked for. */
  readonly row: MessageRow | undefined;
  /** Rows that were read for it. */
  readonly readRows: number;
  /** Enough was looked at: the next slice goes on here. */
  readonly isBound?: true;
}

/**
 * The dead that a command handles: newest first, or in the order of the ids. Without ids what was dismissed is passed over.
 *
 * @param start the place of the first one, as an earlier step gave it
 */
export function deadSteps(store: StoreState, filter: DeadFilter, start: number | undefined, limit: number): Iterable<DeadStep> {
  return filter.ids === undefined ? newest(store, filter, start, limit * LOOKS_PER_ROW) : named(store, filter, filter.ids, start);
}

/** Dead messages from `upTo` down; behind so many looks there is one step more, where the next slice goes on. */
function* newest(store: StoreState, filter: DeadFilter, upTo = Number.MAX_SAFE_INTEGER, looks: number): Generator<DeadStep> {
  const rows = [...deadMessages(store, upTo, looks + 1)];
  for (const [index, row] of rows.entries()) {
    if (index === looks) yield { at: row.id, row: undefined, readRows: 0, isBound: true };
    else if (row.dismissed_at !== null || !isWanted(row, filter))
      yield { at: row.id, row: undefined, readRows: 1 / LOOKS_PER_ROW };
    else if (filter.type === undefined || row.mixed === 0) yield { at: row.id, row, readRows: 1 };
    else yield { at: row.id, ...withType(store, row, filter.type) };
  }
}

/** The messages of deliveries, from place `start` in their ids on. */
function* named(store: StoreState, filter: DeadFilter, ids: readonly string[], start = 0): Generator<DeadStep> {
  for (let at = start; at < ids.length; at++) {
    const entry = store.delivery(store.privateId('d', ids[at] ?? ''));
    const row = entry?.state === 0 ? store.message(entry.message) : undefined;
    const isDead = row?.state === MESSAGE_STATE.dead && isWanted(row, filter);
    const isAsked = isDead && entry !== undefined && (filter.type === undefined || contentOf(entry).type === filter.type);
    yield { at, row: isAsked ? row : undefined, readRows: 1 };
  }
}

function withType(store: StoreState, row: MessageRow, type: string): Pick<DeadStep, 'row' | 'readRows'> {
  let readRows = 1;
  for (const entry of liveFrom(store, row.id, row.tail)) {
    readRows++;
    if (contentOf(entry).type === type) return { row, readRows };
  }
  return { row: undefined, readRows };
}

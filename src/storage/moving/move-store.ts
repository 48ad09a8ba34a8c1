import { MoveRefusedError, StoreMovedError } from '../../model/move-errors.js';
import { isRefused, type MoveMark, type StoreTransfer } from '../store-transfer.js';

/** Rows of one page: some tens of milliseconds of work. */
const PAGE_ROWS = 500;

export interface MoveProgress {
  /** Rows that the target has, those of an earlier run included. */
  readonly rows: number;
  /** About how many there are. */
  readonly total: number;
}

export interface MoveOptions {
  /** Epoch ms. */
  readonly now: number;
  /** Names this move where none is begun. */
  readonly newId: () => string;
  readonly onProgress?: (progress: MoveProgress) => void;
  /** For tests. Defaults to 500. */
  readonly pageRows?: number;
}

export interface MoveReport {
  readonly rows: number;
  /** It went on where an earlier run was stopped. */
  readonly resumed: boolean;
}

/**
 * Moves everything of one store into another, empty one. It may be stopped at any point and run again: each page is written together with where the
 * next one begins. The order of the marks decides that at no time both stores are open for an application: the source is closed before the first
 * row is copied, the target is opened after the last one.
 *
 * @throws MoveRefusedError, StoreMovedError, and what opening the stores throws
 */
export async function moveStore(source: StoreTransfer, target: StoreTransfer, options: MoveOptions): Promise<MoveReport> {
  return withBoth(source, target, options.now, async () => {
    const [from, into] = [await markOf(source, 'source'), await target.mark()];
    if (from?.state === 'moved') throw new StoreMovedError(source.place, from);
    const id = from?.id ?? options.newId();
    await refuseTarget(target, into, id);
    const mark = { id, rows: 0, state: 'moving' } as const;
    if (from === undefined) await source.setMark({ ...mark, role: 'source', peer: target.place });
    if (into === undefined) await target.setMark({ ...mark, role: 'target', peer: source.place });
    const rows = into?.state === 'moved' ? into.rows : await copy(source, target, into ?? targetOf(id, source), options);
    await source.setMark({ ...mark, role: 'source', peer: target.place, state: 'moved', rows });
    return { rows, resumed: from !== undefined };
  });
}

/**
 * Gives a move up that has not ended: the source is open again as it was, and the target never is.
 *
 * @throws MoveRefusedError when there is none
 */
export async function giveUpMove(source: StoreTransfer, target: StoreTransfer, now: number): Promise<void> {
  await withBoth(source, target, now, async () => {
    const [from, into] = [await markOf(source, 'source'), await target.mark()];
    if (from === undefined || from.state === 'moved') {
      throw new MoveRefusedError(`${source.place} is not being moved; there is nothing to give up`);
    }
    if (into !== undefined && into.id !== from.id) throw otherMove(target, into);
    if (into?.state === 'moved') {
      throw new MoveRefusedError(`everything of ${source.place} is in ${target.place} already; run the move once more to end it`);
    }
    // In this order, so that no stop between leaves both open.
    const mark = into ?? targetOf(from.id, source);
    await target.setMark({ ...mark, state: 'given_up' });
    await source.setMark(undefined);
  });
}

/** What stands in a store of a move of this role: one that was a target once may be a source now. @throws StoreMovedError while it is incomplete */
async function markOf(store: StoreTransfer, role: MoveMark['role']): Promise<MoveMark | undefined> {
  const mark = await store.mark();
  if (mark !== undefined && mark.role !== role && isRefused(mark)) throw new StoreMovedError(store.place, mark);
  return mark?.role === role ? mark : undefined;
}

async function withBoth<T>(source: StoreTransfer, target: StoreTransfer, now: number, work: () => Promise<T>): Promise<T> {
  await target.open('target', now);
  try {
    await source.open('source', now);
    try {
      return await work();
    } finally {
      await source.close();
    }
  } finally {
    await target.close();
  }
}

/** @throws MoveRefusedError */
async function refuseTarget(target: StoreTransfer, mark: MoveMark | undefined, id: string): Promise<void> {
  if (mark?.role === 'source') throw new StoreMovedError(target.place, mark);
  if (mark?.id === id && mark.state !== 'given_up') return;
  if (mark !== undefined) throw otherMove(target, mark);
  if (!(await target.isEmpty())) {
    throw new MoveRefusedError(
      `${target.place} is not empty; a store is moved into an empty one (for PostgreSQL, name another schema)`,
    );
  }
}

function otherMove({ place }: StoreTransfer, { peer, state }: MoveMark): MoveRefusedError {
  const what = state === 'moved' ? 'has all' : state === 'given_up' ? 'has a part, which was given up,' : 'is being given all';
  return new MoveRefusedError(`${place} ${what} of ${peer}; a store is moved into an empty one`);
}

function targetOf(id: string, { place }: StoreTransfer): MoveMark {
  return { id, role: 'target', state: 'moving', peer: place, rows: 0 };
}

async function copy(source: StoreTransfer, target: StoreTransfer, from: MoveMark, options: MoveOptions): Promise<number> {
  const { onProgress, pageRows = PAGE_ROWS } = options;
  const total = await source.count();
  let mark = from;
  for (;;) {
    onProgress?.({ rows: mark.rows, total });
    const { rows, next } = await source.export(mark.cursor, pageRows);
    if (next === undefined) break;
    mark = { ...mark, cursor: next, rows: mark.rows + rows.length };
    await target.import(rows, mark);
  }
  const { cursor: _, ...whole } = mark;
  await target.setMark({ ...whole, state: 'moved' });
  onProgress?.({ rows: mark.rows, total });
  return mark.rows;
}

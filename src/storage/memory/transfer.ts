import { StoreUnusableError } from '../../model/errors.js';
import { StoreMovedError } from '../../model/move-errors.js';
import { countRows, exportPage } from '../moving/export-sections.js';
import { type ExportPage, isRefused, type MovedRow, type MoveMark, type StoreTransfer } from '../store-transfer.js';
import { exportSections } from './export.js';
import { importRow } from './import.js';
import { type MemoryCore } from './memory-core.js';

/** Moving a store of plain maps. */
export class MemoryTransfer implements StoreTransfer {
  readonly place = 'in memory';

  constructor(private readonly core: MemoryCore) {}

  async open(role: MoveMark['role'], now: number): Promise<void> {
    const { core } = this;
    if (core.isInUse) throw new StoreUnusableError(this.place, 'is open', 'Close it');
    if (role === 'source') core.enter({ name: 'move', version: '', channels: [] }, now, false);
    core.leave('move');
    await Promise.resolve();
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  mark(): Promise<MoveMark | undefined> {
    return Promise.resolve(this.core.mark);
  }

  setMark(mark: MoveMark | undefined): Promise<void> {
    this.core.mark = mark;
    return Promise.resolve();
  }

  isEmpty(): Promise<boolean> {
    const { store, mailbox, recipients } = this.core;
    const sizes = [store.messages.size, store.prunedCounts.length, mailbox.total, recipients.rows.size];
    return Promise.resolve(sizes.every((size) => size === 0) && store.suppressions.kept.length === 0);
  }

  count(): Promise<number> {
    return countRows(exportSections(this.core));
  }

  export(after: string | undefined, limit: number): Promise<ExportPage> {
    return exportPage(exportSections(this.core), after, limit);
  }

  import(rows: readonly MovedRow[], mark: MoveMark): Promise<void> {
    for (const row of rows) importRow(this.core, row);
    this.core.mark = mark;
    return Promise.resolve();
  }
}

/** @throws StoreMovedError for a store that was moved, or that another one is being moved into */
export function refuseMoved({ mark }: MemoryCore): void {
  if (mark !== undefined && isRefused(mark)) throw new StoreMovedError('in memory', mark);
}

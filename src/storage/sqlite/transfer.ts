import { resolve } from 'node:path';
import { StoreUnusableError } from '../../model/errors.js';
import { countRows, exportPage, type ExportSection } from '../moving/export-sections.js';
import { type ExportPage, type MovedRow, type MoveMark, type StoreTransfer } from '../store-transfer.js';
import { Database } from './database.js';
import { exportSections } from './export.js';
import { importRow } from './import.js';
import { StoreState, type StoreStateOptions } from './store-state.js';
import { load } from './load.js';
import { keepMark, markOf } from './move-mark.js';
import { heldHere } from './open-failure.js';
import { RunMarker } from './run-marker.js';
import { rescue } from './settle.js';

const NO_COMPRESSION = { minBytes: 0, level: 1 };
/** What a store has once anything was accepted or kept in it. */
const TABLES = ['counter', 'delivery', 'message', 'mailbox', 'recipient', 'suppression'];

interface Opened {
  readonly db: Database;
  readonly sections: readonly ExportSection[];
  readonly release: () => void;
}

/** Moving a file. It is open exclusively, as for an application. */
export class SqliteTransfer implements StoreTransfer {
  readonly place: string;
  private opened: Opened | undefined;
  private readonly marker: RunMarker | undefined;

  constructor(private readonly options: StoreStateOptions) {
    const { path } = options;
    const isFile = path !== ':memory:';
    this.place = isFile ? resolve(path) : path;
    this.marker = isFile ? new RunMarker(path) : undefined;
  }

  async open(role: MoveMark['role'], now: number): Promise<void> {
    const { options } = this;
    const missing = this.marker?.missing();
    if (missing !== undefined) {
      const todo = 'Restore it, or start the application once, which goes on with what there is';
      throw new StoreUnusableError(this.place, `lacks ${missing}, which the last process left`, todo);
    }
    const db = Database.open(options.path);
    try {
      const sections = role === 'source' ? sectionsOf(db, options, now) : [];
      this.opened = await Promise.resolve({ db, sections, release: heldHere(options.path) });
    } catch (error) {
      db.close();
      throw error;
    }
  }

  async close(): Promise<void> {
    const { opened } = this;
    if (opened === undefined) return Promise.resolve();
    this.opened = undefined;
    this.marker?.clear();
    opened.release();
    opened.db.close();
  }

  async mark(): Promise<MoveMark | undefined> {
    return Promise.resolve(markOf(this.use.db));
  }

  async setMark(mark: MoveMark | undefined): Promise<void> {
    const { db } = this.use;
    db.transaction(() => {
      keepMark(db, mark);
    });
    return Promise.resolve();
  }

  async isEmpty(): Promise<boolean> {
    const { db } = this.use;
    return Promise.resolve(TABLES.every((table) => db.sql(`SELECT 1 FROM ${table} LIMIT 1`).get() === undefined));
  }

  async count(): Promise<number> {
    return countRows(this.use.sections);
  }

  async export(after: string | undefined, limit: number): Promise<ExportPage> {
    return exportPage(this.use.sections, after, limit);
  }

  async import(rows: readonly MovedRow[], mark: MoveMark): Promise<void> {
    const { db } = this.use;
    const compression = this.options.compression ?? NO_COMPRESSION;
    db.transaction(() => {
      for (const row of rows) importRow(db, row, compression);
      keepMark(db, mark);
    });
    return Promise.resolve();
  }

  private get use(): Opened {
    if (this.opened === undefined) throw new TypeError('the store is not open');
    return this.opened;
  }
}

function sectionsOf(db: Database, options: StoreStateOptions, now: number): readonly ExportSection[] {
  const store = new StoreState(db, options);
  db.transaction(() => {
    rescue(store, now);
    load(store, now);
    store.counters.write(db);
  });
  return exportSections(store);
}

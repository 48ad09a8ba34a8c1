import { StoreUnusableError } from '../../model/errors.js';
import { countRows, exportPage, type ExportSection } from '../moving/export-sections.js';
import { ReadyStamps } from '../ready-stamp.js';
import { type ExportPage, type MovedRow, type MoveMark, type StoreTransfer } from '../store-transfer.js';
import { PostgresConnection } from './connection.js';
import { exportSections } from './export.js';
import { importRows } from './import.js';
import { type ImportContext } from './import-messages.js';
import { liveInstances } from './instances.js';
import { hasIntake } from './intake.js';
import { Migrator } from './migrator.js';
import { dropFence, keepMark, markOf, raiseFence } from './move-mark.js';
import { makePartitions } from './partitions.js';
import { type PostgresOptions } from './postgres-options.js';
import { type Queries } from './transaction.js';

/** A page of large contents may take this long to be read or written, ms. */
const STATEMENT_MS = 120_000;
/** What a store has once anything was accepted or kept in it. */
const TABLES = ['counter', 'delivery', 'message', 'open_window', 'intake', 'mailbox', 'recipient', 'suppression'];
/** An application may accept in a transaction while the store is being prepared: then it is prepared again, at most so often. */
const PREPARATIONS = 5;

/** Moving a schema. Instances that have it open keep it from being moved. */
export class PostgresTransfer implements StoreTransfer {
  readonly place: string;
  private readonly connection: PostgresConnection;
  private sections: readonly ExportSection[] = [];
  private context: ImportContext = { now: 0, stamps: new ReadyStamps() };

  /** @param prepare relays what was accepted in transactions, and queues again what nobody is sending */
  constructor(
    private readonly options: PostgresOptions,
    private readonly prepare: (now: number) => Promise<void>,
  ) {
    this.connection = new PostgresConnection({ ...options, limits: { statementMs: STATEMENT_MS, ...options.limits } });
    this.place = this.connection.place;
  }

  async open(role: MoveMark['role'], now: number): Promise<void> {
    const { connection } = this;
    await connection.open();
    try {
      const migrator = new Migrator(connection);
      if (this.options.migrate ?? true) await migrator.apply();
      else await migrator.check();
      this.context = { now, stamps: new ReadyStamps() };
      this.sections = role === 'source' ? exportSections(connection) : [];
    } catch (error) {
      await connection.close();
      throw error;
    }
  }

  async close(): Promise<void> {
    await this.connection.close();
  }

  mark(): Promise<MoveMark | undefined> {
    return this.connection.read('read whether it was moved', markOf);
  }

  async setMark(mark: MoveMark | undefined): Promise<void> {
    const begins = mark?.role === 'source' && (await this.mark())?.role !== 'source';
    for (let attempt = 1; ; attempt++) {
      if (begins) await this.prepare(this.context.now);
      const isKept = await this.connection.transaction('say that it is moved', (queries) => this.keep(queries, mark));
      if (isKept) return;
      if (attempt === PREPARATIONS) throw this.inUse('is written to by transactions of an application');
    }
  }

  isEmpty(): Promise<boolean> {
    return this.connection.read('see whether it is empty', async (queries) => {
      const found = TABLES.map((table) => `EXISTS (SELECT FROM ${table})`).join(' OR ');
      const [row] = await queries.query<{ readonly found: boolean }>(`SELECT ${found} AS found`);
      return row?.found === false;
    });
  }

  count(): Promise<number> {
    return countRows(this.sections);
  }

  export(after: string | undefined, limit: number): Promise<ExportPage> {
    return exportPage(this.sections, after, limit);
  }

  async import(rows: readonly MovedRow[], mark: MoveMark): Promise<void> {
    await makePartitions(
      this.connection,
      rows.flatMap((row) => (row.kind === 'delivery' ? row.id : [])),
    );
    await this.connection.transaction('keep what is moved', async (queries) => {
      await importRows(queries, rows, this.context);
      await keepMark(queries, mark);
    });
  }

  /** False when something waits to be relayed or is being sent: nothing is kept then. */
  private async keep(queries: Queries, mark: MoveMark | undefined): Promise<boolean> {
    // Who registers meanwhile waits, and sees the mark.
    await queries.run('LOCK TABLE instance, intake IN SHARE ROW EXCLUSIVE MODE');
    if (mark !== undefined && mark.state === 'moving') {
      const live = await liveInstances(queries, this.context.now);
      if (live.length > 0) throw this.inUse(`is used by ${live.map(({ name }) => name).join(', ')}`);
    }
    if (mark?.role === 'source' && mark.state === 'moving') {
      if (await hasIntake(queries)) return false;
      await raiseFence(queries);
    }
    if (mark === undefined) await dropFence(queries);
    await keepMark(queries, mark);
    return true;
  }

  private inUse(what: string): StoreUnusableError {
    return new StoreUnusableError(this.place, what, 'Stop every instance; one that was killed is forgotten after 15 s');
  }
}

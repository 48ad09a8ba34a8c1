import { NotificationError, StoreFailedError } from '../../model/errors.js';
import { NotificationStore } from '../notification-store.js';
import { Database } from './database.js';
import { GroupCommit } from './group-commit.js';
import { Ledger, type LedgerOptions } from './ledger.js';
import { load } from './load.js';
import { rescue } from './settle.js';
import { saveSetting } from './settings.js';

/** Opening, closing and writing: what the calls of {@link SqliteStore} stand on. */
export abstract class SqliteFile extends NotificationStore {
  private opened?: { readonly ledger: Ledger; readonly commits: GroupCommit };
  private readonly listeners = new Set<() => void>();

  constructor(protected readonly options: LedgerOptions) {
    super();
  }

  async open(now: number): Promise<void> {
    if (this.opened !== undefined) return;
    const db = Database.open(this.options.path);
    const ledger = new Ledger(db, this.options);
    db.transaction(() => {
      rescue(ledger, now);
      load(ledger, now);
    });
    this.opened = { ledger, commits: new GroupCommit(ledger) };
    await Promise.resolve();
  }

  async close(): Promise<void> {
    const opened = this.opened;
    if (opened === undefined) return;
    await opened.commits.drain();
    delete this.opened;
    opened.ledger.db.close();
  }

  async check(): Promise<{ readonly ok: boolean; readonly detail: string }> {
    try {
      await this.write('write a probe', 0, ({ db }) => saveSetting(db, 'probe', ''));
      return { ok: true, detail: 'writable' };
    } catch (error) {
      const cause = error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error);
      return { ok: false, detail: cause };
    }
  }

  onWork(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  protected get ledger(): Ledger {
    if (this.opened === undefined) throw new StoreFailedError('answer: it is closed');
    return this.opened.ledger;
  }

  protected async write<T>(what: string, now: number, work: (ledger: Ledger) => T, durable = true): Promise<T> {
    if (this.opened === undefined) throw new StoreFailedError(`${what}: it is closed`);
    try {
      return await this.opened.commits.run(now, work, durable);
    } catch (error) {
      throw error instanceof NotificationError ? error : new StoreFailedError(what, { cause: error });
    }
  }

  protected signal(): void {
    for (const listener of this.listeners) listener();
  }
}

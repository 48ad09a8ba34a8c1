import { type EndedDelivery, type EndedObserver } from '../../model/ended-delivery.js';
import { NotificationError, StoreFailedError } from '../../model/errors.js';
import {
  type HeartbeatReport,
  type InstanceDescription,
  type InstanceRecord,
  NotificationStore,
  type OpenReport,
  type StoreHealth,
} from '../notification-store.js';
import { Database } from './database.js';
import { DiskHealth } from './disk-health.js';
import { EndedNotes } from './ended-notes.js';
import { GroupCommit } from './group-commit.js';
import { StoreState, type StoreStateOptions } from './store-state.js';
import { load } from './load.js';
import { refuseMoved } from './move-mark.js';
import { heldHere, openFailure } from './open-failure.js';
import { RunMarker } from './run-marker.js';
import { rescue } from './settle.js';
import { saveSetting } from './settings.js';

interface Opened {
  readonly store: StoreState;
  readonly commits: GroupCommit;
  readonly marker: RunMarker | undefined;
  /** The file is no longer open in this process. */
  readonly release: () => void;
  readonly instance: InstanceDescription;
  /** Epoch ms. */
  readonly startedAt: number;
}

/** Opening, closing and writing: what the calls of {@link SqliteStore} stand on. */
export abstract class SqliteFile extends NotificationStore {
  private opened?: Opened;
  private readonly listeners = new Set<() => void>();
  private readonly disk = new DiskHealth();
  private readonly ended = new EndedNotes();

  constructor(protected readonly options: StoreStateOptions) {
    super();
  }

  async open(
    now: number,
    instance: InstanceDescription = { name: 'the only one', version: '', channels: [] },
  ): Promise<OpenReport> {
    if (this.opened !== undefined) return { isNew: false, interrupted: 0 };
    const { path } = this.options;
    const marker = path === ':memory:' ? undefined : new RunMarker(path);
    const missing = marker?.missing();
    const db = Database.open(path);
    try {
      refuseMoved(db, path);
      const store = new StoreState(db, this.options, this.ended);
      const interrupted = db.transaction(() => {
        const deliveries = rescue(store, now);
        load(store, now);
        // The log has content from here on, whatever there was to do.
        saveSetting(db, 'opened', String(now));
        return deliveries;
      });
      marker?.set();
      this.opened = { store, commits: new GroupCommit(store), marker, release: heldHere(path), instance, startedAt: now };
      const lost = `${missing} is missing, though the last process that had the store open did not close it`;
      return await Promise.resolve({ isNew: db.isNew, interrupted, ...(missing === undefined ? {} : { loss: lost }) });
    } catch (error) {
      db.close();
      throw openFailure(path, error);
    }
  }

  async close(): Promise<void> {
    const opened = this.opened;
    if (opened === undefined) return;
    await opened.commits.drain();
    delete this.opened;
    opened.marker?.clear();
    opened.release();
    opened.store.db.close();
  }

  async check(): Promise<StoreHealth> {
    if (this.opened === undefined) return { ok: false, detail: 'the store is closed' };
    const { path } = this.options;
    const { unreadable } = this.opened.store;
    const health = await this.disk.check(path, (bytes) => this.probe(bytes));
    return unreadable === 0 ? health : { ...health, unreadable };
  }

  /** One process has the file: what it held when it died is requeued at the next opening. */
  async heartbeat(): Promise<HeartbeatReport> {
    return Promise.resolve({ requeued: 0 });
  }

  async instances(now: number): Promise<readonly InstanceRecord[]> {
    const { opened } = this;
    return Promise.resolve(opened === undefined ? [] : [{ ...opened.instance, startedAt: opened.startedAt, seenAt: now }]);
  }

  async time(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  onWork(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  onEnded(observer: EndedObserver): () => void {
    return this.ended.observe(observer);
  }

  protected get store(): StoreState {
    if (this.opened === undefined) throw new StoreFailedError('answer, because it is closed');
    return this.opened.store;
  }

  protected async write<T>(what: string, now: number, work: (store: StoreState) => T, durable = true): Promise<T> {
    if (this.opened === undefined) throw new StoreFailedError(`${what}, because it is closed`);
    try {
      let ended: readonly EndedDelivery[] = [];
      const result = await this.opened.commits.run(
        now,
        (store) => {
          const done = this.ended.during(() => work(store));
          ({ ended } = done);
          return done.result;
        },
        durable,
      );
      if (ended.length > 0) this.ended.tell(ended);
      return result;
    } catch (error) {
      if (error instanceof NotificationError) throw error;
      this.disk.failed(error);
      throw new StoreFailedError(what, { cause: error });
    }
  }

  /** Writes so many bytes as a call would, and takes them out again. */
  private async probe(bytes: number): Promise<void> {
    await this.write('write a probe', 0, ({ db }) => saveSetting(db, 'probe', 'x'.repeat(bytes)), false);
    await this.write('write a probe', 0, ({ db }) => saveSetting(db, 'probe', ''), false);
  }

  protected signal(): void {
    for (const listener of this.listeners) listener();
  }
}

import { randomBytes, randomUUID } from 'node:crypto';
import { type EndedObserver } from '../../model/ended-delivery.js';
import { InvalidConfigurationError, StoreFailedError } from '../../model/errors.js';
import { type MailboxStore } from '../mailbox-store.js';
import type * as records from '../notification-store.js';
import { type Changes } from './changes.js';
import { RedisConnection } from './connection.js';
import { Context } from './context.js';
import { EndedObservers } from './ended-observers.js';
import { beat, leave, liveInstances, requeueOrphans } from './instances.js';
import { RedisMailbox } from './mailbox.js';
import { RowReader } from './read-rows.js';
import { RedisRecipients } from './recipients.js';
import { RedisAdmin } from './redis-admin.js';
import { type RedisOptions } from './redis-options.js';
import { RedisState } from './redis-state.js';
import { FIND } from './scripts.js';
import { ServerState } from './server-state.js';
import { RedisSignals } from './signals.js';
import { RedisSuppressions } from './suppressions.js';
import { type Find } from './views.js';
import { type Work } from './work.js';
import { WorkQueue } from './work-queue.js';

export interface RedisStoreOptions extends RedisOptions {
  /** Most deliveries not final; `accept` refuses past it. */
  readonly maxPending: number;
}

interface Opened {
  readonly instance: records.InstanceDescription;
  readonly context: Context;
  /** Of the calls of the store, and of what instances know together: neither waits for the other. */
  readonly queue: WorkQueue;
  readonly sideQueue: WorkQueue;
  readonly slots: readonly string[];
}

/** Opening, closing, reading and writing: what the calls of `RedisStore` stand on. */
export abstract class RedisBase extends RedisAdmin {
  readonly state: records.SharedState;
  readonly mailbox: MailboxStore;
  readonly suppressions: records.SuppressionStore;
  readonly recipients: records.RecipientStore;
  protected readonly connection: RedisConnection;
  private readonly signals: RedisSignals;
  private readonly ended = new EndedObservers();
  private readonly listeners = new Set<() => void>();
  private opened: Opened | undefined;
  private versions = 0;

  constructor(private readonly options: RedisStoreOptions) {
    super();
    this.connection = new RedisConnection(options);
    this.signals = new RedisSignals(this.connection);
    this.signals.onWork(() => {
      for (const listener of this.listeners) listener();
    });
    const changes: Changes = {
      read: async (what, commands) => {
        this.use(what);
        return this.connection.run(what, commands);
      },
      change: async (what, work) => this.use(what).sideQueue.change(what, work),
    };
    this.state = new RedisState(changes, this.signals);
    this.mailbox = new RedisMailbox(changes);
    this.suppressions = new RedisSuppressions(changes);
    this.recipients = new RedisRecipients(changes);
  }

  async open(
    now: number,
    instance: records.InstanceDescription = { name: randomUUID(), version: '', channels: [] },
  ): Promise<records.OpenReport> {
    if (this.opened !== undefined) return { isNew: false, interrupted: 0 };
    await this.connection.open();
    try {
      await this.requireSafe();
      const { tag, isNew } = await this.tagOf();
      const context = new Context(tag, instance.name, this.options.maxPending, this.ended);
      const last = Number(await this.connection.one('register this instance', 'HINCRBY', 'seq', 'slot', 2));
      const slots = [last - 1, last].map((slot) => slot.toString(36));
      const [queue, sideQueue] = slots.map((slot) => new WorkQueue(this.connection, context, slot));
      if (queue === undefined || sideQueue === undefined) throw new TypeError('no slot was given');
      await this.signals.start();
      this.opened = { instance, context, queue, sideQueue, slots };
      const interrupted = await this.beat(now, true);
      return { isNew, interrupted };
    } catch (error) {
      this.opened = undefined;
      this.signals.stop();
      this.connection.close();
      throw error;
    }
  }

  async close(): Promise<void> {
    const { opened } = this;
    if (opened === undefined) return;
    await opened.queue.drain();
    await opened.sideQueue.drain();
    this.opened = undefined;
    try {
      await opened.queue.change('leave the store', (work) => leave(work, opened.instance.name));
      await this.connection.one('leave the store', 'HDEL', 'tx', ...opened.slots);
    } finally {
      this.signals.stop();
      this.connection.close();
    }
  }

  async heartbeat(now: number): Promise<records.HeartbeatReport> {
    const requeued = await this.beat(now, false);
    if (requeued > 0) this.tellWork();
    return { requeued };
  }

  instances(now: number): Promise<readonly records.InstanceRecord[]> {
    return this.look('list instances', ({ read }) => liveInstances(read, now));
  }

  async time(): Promise<number | undefined> {
    const wasOpen = this.opened !== undefined;
    await this.connection.open();
    try {
      const [seconds, micros] = (await this.connection.ask('read the clock', 'TIME')) as readonly [string, string];
      return Number(seconds) * 1_000 + Math.floor(Number(micros) / 1_000);
    } finally {
      if (!wasOpen) this.connection.close();
    }
  }

  async check(): Promise<records.StoreHealth> {
    if (this.opened === undefined) return { ok: false, detail: 'the store is closed' };
    try {
      const { losses, lowMemory } = await this.serverState();
      const { unreadable } = this.opened.context;
      return {
        ok: true,
        detail: 'it answers',
        ...(losses.length === 0 ? {} : { unsafe: losses.join('; ') }),
        ...(lowMemory === undefined ? {} : { lowSpace: lowMemory }),
        ...(unreadable === 0 ? {} : { unreadable }),
      };
    } catch (error) {
      return { ok: false, detail: error instanceof Error ? error.message : String(error) };
    }
  }

  onWork(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  onEnded(observer: EndedObserver): () => void {
    return this.ended.add(observer);
  }

  protected async look<T>(what: string, work: (reader: RowReader, find: Find) => Promise<T>): Promise<T> {
    const { context } = this.use(what);
    const find: Find = async (rows) => {
      const answer = await this.connection.eval(what, FIND, 'db', [this.connection.prefix, ...rows]);
      return answer as readonly string[];
    };
    return work(new RowReader((commands) => this.connection.run(what, commands), context), find);
  }

  protected async change<T>(what: string, work: (work: Work, reader: RowReader) => Promise<T>): Promise<T> {
    return this.use(what).queue.change(what, work);
  }

  protected async changeWork<T>(what: string, work: (work: Work, reader: RowReader) => Promise<T>): Promise<T> {
    const result = await this.change(what, work);
    this.tellWork();
    return result;
  }

  protected tellWork(): void {
    this.signals.tellWork();
  }

  /** A version that no transaction has, for a script that writes a cell. */
  protected newVersion(): string {
    const { slots } = this.use('write');
    return `${slots[0] ?? ''}.x${(++this.versions).toString(36)}`;
  }

  /** @throws StoreFailedError */
  protected use(what: string): Opened {
    if (this.opened === undefined) throw new StoreFailedError(`${what}, because it is closed`);
    return this.opened;
  }

  private async beat(now: number, starts: boolean): Promise<number> {
    const what = 'say that this instance lives';
    const { instance, queue, slots } = this.use(what);
    await queue.change(what, (work) => beat(work, instance, slots, now, starts));
    return this.look(what, (reader) => requeueOrphans(queue, reader, now, starts ? instance.name : undefined));
  }

  private async serverState(): Promise<ServerState> {
    return new ServerState(String(await this.connection.ask('look at the server', 'INFO')));
  }

  /** @throws InvalidConfigurationError for a server that would lose what it holds, unless that is accepted */
  private async requireSafe(): Promise<void> {
    const state = await this.serverState();
    state.requireVersion();
    if (this.options.acceptLoss === true || state.losses.length === 0) return;
    throw new InvalidConfigurationError(state.losses.map((loss) => `STORE_URL (store.url): ${loss}; see docs/scaling.md`));
  }

  /** The tag of public ids: it is made with the store. */
  private async tagOf(): Promise<{ readonly tag: string; readonly isNew: boolean }> {
    const made = parseInt(randomBytes(5).toString('hex'), 16).toString(36).padStart(6, '0').slice(-6);
    const what = 'open';
    const isNew = Number(await this.connection.one(what, 'HSETNX', 'meta', 'tag', made)) === 1;
    const tag = isNew ? made : String(await this.connection.one(what, 'HGET', 'meta', 'tag'));
    return { tag, isNew };
  }
}

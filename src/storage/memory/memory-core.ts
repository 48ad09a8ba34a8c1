import { LocalState } from '../local-state.js';
import { type InstanceDescription, type InstanceRecord, type SharedState } from '../notification-store.js';
import { type MoveMark } from '../store-transfer.js';
import { SILENT_MS } from '../store-upkeep.js';
import { requeueExpired } from './claim.js';
import { MemoryMailbox } from './mailbox.js';
import { MemoryRecipients } from './recipients.js';
import { MemoryStoreState, type MemoryStoreOptions } from './memory-store-state.js';
import { live } from './records.js';

const INTERRUPTED = 'the process ended while this was being sent; it may have been delivered';

/** What the instances of a memory store share: everything that it holds, and who they are. */
export class MemoryCore {
  readonly store: MemoryStoreState;
  readonly mailbox = new MemoryMailbox();
  readonly recipients = new MemoryRecipients();
  readonly state: SharedState;
  private readonly instances = new Map<string, InstanceRecord>();
  private names = 0;
  /** What a move left. */
  mark: MoveMark | undefined;

  /** @param time the store's own clock, epoch ms; by default it has none */
  constructor(
    options: MemoryStoreOptions,
    readonly time: () => number | undefined = () => undefined,
  ) {
    this.store = new MemoryStoreState(options);
    const { settings } = this.store;
    this.state = new LocalState({
      read: (name) => settings.get(name),
      write: (name, value) => {
        if (value === undefined) settings.delete(name);
        else settings.set(name, value);
        return Promise.resolve();
      },
    });
  }

  get isInUse(): boolean {
    return this.instances.size > 0;
  }

  /** A description for an instance that gives none. */
  newInstance(): InstanceDescription {
    return { name: `memory-${++this.names}`, version: '', channels: [] };
  }

  /**
   * Registers an instance; returns how many deliveries nobody was sending any more.
   *
   * @param embedded the ready queue is the process's, and is filled again when it starts
   */
  enter(instance: InstanceDescription, now: number, embedded: boolean): number {
    this.removeSilent(now);
    const alone = this.instances.size === 0;
    const requeued = this.requeueOrphans(now);
    if (alone && embedded) this.store.restart(now);
    this.instances.set(instance.name, { ...instance, startedAt: now, seenAt: now });
    return requeued;
  }

  leave(name: string): void {
    this.instances.delete(name);
  }

  /** An instance lives; returns how many deliveries others held that do not. */
  beat(instance: InstanceDescription, now: number): number {
    const { startedAt = now } = this.instances.get(instance.name) ?? {};
    this.instances.set(instance.name, { ...instance, startedAt, seenAt: now });
    this.removeSilent(now);
    return this.requeueOrphans(now);
  }

  live(now: number): readonly InstanceRecord[] {
    return [...this.instances.values()].filter(({ seenAt }) => now - seenAt < SILENT_MS);
  }

  private removeSilent(now: number): void {
    for (const { name, seenAt } of this.instances.values()) if (now - seenAt >= SILENT_MS) this.instances.delete(name);
  }

  /** Requeues what no registered instance holds; returns how many deliveries that are. */
  private requeueOrphans(now: number): number {
    let deliveries = 0;
    for (const message of this.store.messages.values()) {
      if (message.state !== 'sending' || this.instances.has(message.holder ?? '')) continue;
      deliveries += live(message).length;
      requeueExpired(this.store, message, INTERRUPTED, now);
    }
    return deliveries;
  }
}

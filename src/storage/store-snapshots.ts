import { Injectable } from '@nestjs/common';
import { Clock, type TimerHandle } from '../model/clock.js';
import { StoreFailedError } from '../model/errors.js';
import { NotificationEvents } from '../model/notification-events.js';
import { type KnownSnapshot, NotificationStore } from './notification-store.js';

/** Time between two reads of the counts of a shared store, ms. */
const REFRESH_MS = 1_000;

/** What this instance knows of the store's counts without waiting: exact with the embedded store, and read every second with a shared one. */
@Injectable()
export class StoreSnapshots {
  private readonly listeners = new Set<(snapshot: KnownSnapshot) => void>();
  private last: KnownSnapshot | undefined;
  private timer: TimerHandle | undefined;
  private reading: Promise<void> = Promise.resolve();
  private on = false;

  constructor(
    private readonly store: NotificationStore,
    private readonly clock: Clock,
    private readonly events: NotificationEvents,
  ) {}

  /** Once the store is open; resolves when there is something to know. @throws StoreFailedError */
  async start(): Promise<void> {
    if (!this.store.traits.shared || this.on) return;
    this.on = true;
    await this.read();
    this.arm();
  }

  /** Before the store closes. */
  async stop(): Promise<void> {
    this.on = false;
    this.timer?.cancel();
    await this.reading;
    this.last = undefined;
  }

  /** @throws StoreFailedError before the module is initialised, and after it was closed */
  now(): KnownSnapshot {
    const known = this.store.snapshotNow(this.clock.now()) ?? this.last;
    if (known === undefined) throw new StoreFailedError('answer, because it is not open');
    return known;
  }

  /** Called with each snapshot that is read from a shared store; never with an embedded one, which each call tells of its counts. */
  onRead(listener: (snapshot: KnownSnapshot) => void): void {
    this.listeners.add(listener);
  }

  private arm(): void {
    this.timer = this.clock.setTimer(REFRESH_MS, () => {
      this.reading = this.read()
        .catch((error: unknown) => this.events.emit('failed', { where: 'reading the counts of the store', error }))
        .finally(() => {
          if (this.on) this.arm();
        });
    });
  }

  private async read(): Promise<void> {
    const asOf = this.clock.now();
    const snapshot = { ...(await this.store.snapshot()), asOf };
    this.last = snapshot;
    for (const listener of this.listeners) listener(snapshot);
  }
}

import { Injectable } from '@nestjs/common';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { Clock, type TimerHandle } from '../model/clock.js';
import { NotificationEvents, type ReplannedEvent } from '../model/notification-events.js';
import { recipientAddress, recipientIdOf } from '../model/recipient.js';
import { CommandRunner } from '../storage/command-runner.js';
import { NotificationStore } from '../storage/notification-store.js';
import { TransportRegistry } from '../transports/transport-registry.js';
import { PendingReplans } from './pending-replans.js';
import { ASK_AGAIN_MS, RecipientCache } from './recipient-cache.js';
import { type RecipientPlanner } from './recipient-planner.js';
import { RecipientRecords } from './recipient-records.js';

/** What planning one person's messages again did. */
export type Replanned = Omit<ReplannedEvent, 'recipientId'>;

const TOPIC = 'recipients changed';
const NOTHING: Replanned = { sent: 0, moved: 0, cancelled: 0, unchanged: 0 };

/**
 * Plans what waits for people again when their preferences changed, and when a directory answers that did not. What is still to be done is kept with
 * the store (`PendingReplans`).
 */
@Injectable()
export class Replanning {
  private readonly pending: PendingReplans;
  /** People whose messages were accepted while the directory did not answer. */
  private readonly unplanned = new Set<string>();
  private timer: TimerHandle | undefined;
  private unsubscribe: (() => void) | undefined;
  private stopping = false;
  private readonly background = new Set<Promise<void>>();

  constructor(
    private readonly store: NotificationStore,
    private readonly records: RecipientRecords,
    private readonly cache: RecipientCache,
    private readonly transports: TransportRegistry,
    private readonly commands: CommandRunner,
    private readonly clock: Clock,
    private readonly events: NotificationEvents,
  ) {
    this.pending = new PendingReplans(store);
  }

  /** Once the store is open, before anything is sent: goes on with what the last process left. */
  async start(): Promise<void> {
    if (!this.records.isOn) return;
    this.unsubscribe ??= this.store.state.subscribe(TOPIC, (payload) => this.heard(payload));
    const ids = await this.pending.read();
    if (ids === undefined) this.inBackground(() => this.replanWaiting());
    else await this.replanEach(ids);
  }

  /** Before the store closes. */
  async stop(): Promise<void> {
    this.stopping = true;
    this.timer?.cancel();
    this.unsubscribe?.();
    await Promise.all(this.background);
  }

  /** Before the preferences of people change: a process that ends meanwhile leaves the rest to the next one. @throws StoreFailedError */
  async announce(ids: readonly string[]): Promise<void> {
    await this.pending.add(ids);
  }

  /** What is known of people no longer holds, on every instance. */
  async tell(ids: readonly string[]): Promise<void> {
    this.store.state.publish(TOPIC, JSON.stringify(ids));
    this.cache.forget(ids);
    await this.pending.remove(ids);
  }

  /** The preferences of a person changed: every instance reads them again, and what waits is planned again. */
  async replan(id: string): Promise<Replanned> {
    this.store.state.publish(TOPIC, JSON.stringify([id]));
    const planner = await this.cache.freshPlanner(id);
    if (planner.isUnplanned) {
      this.later([id]);
      return NOTHING;
    }
    const report = await this.replanBy(planner, id);
    await this.pending.remove([id]);
    return report;
  }

  /** The same of everybody who waits and belongs to a tenant, in the background. */
  replanTenant(tenant: string): void {
    this.cache.forgetAll();
    this.store.state.publish(TOPIC, JSON.stringify(null));
    this.inBackground(() => this.replanWaiting(tenant));
  }

  /** The directory did not answer for people of whom something is about to be accepted. Resolves once that is durable. */
  async noteUnplanned(ids: readonly string[]): Promise<void> {
    const fresh = ids.filter((id) => !this.unplanned.has(id));
    if (fresh.length > 0) await this.pending.add(fresh);
    this.later(ids);
  }

  /** People whose preferences changed while something of them was accepted. */
  replanSoon(ids: readonly string[]): void {
    this.inBackground(() => this.replanEach(ids));
  }

  private later(ids: readonly string[]): void {
    for (const id of ids) this.unplanned.add(id);
    if (this.stopping) return;
    this.timer ??= this.clock.setTimer(ASK_AGAIN_MS, () => {
      this.timer = undefined;
      const waiting = [...this.unplanned];
      this.unplanned.clear();
      this.inBackground(() => this.replanEach(waiting));
    });
  }

  private async replanEach(ids: readonly string[]): Promise<void> {
    for (const [index, id] of ids.entries()) {
      if (this.stopping) return;
      const planner = await this.cache.freshPlanner(id);
      // One answer that fails is enough: the others wait for the next time.
      if (planner.isUnplanned) {
        this.later(ids.slice(index));
        return;
      }
      await this.replanBy(planner, id);
      await this.pending.remove([id]);
      await nextTurn();
    }
  }

  /** Everybody who waits, page by page; of one tenant when it is given. */
  private async replanWaiting(tenant?: string): Promise<void> {
    const done = new Set<string>();
    for (let cursor: string | undefined; ;) {
      const page = await this.store.waitingRecipients({ limit: 200, ...(cursor === undefined ? {} : { cursor }) });
      const ids = page.items.flatMap((address) => recipientIdOf(address) ?? []).filter((id) => !done.has(id));
      const planners = await this.cache.plannersOf(ids);
      for (const id of ids) {
        if (this.stopping) return;
        done.add(id);
        const planner = planners.get(id);
        if (planner === undefined) continue;
        if (planner.isUnplanned) await this.noteUnplanned([id]);
        else if (tenant === undefined || planner.recipient.tenant === tenant) await this.replanBy(planner, id);
        await nextTurn();
      }
      cursor = page.next;
      if (cursor === undefined) break;
    }
    if (tenant === undefined) await this.pending.removeEverybody();
  }

  private async replanBy(planner: RecipientPlanner, id: string): Promise<Replanned> {
    const channels = this.transports.channels();
    const report = await this.commands.runToEnd<{ closed: readonly unknown[] } & Omit<Replanned, 'sent'>, Replanned>({
      name: "planning a recipient's messages again",
      step: (slice) => this.store.replan(recipientAddress(id), channels, planner, slice),
      start: NOTHING,
      add: (sum, { closed, moved, cancelled, unchanged }) => ({
        sent: sum.sent + closed.length,
        moved: sum.moved + moved,
        cancelled: sum.cancelled + cancelled,
        unchanged: sum.unchanged + unchanged,
      }),
    });
    this.events.emit('replanned', { recipientId: id, ...report });
    return report;
  }

  private heard(payload: string): void {
    const ids = JSON.parse(payload) as readonly string[] | null;
    if (ids === null) this.cache.forgetAll();
    else this.cache.forget(ids);
  }

  private inBackground(work: () => Promise<void>): void {
    const done = work()
      .catch((error: unknown) => this.events.emit('failed', { where: "planning recipients' messages again", error }))
      .finally(() => this.background.delete(done));
    this.background.add(done);
  }
}

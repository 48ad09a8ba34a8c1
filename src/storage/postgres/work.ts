import { type EndedDelivery, type FinalState } from '../../model/ended-delivery.js';
import { type FailureReason } from '../../model/failure.js';
import { LEAST_URGENT, priorityAt, ROUTE_NUMBER } from '../persisted.js';
import { AllowanceSet } from './allowance-set.js';
import { Answers } from './answers.js';
import { contentOf, UNREADABLE } from './content.js';
import { type Context } from './context.js';
import { CountDeltas } from './count-deltas.js';
import { DeadChanges } from './dead-changes.js';
import { DedupeIndex } from './dedupe-index.js';
import { DeliverySet } from './delivery-set.js';
import { GatheringAddresses } from './gathering-addresses.js';
import { Ids } from './ids.js';
import { LikeGroups } from './like-groups.js';
import { MessageSet } from './message-set.js';
import { QueueChanges } from './queue-changes.js';
import { type Delivery, type Holder, type Message, MESSAGE_STATE, type OpenWindow } from './rows.js';
import { SuppressedAddresses } from './suppressed-addresses.js';
import { type Queries } from './transaction.js';
import { WindowSet } from './window-set.js';

/** How a delivery ended. */
interface End {
  readonly state: FinalState;
  readonly reason?: FailureReason;
  readonly at: number;
}

/**
 * What one transaction does: it locks rows, lets the decisions of the model compute with them, and writes what changed by one statement a table.
 * The calls of several callers may share one.
 */
export class Work {
  readonly ids: Ids;
  readonly windows: WindowSet;
  readonly allowances: AllowanceSet;
  readonly messages: MessageSet;
  readonly deliveries: DeliverySet;
  readonly queue: QueueChanges;
  readonly dead: DeadChanges;
  readonly counts = new CountDeltas();
  readonly similarityGroups: LikeGroups;
  readonly answers: Answers;
  readonly dedupe: DedupeIndex;
  readonly gathering: GatheringAddresses;
  readonly suppressed: SuppressedAddresses;
  /** What ended, for those who want to know. */
  readonly ended: EndedDelivery[] = [];
  private readonly wanted: ReadonlySet<FinalState>;
  /** Messages in the queue again whose deliveries may expire there. */
  private readonly rearmed: Message[] = [];
  private readonly committed: (() => void)[] = [];

  constructor(
    readonly queries: Queries,
    readonly context: Context,
  ) {
    const { policies } = context;
    this.wanted = context.ended.wanted();
    this.ids = new Ids(queries, (id) => (context.newestId = Math.max(context.newestId, id)));
    this.windows = new WindowSet(queries, policies);
    this.allowances = new AllowanceSet(queries);
    this.messages = new MessageSet(queries);
    this.deliveries = new DeliverySet(queries);
    this.queue = new QueueChanges(queries);
    this.answers = new Answers(queries);
    this.dead = new DeadChanges(queries);
    this.dedupe = new DedupeIndex(this.deliveries, this.windows);
    this.gathering = new GatheringAddresses(queries);
    this.suppressed = new SuppressedAddresses(queries);
    this.similarityGroups = new LikeGroups(queries, policies);
  }

  /** Puts a message in the queue, to be claimed at `readyAt` or at once; it is in it only for this transaction until that is committed. */
  enqueue(message: Message, readyAt: number, now: number): void {
    const { id, channel, type, address, rank } = message;
    message.state = MESSAGE_STATE.queued;
    message.readyAt = readyAt;
    this.counts.queued++;
    if (readyAt > now) this.queue.addScheduled(id, readyAt);
    else {
      const stamp = this.context.stamps.stamp(channel, type, address, priorityAt(rank), now);
      const waits = message.route === ROUTE_NUMBER.batch && message.attempts === 0;
      this.queue.addReady({ id, channel, lane: rank === 0 ? 0 : 1, stamp, waits, readyAt, sendBy: message.sendBy });
    }
  }

  /** The same for one that was claimed, or ended: what of it expires is watched again. */
  requeue(message: Message, readyAt: number, now: number): void {
    this.enqueue(message, readyAt, now);
    this.messages.touch(message);
    if (message.expiresAt !== null) this.rearmed.push(message);
  }

  /** The opposite of `enqueue`; the message is held. */
  dequeue({ id }: Message): void {
    this.counts.queued--;
    this.queue.remove(id);
  }

  /** The live deliveries of holders, by holder, oldest first. */
  async liveOf(holders: readonly Holder[]): Promise<ReadonlyMap<number, readonly Delivery[]>> {
    await this.writeRows();
    return this.deliveries.liveOf(holders);
  }

  /** The least rank of a window's entries. */
  async rankOf(window: OpenWindow): Promise<number> {
    if (window.rankStale) {
      const live = (await this.liveOf([window])).get(window.id) ?? [];
      window.rank = Math.min(LEAST_URGENT, ...live.map(({ rank }) => rank));
      window.rankStale = false;
    }
    return window.rank;
  }

  /** A delivery of a holder reached a final state. */
  noteEnded(
    holder: Pick<Holder, 'id' | 'channel' | 'address' | 'type'>,
    { id, json }: Pick<Delivery, 'id' | 'json'>,
    end: End,
  ): void {
    if (!this.wanted.has(end.state)) return;
    const content = contentOf(json);
    const { idempotencyKey, groupKey } = content;
    const { state, reason, at } = end;
    this.ended.push({
      id: this.context.publicId('d', id),
      messageId: this.context.publicId('m', holder.id),
      channel: holder.channel,
      address: holder.address,
      type: content === UNREADABLE ? holder.type : content.type,
      state,
      ...(reason === undefined ? {} : { reason }),
      ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
      ...(groupKey === undefined ? {} : { groupKey }),
      at,
    });
  }

  /** All live deliveries of messages reached a final state. */
  async noteAllEnded(ends: readonly { readonly message: Message; readonly end: End }[]): Promise<void> {
    const told = ends.filter(({ end }) => this.wanted.has(end.state));
    if (told.length === 0) return;
    const live = await this.liveOf(told.map(({ message }) => message));
    for (const { message, end } of told) {
      for (const delivery of live.get(message.id) ?? []) this.noteEnded(message, delivery, end);
    }
  }

  /** Writes what changed so far, so that it is found by queries. */
  async writeRows(): Promise<void> {
    const { windows, allowances, messages, deliveries, queue, dead } = this;
    if (![windows, allowances, messages, deliveries, queue, dead].some(({ hasChanges }) => hasChanges)) return;
    const policies = [...windows.policyNumbers, ...messages.policyNumbers];
    this.committed.push(this.context.policies.write(this.queries, policies));
    await windows.write();
    await allowances.write();
    messages.write();
    deliveries.write();
    queue.write();
    dead.write();
  }

  /** Writes everything. */
  async finish(): Promise<void> {
    await this.writeRows();
    await this.answers.write();
    const { rearmed } = this;
    if (rearmed.length > 0) {
      this.queries.send(
        `INSERT INTO expiry (at, delivery)
         SELECT d.expires_at, d.id FROM unnest($1::bigint[], $2::bigint[], $3::bigint[]) AS m (id, first, last)
         JOIN delivery d ON d.message = m.id AND d.id >= m.first AND d.id <= m.last AND d.state = 0 AND d.expires_at IS NOT NULL
         ON CONFLICT DO NOTHING`,
        [rearmed.map(({ id }) => id), rearmed.map(({ first }) => first), rearmed.map(({ last }) => last)],
      );
    }
    this.counts.write(this.queries, this.context.slot);
  }

  /** Called once it is committed. */
  whenKept(done: () => void): void {
    this.committed.push(done);
  }

  /** Once it is committed. */
  keep(): void {
    for (const done of this.committed) done();
  }
}

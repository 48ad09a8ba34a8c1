import { type EndedDelivery, type FinalState } from '../../model/ended-delivery.js';
import { type CancelReason, type FailureReason } from '../../model/failure.js';
import { priorityAt, PRIORITY_NUMBER } from '../persisted.js';
import { UNREADABLE } from '../stored-json.js';
import { Allowances } from './allowances.js';
import { Answers } from './answers.js';
import { type Context } from './context.js';
import { DedupeIndex } from './dedupe-index.js';
import { DeliverySet } from './delivery-set.js';
import { padded } from './keys.js';
import { Ids } from './ids.js';
import { LikeGroups } from './like-groups.js';
import { type Delivery, isWindow, type LoneEnd, type Message, type OpenWindow } from './message.js';
import { MessageSet } from './message-set.js';
import { countField } from './places.js';
import { SuppressedAddresses } from './suppressed-addresses.js';
import { type Tx } from './tx.js';

/** The member of `due` of a delivery that expires. */
export function dueOfDelivery(id: number): string {
  return `d${padded(id)}`;
}

/** What one transaction does: it reads rows, lets the decisions of the model compute with them, and writes what changed. */
export class Work {
  readonly ids: Ids;
  readonly messages: MessageSet;
  readonly deliveries: DeliverySet;
  readonly dedupe: DedupeIndex;
  readonly allowances: Allowances;
  readonly answers: Answers;
  readonly likeness: LikeGroups;
  readonly suppressed: SuppressedAddresses;
  /** What ended, for those who want to know. */
  readonly ended: EndedDelivery[] = [];
  readonly wanted: ReadonlySet<FinalState>;
  /** By hash of their group: what is open, as far as this transaction looked. */
  private readonly open = new Map<string, number | undefined>();
  private readonly channels = new Set<string>();
  private readonly kept: (() => void)[] = [];
  /** The first expiry that this transaction watches, epoch ms. */
  firstWatched = Infinity;

  constructor(
    readonly tx: Tx,
    readonly context: Context,
  ) {
    this.wanted = context.ended.wanted();
    this.ids = new Ids(tx);
    this.messages = new MessageSet(tx, context.policies);
    this.deliveries = new DeliverySet(tx);
    this.dedupe = new DedupeIndex(tx);
    this.allowances = new Allowances(tx);
    this.answers = new Answers(tx);
    this.suppressed = new SuppressedAddresses(tx);
    this.likeness = new LikeGroups(this);
  }

  /** Reads the open windows of groups. */
  async loadWindows(keys: readonly string[]): Promise<void> {
    await this.tx.load(keys.map((key) => ['win', key]));
    await this.messages.load(keys.flatMap((key) => this.openOf(key) ?? []));
  }

  /** The open window of a group that was read. */
  window(key: string): OpenWindow | undefined {
    const id = this.openOf(key);
    const message = id === undefined ? undefined : this.messages.get(id);
    return isWindow(message) ? message : undefined;
  }

  opened(window: OpenWindow): void {
    this.open.set(window.key, window.id);
  }

  /** A window is not open any more. */
  closed(window: Message): void {
    if (window.key !== undefined) this.open.set(window.key, undefined);
    delete window.key;
    if (window.keyed === true) this.dedupe.forget(window);
    delete window.keyed;
  }

  /** Puts a message in the queue, to be claimed at `readyAt` or at once. */
  queue(message: Message, readyAt: number, now: number): void {
    message.state = 'queued';
    message.readyAt = readyAt;
    delete message.stamp;
    this.channels.add(message.channel);
    if (readyAt > now) return;
    const { channel, type, address, rank } = message;
    message.stamp = this.context.stamps.stamp(channel, type, address, priorityAt(rank), now);
  }

  /** The same for one that was claimed, or ended: what of it expires is watched again. */
  async requeue(message: Message, readyAt: number, now: number): Promise<void> {
    this.queue(message, readyAt, now);
    if (message.expires !== true) return;
    await this.deliveries.loadOf([message]);
    for (const delivery of this.deliveries.liveOf(message)) this.watch(delivery);
  }

  /** Its expiry is due some time. */
  watch({ id, content: { expiresAt } }: Delivery): void {
    if (expiresAt === undefined) return;
    this.tx.write('ZADD', 'due', expiresAt, dueOfDelivery(id));
    this.firstWatched = Math.min(this.firstWatched, expiresAt);
  }

  /** Counts a live delivery in a message. */
  enter(message: Message, { content: { type, priority } }: Delivery): void {
    this.weigh(message, type, PRIORITY_NUMBER[priority], 1);
  }

  /** The opposite of `enter`. */
  leave(message: Message, { content: { type, priority } }: Delivery): void {
    this.weigh(message, typeCounted(type, message), PRIORITY_NUMBER[priority], -1);
  }

  /** Ends one delivery of an open window or a queued message; the last one ends that too. */
  endAlone(message: Message, delivery: Delivery, state: LoneEnd, reason: FailureReason, at: number): void {
    this.endEntry(message, delivery, state, reason, at);
    if (message.count === 0) {
      this.closed(message);
      message.state = 'ended';
    } else if (message.state === 'gathering') return;
    message.updatedAt = at;
  }

  /** The same, and its message stays what it is. */
  endEntry(message: Message, delivery: Delivery, state: LoneEnd, reason: FailureReason, at: number): void {
    const { content, id } = delivery;
    delivery.ended = { state, reason, at };
    this.deliveries.touch(delivery);
    this.leave(message, delivery);
    message.gone[state] = (message.gone[state] ?? 0) + 1;
    message.endedAt = Math.max(message.endedAt ?? 0, at);
    this.countLone(message, delivery);
    if (content.dedupeKey !== undefined && message.state === 'gathering') this.dedupe.remove(message, content.dedupeKey, id);
    if (content.expiresAt !== undefined) this.tx.write('ZREM', 'due', dueOfDelivery(id));
    this.noteEnded(message, delivery, state, at, reason);
  }

  /** A delivery that ends where it begins is counted. */
  countLone({ channel, type, route }: Message, { content, ended }: Delivery): void {
    if (ended === undefined) return;
    const counted = content === UNREADABLE ? type : content.type;
    this.messages.count('counts', countField({ channel, type: counted, route, state: ended.state }), 1);
  }

  /** A delivery reached a final state. */
  noteEnded(
    { id: message, channel, address, type }: Message,
    delivery: Delivery,
    state: FinalState,
    at: number,
    reason?: FailureReason,
  ): void {
    if (!this.wanted.has(state)) return;
    const { content } = delivery;
    const { idempotencyKey, groupKey } = content;
    this.ended.push({
      id: this.context.publicId('d', delivery.id),
      messageId: this.context.publicId('m', message),
      channel,
      address,
      type: content === UNREADABLE ? type : content.type,
      state,
      ...(reason === undefined ? {} : { reason }),
      ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
      ...(groupKey === undefined ? {} : { groupKey }),
      at,
    });
  }

  /** All live deliveries of messages reached a final state. */
  async noteAllEnded(messages: readonly Message[], state: FinalState, at: number): Promise<void> {
    if (!this.wanted.has(state) || messages.length === 0) return;
    await this.deliveries.loadOf(messages);
    for (const message of messages) {
      const reason = state === 'dead' ? message.errors?.at(-1)?.reason : undefined;
      for (const delivery of this.deliveries.liveOf(message)) this.noteEnded(message, delivery, state, at, reason);
    }
  }

  /** Cancels all that is live in a message that is being sent. */
  async cancelAll(message: Message, reason: CancelReason, at: number): Promise<void> {
    await this.deliveries.loadOf([message]);
    for (const delivery of this.deliveries.liveOf(message)) this.endEntry(message, delivery, 'cancelled', reason, at);
    message.state = 'ended';
  }

  /** Writes everything. @throws ChangedError, StoreFailedError */
  async finish(): Promise<void> {
    const changes = this.messages.finish();
    this.deliveries.finish();
    this.dedupe.finish();
    this.allowances.finish();
    for (const { before, after } of changes) {
      if (before?.key !== undefined && after?.key !== before.key) this.tx.write('HDEL', 'win', before.key);
    }
    for (const { before, after } of changes) {
      if (after?.key !== undefined && before?.key === undefined)
        this.tx.write('HSET', 'win', after.key, `${this.tx.version}|${after.id}`);
    }
    await this.likeness.finish(changes);
    for (const channel of this.channels) if (!this.context.channels.has(channel)) this.tx.write('SADD', 'channels', channel);
    await this.tx.commit();
    this.context.policies.noteStored(this.messages.newPolicies);
    for (const channel of this.channels) this.context.channels.add(channel);
    for (const done of this.kept) done();
  }

  /** Called once it is written. */
  whenKept(done: () => void): void {
    this.kept.push(done);
  }

  private openOf(key: string): number | undefined {
    if (this.open.has(key)) return this.open.get(key);
    const stored = this.tx.peek('win', key);
    return stored === undefined ? undefined : Number(stored);
  }

  private weigh(message: Message, type: string, rank: number, by: 1 | -1): void {
    message.count += by;
    message.ranks[rank] = (message.ranks[rank] ?? 0) + by;
    const left = (message.types.get(type) ?? 0) + by;
    if (left === 0) message.types.delete(type);
    else message.types.set(type, left);
  }
}

/** A content that cannot be read is counted by the type of its message. */
function typeCounted(type: string, message: Message): string {
  return type === UNREADABLE.type && !message.types.has(type) ? message.type : type;
}

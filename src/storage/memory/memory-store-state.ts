import { type AcceptedNotification, type DeliveryState, type Route } from '../../model/delivery.js';
import { nextSequence } from '../../model/decisions/sequence.js';
import { type NotificationPriority, PRIORITIES } from '../../model/notification.js';
import { type WindowPolicy } from '../../model/window.js';
import { type CountRow } from '../notification-store.js';
import { ReadyStamps } from '../ready-stamp.js';
import { type MemoryHistory } from './history.js';
import { MemorySuppressions } from './suppressions.js';
import { isWindow, live, type MemoryAllowance, type MemoryDelivery, type MemoryMessage, type MemoryWindow } from './records.js';

export interface MemoryStoreOptions {
  /** Most deliveries not final; `accept` refuses past it. */
  readonly maxPending: number;
}

/** What an idempotency key was first answered. */
interface MemoryAnswer {
  /** `textHash` of what was said. */
  readonly fingerprint: string;
  readonly deliveries: readonly MemoryDelivery[];
  readonly answer: AcceptedNotification;
  readonly at: number;
}

/** Something that happens by itself at its time. */
interface Due {
  readonly at: number;
  readonly id: number;
  readonly kind: 'window' | 'ready' | 'lease' | 'expiry';
}

const ID = /^([dm])-([0-9a-z]{6})-([1-9a-z][0-9a-z]{0,9})$/;

/** Every record, and what is asked of them by looking at all. */
export class MemoryStoreState {
  readonly deliveries = new Map<number, MemoryDelivery>();
  readonly messages = new Map<number, MemoryMessage>();
  /** By `textHash` of the key. */
  readonly idempotency = new Map<string, MemoryAnswer>();
  /** Bytes, by the first delivery of their notification. */
  readonly attachments = new Map<number, readonly Uint8Array[]>();
  /** By their keys. */
  readonly allowances = new Map<string, MemoryAllowance>();
  readonly settings = new Map<string, string>();
  readonly history: MemoryHistory = new Map();
  readonly suppressions = new MemorySuppressions();
  /** By channel: the last number of its sequence, and the greatest that was pruned. */
  readonly sequences = new Map<string, { readonly last: number; readonly pruned: number }>();
  /** When each replay was asked for, epoch ms; its id is its place, from 1. */
  readonly replays: number[] = [];
  /** Of deliveries that were pruned. */
  readonly prunedCounts: CountRow[] = [];
  /** Stands in every public id. */
  tag = 'memory';
  private nextDelivery = 1;
  /** The number of the next message. */
  nextMessage = 1;
  private nextClaim = 1;
  /** Of the embedded store, or of the instance whose call this is. */
  stamps = new ReadyStamps();

  constructor(readonly options: MemoryStoreOptions) {}

  get newestDelivery(): number {
    return this.nextDelivery - 1;
  }

  addDelivery(delivery: Omit<MemoryDelivery, 'id'>): MemoryDelivery {
    const added = { ...delivery, id: this.nextDelivery++ };
    this.deliveries.set(added.id, added);
    return added;
  }

  addMessage(
    from: Pick<MemoryMessage, 'channel' | 'address' | 'type' | 'key' | 'groupKey' | 'notBefore'> & {
      policy?: WindowPolicy;
    },
    route: Route,
    now: number,
  ): MemoryMessage {
    const message: MemoryMessage = {
      ...from,
      id: this.nextMessage++,
      route,
      openedAt: now,
      updatedAt: now,
      state: 'gathering',
      deliveries: [],
      rank: PRIORITIES.length - 1,
      attempts: 0,
      queuedAt: now,
      readyAt: now,
      leaseUntil: 0,
      times: { openedAt: now, plannedAt: now, dueAt: now },
    };
    this.messages.set(message.id, message);
    return message;
  }

  /** Makes a message claimable at `readyAt`, or now. */
  queue(message: MemoryMessage, readyAt: number, now: number): void {
    message.state = 'queued';
    message.readyAt = readyAt;
    delete message.stamp;
    if (readyAt > now) return;
    message.stamp = this.stamps.stamp(message.channel, message.type, message.address, priorityAt(message.rank), now);
  }

  nextSequence(channel: string, now: number): number {
    const { last, pruned } = this.sequences.get(channel) ?? { last: 0, pruned: 0 };
    const sequence = nextSequence(last, now);
    this.sequences.set(channel, { last: sequence, pruned });
    return sequence;
  }

  prunedSequence(channel: string, sequence: number): void {
    const { last, pruned } = this.sequences.get(channel) ?? { last: sequence, pruned: 0 };
    this.sequences.set(channel, { last, pruned: Math.max(pruned, sequence) });
  }

  newToken(): string {
    return `c-${this.tag}-${this.nextClaim++}`;
  }

  /** What a new process finds: nothing is being sent, and every claimed message is queued again. */
  restart(now: number): void {
    this.stamps = new ReadyStamps();
    for (const message of this.messages.values()) if (message.state === 'queued') this.queue(message, message.readyAt, now);
  }

  /** Open windows, oldest first. */
  windows(): MemoryWindow[] {
    return [...this.messages.values()].filter(isWindow);
  }

  /** Whatever happens by itself, in the order of its times. */
  dues(): Due[] {
    const dues: Due[] = [];
    for (const message of this.messages.values()) {
      const { id, state } = message;
      if (state === 'gathering') dues.push({ at: message.times.dueAt, id, kind: 'window' });
      if (state === 'queued' && message.stamp === undefined) dues.push({ at: message.readyAt, id, kind: 'ready' });
      if (state === 'sending') dues.push({ at: message.leaseUntil, id, kind: 'lease' });
      if (state !== 'gathering' && state !== 'queued') continue;
      for (const { id: delivery, content } of live(message)) {
        if (content.expiresAt !== undefined) dues.push({ at: content.expiresAt, id: delivery, kind: 'expiry' });
      }
    }
    return dues.sort((a, b) => a.at - b.at || a.id - b.id);
  }

  stateOf({ ended, message }: MemoryDelivery): DeliveryState {
    if (ended !== undefined) return ended.state;
    return message.state === 'ended' ? 'cancelled' : message.state;
  }

  pending(): number {
    let count = 0;
    for (const message of this.messages.values()) {
      if (message.state === 'gathering' || message.state === 'queued' || message.state === 'sending')
        count += live(message).length;
    }
    return count;
  }

  counts(): CountRow[] {
    const rows = new Map<string, CountRow>();
    const add = (row: CountRow): void => {
      const key = JSON.stringify([row.channel, row.type, row.route, row.state]);
      rows.set(key, { ...row, count: row.count + (rows.get(key)?.count ?? 0) });
    };
    this.prunedCounts.forEach(add);
    for (const delivery of this.deliveries.values()) add(this.countRow(delivery));
    return [...rows.values()].filter(({ count }) => count !== 0);
  }

  countRow(delivery: MemoryDelivery): CountRow {
    const { content, message } = delivery;
    return { channel: content.channel, type: content.type, route: message.route, state: this.stateOf(delivery), count: 1 };
  }

  delivery(publicId: string): MemoryDelivery | undefined {
    return this.deliveries.get(this.numberOf('d', publicId) ?? 0);
  }

  message(publicId: string): MemoryMessage | undefined {
    return this.messages.get(this.numberOf('m', publicId) ?? 0);
  }

  publicId(kind: 'd' | 'm' | 'n', id: number): string {
    return `${kind}-${this.tag}-${id.toString(36)}`;
  }

  /** The number in a public id; undefined when it is not one of this store's. */
  numberOf(kind: 'd' | 'm', id: string): number | undefined {
    const match = ID.exec(id);
    return match?.[1] === kind && match[2] === this.tag ? parseInt(match[3] ?? '', 36) : undefined;
  }

  /** Gives ids behind these from here on. */
  goBehind(delivery: number, message: number): void {
    this.nextDelivery = Math.max(this.nextDelivery, delivery + 1);
    this.nextMessage = Math.max(this.nextMessage, message + 1);
  }
}

export function priorityAt(rank: number): NotificationPriority {
  return PRIORITIES[rank] ?? 'low';
}

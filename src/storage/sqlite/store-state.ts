import { randomBytes } from 'node:crypto';
import { type DeliveryState, type NextState } from '../../model/delivery.js';
import { type Lane } from '../../model/message.js';
import { type WindowPolicy } from '../../model/window.js';
import { ReadyStamps } from '../ready-stamp.js';
import { typeOf } from './content.js';
import { Counters } from './counters.js';
import { type Database } from './database.js';
import { IdempotencyIndex } from './idempotency-index.js';
import { type End, EndedNotes, type NotedMessage } from './ended-notes.js';
import { DUE, NumberHeap } from './number-heap.js';
import { NEWEST_KEYS } from './newest-keys.js';
import { type OpenWindow, OpenWindows } from './open-windows.js';
import { type CompressionOptions } from './packing.js';
import { READY, type ReadyKind, ReadyQueue } from './ready-queue.js';
import { type DeliveryRow, type KeptAllowance, type MessageRow } from './rows.js';
import { Claims } from './claims.js';
import { SuppressionIndex } from './suppression-index.js';
import { UndoableMap, UndoableSet, UndoLog } from './undo-log.js';
import { LEAST_URGENT, priorityAt, routeAt, stateAt } from '../persisted.js';

/** Where the store is and what it may hold. `:memory:` keeps nothing after `close`. */
export interface StoreStateOptions {
  readonly path: string;
  readonly maxPending: number;
  /** None when absent. */
  readonly compression?: CompressionOptions;
}

/** The rows and what memory holds about them. Every write goes through `SqliteStore`'s transaction. */
export class StoreState {
  readonly undo = new UndoLog();
  readonly windows = new OpenWindows(this.undo);
  readonly ready = new ReadyQueue(this.undo);
  readonly due = new NumberHeap(this.undo);
  readonly counters = new Counters(this.undo);
  readonly idempotency: IdempotencyIndex;
  readonly suppressions: SuppressionIndex;
  readonly claims = new Claims(this.undo);
  /** Queued messages whose time is still to come. */
  readonly scheduled = new UndoableSet<number>(this.undo);
  /** What went out at once and still counts, by key. */
  readonly allowances = new UndoableMap<string, KeptAllowance>(this.undo);
  nextDelivery = 1;
  nextMessage = 1;
  nextAllowance = 1;
  /** Never given twice while the store is open, also when its transaction fails. */
  nextClaim = 1;
  /** Deliveries that ended since the opening, because their content cannot be read. */
  unreadable = 0;
  private readonly stamps = new ReadyStamps((undo, times, flow, before) => this.undo.record(undo, times, flow, before));
  private readonly policies = new UndoableMap<string, number>(this.undo);
  private readonly policyById = new UndoableMap<number, WindowPolicy>(this.undo);
  /** What the public ids of this store begin with. */
  private prefixes = { d: '', m: '', n: '' };
  /** What its claim tokens begin with: tells the claims of this object from those of another that had the file before. */
  private readonly claimPrefix = `c-${randomBytes(6).toString('base64url')}-`;

  constructor(
    readonly db: Database,
    readonly options: StoreStateOptions,
    readonly ended = new EndedNotes(),
  ) {
    this.idempotency = new IdempotencyIndex(db, this.undo);
    this.suppressions = new SuppressionIndex(db);
    this.undo.keepCounts(() => {
      const { nextDelivery, nextMessage, nextAllowance } = this;
      return () => {
        this.nextDelivery = nextDelivery;
        this.nextMessage = nextMessage;
        this.nextAllowance = nextAllowance;
      };
    });
  }

  countUnreadable(deliveries: number): void {
    this.unreadable += deliveries;
    this.undo.record(() => void (this.unreadable -= deliveries));
  }

  /** Reads what has no order, into an empty store: see `load`, which does the rest. */
  read(): void {
    const { db } = this;
    const tag = this.storeTag();
    this.prefixes = { d: `d-${tag}-`, m: `m-${tag}-`, n: `n-${tag}-` };
    this.counters.load(db);
    this.idempotency.load();
    this.suppressions.load();
    const high = (table: string): number => Number(db.sql(`SELECT max(id) AS id FROM ${table}`).get()?.['id'] ?? 0) + 1;
    // A store that was moved here gave ids that no row has any more.
    const moved = (key: string): number => Number(db.sql('SELECT value FROM meta WHERE key = ?').get(key)?.['value'] ?? 0) + 1;
    this.nextDelivery = Math.max(high('delivery'), moved(NEWEST_KEYS.delivery));
    this.nextMessage = Math.max(high('message'), moved(NEWEST_KEYS.message));
    this.nextAllowance = high('allowance');
    this.nextClaim = high('claim');
    for (const row of db.sql('SELECT id, json FROM policy').all()) {
      this.policies.set(String(row['json']), Number(row['id']));
      this.policyById.set(Number(row['id']), JSON.parse(String(row['json'])) as WindowPolicy);
    }
  }

  /** Makes a queued message claimable at `readyAt`, or now. */
  queue(
    row: Pick<MessageRow, 'id' | 'channel' | 'address' | 'type' | 'route' | 'priority' | 'attempts' | 'send_by'>,
    readyAt: number,
    now: number,
  ): void {
    if (readyAt > now) {
      this.scheduled.add(row.id);
      this.due.push(readyAt, row.id, DUE.ready);
      return;
    }
    const stamp = this.stamps.stamp(row.channel, row.type, row.address, priorityAt(row.priority), now);
    this.ready.push(row.channel, laneOf(row.priority), readyKind(row), stamp, row.id, {
      ready_at: readyAt,
      send_by: row.send_by,
    });
  }

  /** The opposite of `queue`, for a message that ends before it is claimed. */
  unqueue(row: Pick<MessageRow, 'id' | 'channel' | 'route' | 'priority' | 'attempts' | 'ready_at' | 'send_by'>): void {
    if (this.scheduled.delete(row.id)) return;
    this.ready.left(row.channel, laneOf(row.priority), readyKind(row), row);
  }

  policyId(policy: WindowPolicy): number {
    const json = JSON.stringify(policy);
    let id = this.policies.get(json);
    if (id === undefined) {
      id = this.policies.size + 1;
      this.db.sql('INSERT INTO policy (id, json) VALUES (?, ?)').run(id, json);
      this.policies.set(json, id);
      this.policyById.set(id, policy);
    }
    return id;
  }

  policy(id: number | null): WindowPolicy | undefined {
    return id === null ? undefined : this.policyById.get(id);
  }

  message(id: number): MessageRow | undefined {
    return this.db.sql('SELECT * FROM message WHERE id = ?').get(id) as unknown as MessageRow | undefined;
  }

  delivery(id: number): DeliveryRow | undefined {
    return this.db
      .sql(
        'SELECT d.*, c.json AS json, c.notification AS notification FROM delivery d LEFT JOIN content c ON c.id = d.content WHERE d.id = ?',
      )
      .get(id) as unknown as DeliveryRow | undefined;
  }

  /** The deliveries of a message that follow it, oldest first. */
  entries(message: number, tail: number): DeliveryRow[] {
    const rows: DeliveryRow[] = [];
    for (let id = tail; id !== 0;) {
      const row = this.delivery(id);
      if (row === undefined) break;
      if (row.state === 0 && row.message === message) rows.push(row);
      id = row.prev;
    }
    return rows.reverse();
  }

  /** Moves the counters of a whole message; one whose entries differ in type is counted entry by entry. */
  count<From extends DeliveryState>(
    row: Pick<MessageRow, 'id' | 'channel' | 'type' | 'route' | 'mixed' | 'tail' | 'count'>,
    from: From,
    to: NextState<From>,
  ): void {
    if (row.mixed === 0) {
      this.counters.move(row.channel, row.type, row.route, from, to, row.count);
      return;
    }
    for (const entry of this.entries(row.id, row.tail)) {
      this.counters.move(row.channel, typeOf(entry, row), row.route, from, to, 1);
    }
  }

  /** The least rank of a window's live entries; they are looked at only when one that was as urgent left. */
  priorityOf(window: OpenWindow): number {
    if (window.priorityStale === true) {
      delete window.priorityStale;
      window.priority = mostUrgent(this.entries(window.id, window.tail));
    }
    return window.priority;
  }

  publicId(kind: 'd' | 'm' | 'n', id: number): string {
    return this.prefixes[kind] + id.toString(36);
  }

  /** A delivery of a message reached a final state. */
  noteEnded(message: NotedMessage, entry: Pick<DeliveryRow, 'id' | 'json'>, end: End): void {
    this.ended.note((kind, id) => this.publicId(kind, id), message, entry, end);
  }

  /** All deliveries that follow a message reached its final state. */
  noteAllEnded(message: NotedMessage & Pick<MessageRow, 'tail'>, end: End): void {
    if (!this.ended.wants(end.state)) return;
    for (const entry of this.entries(message.id, message.tail)) this.noteEnded(message, entry, end);
  }

  /** The row that a public id names; 0 when it is not one of this store's. */
  privateId(kind: 'd' | 'm', id: string): number {
    const prefix = this.prefixes[kind];
    const digits = id.slice(prefix.length);
    return id.startsWith(prefix) && /^[1-9a-z][0-9a-z]{0,9}$/.test(digits) ? parseInt(digits, 36) : 0;
  }

  claimToken(claimId: number): string {
    return this.claimPrefix + claimId.toString(36);
  }

  /** The claim that a token names; 0 when it is not one of this store's. */
  claimIdOf(token: string): number {
    return token.startsWith(this.claimPrefix) ? parseInt(token.slice(this.claimPrefix.length), 36) : 0;
  }

  private storeTag(): string {
    const found = this.db.sql(`SELECT value FROM meta WHERE key = 'tag'`).get()?.['value'];
    if (typeof found === 'string') return found;
    const tag = (randomBytes(4).readUInt32BE() % 36 ** 6).toString(36).padStart(6, '0');
    this.db.sql(`INSERT INTO meta (key, value) VALUES ('tag', ?)`).run(tag);
    return tag;
  }
}

export function laneOf(priority: number): Lane {
  return priority === 0 ? 'critical' : 'normal';
}

/** The least rank; the least urgent one when there is none. */
export function mostUrgent(rows: readonly { readonly priority: number }[]): number {
  return rows.reduce((least, { priority }) => Math.min(least, priority), LEAST_URGENT);
}

/** The state that a delivery shows: its own, or its message's. */
export function endedState(index: number): DeliveryState | undefined {
  return index === 0 ? undefined : stateAt(index);
}

function readyKind(row: Pick<MessageRow, 'route' | 'attempts'>): ReadyKind {
  return routeAt(row.route) === 'batch' && row.attempts === 0 ? READY.batchable : READY.ready;
}

import { type FailureReason } from '../../model/failure.js';
import { STATE_NUMBER } from '../persisted.js';
import { RowWriter } from './row-writer.js';
import { type Delivery, type Holder } from './rows.js';
import { type Queries } from './transaction.js';

export interface DeliveryRow {
  readonly id: number;
  readonly message: number;
  readonly at: number;
  readonly ended_at: number | null;
  readonly expires_at: number | null;
  readonly content: number | null;
  readonly notification: number | null;
  readonly recipient: string | null;
  readonly state: number;
  readonly rank: number;
  readonly reason: string | null;
  readonly dedupe: string | null;
  readonly group_key: string | null;
  readonly json: string | null;
}

/** What is written once for all deliveries of a notification to several addresses. */
interface SharedContent {
  readonly id: number;
  readonly deliveries: number;
  readonly json: string;
}

/** Writes rows of deliveries. */
export const DELIVERY_ROWS = new RowWriter<Delivery>('delivery', [
  ['id', 'bigint', (delivery) => delivery.id],
  ['message', 'bigint', (delivery) => delivery.message],
  ['at', 'bigint', (delivery) => delivery.at],
  ['ended_at', 'bigint', (delivery) => delivery.endedAt],
  ['expires_at', 'bigint', (delivery) => delivery.expiresAt],
  ['content', 'bigint', (delivery) => delivery.content],
  ['notification', 'bigint', (delivery) => delivery.notification],
  ['recipient', 'text', (delivery) => delivery.recipient],
  ['state', 'smallint', (delivery) => delivery.state],
  ['rank', 'smallint', (delivery) => delivery.rank],
  ['reason', 'text', (delivery) => delivery.reason],
  ['dedupe', 'text', (delivery) => delivery.dedupe],
  ['group_key', 'text', (delivery) => delivery.groupKey],
  ['json', 'text', (delivery) => (delivery.content === null ? delivery.json : null)],
]);
const CHANGED = new RowWriter<Delivery>('delivery', [
  ['id', 'bigint', (delivery) => delivery.id],
  ['message', 'bigint', (delivery) => delivery.message],
  ['ended_at', 'bigint', (delivery) => delivery.endedAt],
  ['state', 'smallint', (delivery) => delivery.state],
  ['reason', 'text', (delivery) => delivery.reason],
]);
const CONTENTS = new RowWriter<SharedContent>('content', [
  ['id', 'bigint', (content) => content.id],
  ['left_over', 'integer', (content) => content.deliveries],
  ['json', 'text', (content) => content.json],
]);
/** Of `delivery` d and `content` c. */
export const DELIVERY_COLUMNS = `d.id, d.message, d.at, d.ended_at, d.expires_at, d.content, d.notification, d.recipient, d.state, d.rank, d.reason, d.dedupe, d.group_key,
  coalesce(d.json, c.json) AS json`;

/** The deliveries that one transaction reads, makes and changes: each is one object, the same for every caller. */
export class DeliverySet {
  private readonly byId = new Map<number, Delivery>();
  private fresh: Delivery[] = [];
  private readonly changed = new Set<Delivery>();
  /** By message and dedupe key, what was live there last. */
  private readonly byDedupe = new Map<string, Delivery>();
  private contents: SharedContent[] = [];
  private expiries: Delivery[] = [];

  constructor(private readonly queries: Queries) {}

  get hasChanges(): boolean {
    return this.fresh.length > 0 || this.changed.size > 0;
  }

  add(delivery: Delivery): void {
    this.remember(delivery);
    this.fresh.push(delivery);
    if (delivery.expiresAt !== null && delivery.state === 0) this.expiries.push(delivery);
  }

  addContent(id: number, deliveries: number, json: string): void {
    this.contents.push({ id, deliveries, json });
  }

  get(id: number): Delivery | undefined {
    return this.byId.get(id);
  }

  /** The live delivery of a message with a dedupe key, of those that are known. */
  keyed(message: number, key: string): Delivery | undefined {
    const found = this.byDedupe.get(`${message} ${key}`);
    return found?.state === 0 && found.message === message ? found : undefined;
  }

  async load(ids: readonly number[]): Promise<void> {
    const unknown = ids.filter((id) => !this.byId.has(id));
    if (unknown.length === 0) return;
    const text = `SELECT ${DELIVERY_COLUMNS} FROM delivery d LEFT JOIN content c ON c.id = d.content WHERE d.id = ANY($1::bigint[])`;
    for (const row of await this.queries.query<DeliveryRow>(text, [unknown])) this.know(row);
  }

  /** The live deliveries of messages whose changes are written, by message, oldest first. */
  async liveOf(holders: readonly Holder[]): Promise<ReadonlyMap<number, readonly Delivery[]>> {
    const text = `SELECT ${DELIVERY_COLUMNS} FROM unnest($1::bigint[], $2::bigint[], $3::bigint[]) AS h (id, first, last)
      JOIN delivery d ON d.message = h.id AND d.id >= h.first AND d.id <= h.last AND d.state = 0 LEFT JOIN content c ON c.id = d.content
      ORDER BY d.message, d.id`;
    const values = [holders.map(({ id }) => id), holders.map(({ first }) => first), holders.map(({ last }) => last)];
    const rows = holders.length === 0 ? [] : await this.queries.query<DeliveryRow>(text, values);
    return Map.groupBy(
      rows.map((row) => this.know(row)),
      ({ message }) => message,
    );
  }

  /** The live deliveries of messages that are stored, by message, oldest first. */
  async liveOfMessages(ids: readonly number[]): Promise<ReadonlyMap<number, readonly Delivery[]>> {
    const text = `SELECT ${DELIVERY_COLUMNS} FROM message m JOIN delivery d ON d.message = m.id AND d.id >= m.first AND d.id <= m.last AND d.state = 0
      LEFT JOIN content c ON c.id = d.content WHERE m.id = ANY($1::bigint[]) ORDER BY d.message, d.id`;
    const rows = await this.queries.query<DeliveryRow>(text, [ids]);
    return Map.groupBy(
      rows.map((row) => this.know(row)),
      ({ message }) => message,
    );
  }

  /** The live deliveries of messages with one of these dedupe keys; only what is written is found. */
  async loadKeyed(messages: readonly number[], keys: readonly string[]): Promise<void> {
    const text = `SELECT ${DELIVERY_COLUMNS} FROM (SELECT DISTINCT * FROM unnest($1::bigint[], $2::text[])) AS k (message, dedupe)
      JOIN delivery d ON d.message = k.message AND d.dedupe = k.dedupe AND d.state = 0 LEFT JOIN content c ON c.id = d.content`;
    if (messages.length === 0) return;
    for (const row of await this.queries.query<DeliveryRow>(text, [messages, keys])) this.know(row);
  }

  end(delivery: Delivery, state: 'cancelled' | 'expired' | 'replaced', reason: FailureReason, at: number): void {
    delivery.state = STATE_NUMBER[state];
    delivery.endedAt = at;
    delivery.reason = reason === state ? null : reason;
    this.changed.add(delivery);
  }

  move(delivery: Delivery, message: number): void {
    delivery.message = message;
    this.remember(delivery);
    this.changed.add(delivery);
  }

  write(): void {
    const { fresh, contents, expiries } = this;
    for (const delivery of fresh) this.changed.delete(delivery);
    const changed = [...this.changed];
    [this.fresh, this.contents, this.expiries] = [[], [], []];
    this.changed.clear();
    if (contents.length > 0) this.queries.send(CONTENTS.insert, CONTENTS.values(contents));
    if (fresh.length > 0) this.queries.send(DELIVERY_ROWS.insert, DELIVERY_ROWS.values(fresh));
    if (changed.length > 0) this.queries.send(CHANGED.update, CHANGED.values(changed));
    if (expiries.length === 0) return;
    this.queries.send(
      'INSERT INTO expiry (at, delivery) SELECT * FROM unnest($1::bigint[], $2::bigint[]) ON CONFLICT DO NOTHING',
      [expiries.map(({ expiresAt }) => expiresAt), expiries.map(({ id }) => id)],
    );
  }

  private know(row: DeliveryRow): Delivery {
    const known = this.byId.get(row.id);
    if (known !== undefined) return known;
    const delivery = deliveryOf(row);
    this.remember(delivery);
    return delivery;
  }

  private remember(delivery: Delivery): void {
    this.byId.set(delivery.id, delivery);
    if (delivery.dedupe !== null) this.byDedupe.set(`${delivery.message} ${delivery.dedupe}`, delivery);
  }
}

function deliveryOf(row: DeliveryRow): Delivery {
  return {
    id: row.id,
    message: row.message,
    at: row.at,
    endedAt: row.ended_at,
    expiresAt: row.expires_at,
    content: row.content,
    notification: row.notification,
    recipient: row.recipient,
    state: row.state,
    rank: row.rank,
    reason: row.reason,
    dedupe: row.dedupe,
    groupKey: row.group_key,
    json: row.json,
  };
}

import { bucketOf, hashOf, padded, rowAt } from './keys.js';
import { deliveryOf, packedDelivery, sharedBy, storedRow, type StoredRow } from './delivery-codec.js';
import { type Delivery, isLive, type Message } from './message.js';
import { type RedisCommand } from './redis-client.js';
import { type Tx } from './tx.js';

/** Ids that stand in the row of their message; more of them are a list of their own. */
const INLINE = 16;

/** Members of `kx` of what has a `groupKey` or a `dedupeKey` begin so. */
export function keyPrefix(kind: 'g' | 'k', key: string): string {
  return `${kind}${hashOf(key)}`;
}

function keyMembers({ id, content: { groupKey, dedupeKey } }: Delivery): readonly string[] {
  return [
    ...(groupKey === undefined ? [] : [keyPrefix('g', groupKey) + padded(id)]),
    ...(dedupeKey === undefined ? [] : [keyPrefix('k', dedupeKey) + padded(id)]),
  ];
}

/** Reads rows of deliveries with their contents. */
export async function readDeliveries(
  ids: readonly number[],
  read: (commands: readonly RedisCommand[]) => Promise<readonly unknown[]>,
): Promise<ReadonlyMap<number, Delivery>> {
  if (ids.length === 0) return new Map();
  const buckets = [...Map.groupBy(ids, bucketOf).values()];
  const answers = await read(buckets.map((own) => ['HMGET', rowAt('d', own[0] ?? 0)[0], ...own.map((id) => rowAt('d', id)[1])]));
  const rows = buckets.flatMap((own, index) => {
    const texts = answers[index] as readonly (string | null)[];
    return own.flatMap((id, at) => {
      const text = texts[at];
      return text === null || text === undefined ? [] : [storedRow(id, text)];
    });
  });
  return withContents(rows, read);
}

/** Rows with the contents that they share. */
export async function withContents(
  rows: readonly StoredRow[],
  read: (commands: readonly RedisCommand[]) => Promise<readonly unknown[]>,
): Promise<ReadonlyMap<number, Delivery>> {
  const shared = [...new Set(rows.map(sharedBy))].filter((id) => id !== undefined);
  const contents = shared.length === 0 ? [] : await read(shared.map((id) => ['HGET', `c:${id}`, 'j']));
  const byId = new Map(shared.map((id, index) => [id, (contents[index] ?? undefined) as string | undefined]));
  return new Map(rows.map((row) => [row.id, deliveryOf(row, byId.get(sharedBy(row) ?? 0))]));
}

/** The ids of a message's deliveries, or the newest of them, in the order of acceptance. */
export function idsCommand({ id }: Message, newest?: number): RedisCommand {
  return ['LRANGE', `e:${id}`, newest === undefined ? 0 : -newest, -1];
}

/** The deliveries of a transaction. They change only with the row of their message, which is what is looked at when the transaction is written. */
export class DeliverySet {
  private readonly known = new Map<number, Delivery>();
  private readonly dirty = new Set<number>();
  private readonly dropped = new Map<number, Delivery>();
  /** By message: all of its deliveries. */
  private readonly lists = new Map<number, number[]>();
  /** By message: what is appended to its list, which is written again when `whole`. */
  private readonly lines = new Map<number, { whole: boolean; ids: number[] }>();

  constructor(private readonly tx: Tx) {}

  get(id: number): Delivery | undefined {
    return this.dropped.has(id) ? undefined : this.known.get(id);
  }

  async load(ids: readonly number[]): Promise<readonly Delivery[]> {
    const missing = ids.filter((id) => !this.known.has(id));
    for (const [id, delivery] of await readDeliveries(missing, (commands) => this.tx.read(commands)))
      this.known.set(id, delivery);
    return ids.flatMap((id) => this.get(id) ?? []);
  }

  /** Reads all deliveries of messages that are loaded. */
  async loadOf(messages: readonly Message[]): Promise<void> {
    const missing = messages.filter(({ id }) => !this.lists.has(id));
    const listed = missing.filter(({ ids }) => ids === undefined);
    const lists = await this.tx.read(listed.map((message) => idsCommand(message)));
    listed.forEach(({ id }, index) => {
      const line = this.lines.get(id);
      const stored = line?.whole === true ? [] : (lists[index] as readonly string[]).map(Number);
      this.lists.set(id, [...stored, ...(line?.ids ?? [])]);
    });
    for (const { id, ids } of missing) if (ids !== undefined) this.lists.set(id, [...ids]);
    await this.load(missing.flatMap(({ id }) => this.lists.get(id) ?? []));
  }

  /** All deliveries of a message that `loadOf` read, those that ended alone included. */
  of({ id }: Message): readonly Delivery[] {
    return (this.lists.get(id) ?? []).flatMap((delivery) => this.get(delivery) ?? []);
  }

  liveOf(message: Message): readonly Delivery[] {
    return this.of(message).filter(isLive);
  }

  add(delivery: Delivery): void {
    this.known.set(delivery.id, delivery);
    this.touch(delivery);
    for (const member of keyMembers(delivery)) this.tx.write('ZADD', 'kx', 0, member);
  }

  /** It is not found by its keys any more. */
  removeKeys(delivery: Delivery): void {
    for (const member of keyMembers(delivery)) this.tx.write('ZREM', 'kx', member);
  }

  touch({ id }: Delivery): void {
    this.dirty.add(id);
  }

  /** Appends to the deliveries of a message. */
  append(message: Message, { id }: Delivery): void {
    message.total++;
    this.lists.get(message.id)?.push(id);
    if (message.ids !== undefined && message.ids.length < INLINE) {
      message.ids.push(id);
      return;
    }
    const line = this.lines.get(message.id) ?? { whole: false, ids: [...(message.ids ?? [])] };
    message.ids = undefined;
    line.ids.push(id);
    this.lines.set(message.id, line);
  }

  /** Leaves a message, whose deliveries are loaded, those that are named. */
  keepOnly(message: Message, ids: readonly number[]): void {
    const kept = [...ids];
    const wasListed = message.ids === undefined;
    this.lists.set(message.id, [...kept]);
    message.total = kept.length;
    message.ids = kept.length <= INLINE ? kept : undefined;
    if (wasListed || message.ids === undefined) {
      this.lines.set(message.id, { whole: true, ids: message.ids === undefined ? [...kept] : [] });
    }
  }

  /** Its row goes away. */
  drop(delivery: Delivery): void {
    this.dropped.set(delivery.id, delivery);
    this.dirty.delete(delivery.id);
    this.unshare(delivery);
    this.removeKeys(delivery);
  }

  /** It no longer shares a content, which goes away with the last one that has it. */
  unshare(delivery: Delivery): void {
    const { sharedBy: shared } = delivery;
    if (shared === undefined) return;
    this.tx.write('UNREF', `c:${shared}`, `f:${shared}`);
    delivery.sharedBy = undefined;
  }

  /** Hands what changed to the transaction. */
  finish(): void {
    const buckets = Map.groupBy(
      [...this.dirty].flatMap((id) => this.get(id) ?? []),
      ({ id }) => bucketOf(id),
    );
    for (const [bucket, own] of buckets) {
      const fields = own.flatMap((delivery) => [rowAt('d', delivery.id)[1], packedDelivery(delivery)]);
      this.tx.write('HSET', `d:${bucket}`, ...fields);
      this.tx.write('ZADD', 'db', bucket, bucket);
    }
    for (const id of this.dropped.keys()) {
      const [key, field] = rowAt('d', id);
      this.tx.write('DROP', key, field, 'db', bucketOf(id));
    }
    for (const [id, { whole, ids }] of this.lines) {
      if (whole) this.tx.write('DEL', `e:${id}`);
      if (ids.length > 0) this.tx.write('RPUSH', `e:${id}`, ...ids);
    }
  }
}

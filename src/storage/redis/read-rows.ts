import { type Context } from './context.js';
import { readDeliveries, idsCommand } from './delivery-set.js';
import { ADDRESS_END, idOf, padded, rowAt } from './keys.js';
import { type Delivery, type Message } from './message.js';
import { policyIn, rowOf, unpacked } from './message-codec.js';
import { loadPolicies, type MemberRange, rangeCommand } from './message-set.js';
import { type RedisCommand } from './redis-client.js';

/** Sends commands and answers in their order. */
export type Read = (commands: readonly RedisCommand[]) => Promise<readonly unknown[]>;

/** Reads for pages: what they show may change while they read. */
export class RowReader {
  constructor(
    readonly read: Read,
    readonly context: Context,
  ) {}

  /** Those that there are, in the order given. */
  async messages(ids: readonly number[]): Promise<readonly Message[]> {
    const found = await this.messagesById(ids);
    return ids.flatMap((id) => found.get(id) ?? []);
  }

  async messagesById(ids: Iterable<number>): Promise<ReadonlyMap<number, Message>> {
    const wanted = [...new Set(ids)];
    const texts = await this.read(wanted.map((id) => ['HGET', ...rowAt('m', id)]));
    return this.unpack(wanted.flatMap((id, index) => (typeof texts[index] === 'string' ? [[id, texts[index]] as const] : [])));
  }

  /** Rows as they are stored, with what stands before them. */
  async unpack(stored: readonly (readonly [id: number, text: string])[]): Promise<ReadonlyMap<number, Message>> {
    const { policies } = this.context;
    const rows = stored.map(([id, text]) => [id, rowOf(text.slice(text.indexOf('|') + 1))] as const);
    await loadPolicies(
      policies,
      rows.map(([, row]) => policyIn(row)),
      this.read,
    );
    return new Map(rows.map(([id, row]) => [id, unpacked(id, row, policies)]));
  }

  deliveries(ids: readonly number[]): Promise<ReadonlyMap<number, Delivery>> {
    return readDeliveries(ids, this.read);
  }

  /** The deliveries of messages, in the order of acceptance; of each at most the newest so many. */
  async deliveriesOf(messages: readonly Message[], newest?: number): Promise<ReadonlyMap<number, readonly Delivery[]>> {
    const listed = messages.filter(({ ids }) => ids === undefined);
    const lists = await this.read(listed.map((message) => idsCommand(message, newest)));
    const idsOf = new Map(messages.map(({ id, ids = [] }) => [id, newest === undefined ? ids : ids.slice(-newest)]));
    listed.forEach(({ id }, index) => idsOf.set(id, (lists[index] as readonly string[]).map(Number)));
    const found = await this.deliveries([...idsOf.values()].flat());
    return new Map([...idsOf].map(([message, ids]) => [message, ids.flatMap((id) => ownOf(found.get(id), message))]));
  }

  /** The messages that stand in a part of a sorted set, in its order. */
  async inSet(key: string, range: MemberRange): Promise<readonly number[]> {
    const [answer] = await this.read([rangeCommand(key, range, range.limit ?? Infinity)]);
    const members = answer as readonly string[];
    return (range.by === 'score' ? members.filter((_, index) => index % 2 === 0) : members).map(idOf);
  }

  /** Those with a number as their score that is less, the greatest first. */
  async below(key: string, before: number, limit: number): Promise<readonly number[]> {
    const max = Number.isFinite(before) ? `(${before}` : '+inf';
    const [members] = await this.read([['ZRANGE', key, max, '-inf', 'BYSCORE', 'REV', 'LIMIT', 0, limit]]);
    return (members as readonly string[]).map(idOf);
  }

  /** Of an address: messages that are pending, or over, with ids behind `after` and up to `until`. */
  async ofAddress(
    channel: string,
    address: string,
    kind: 'p' | 'f',
    { after = 0, until, limit }: { readonly after?: number; readonly until?: number; readonly limit: number },
  ): Promise<readonly number[]> {
    const start = `${address}${ADDRESS_END}${kind}`;
    const max = until === undefined ? `(${start}~` : `[${start}${padded(until)}`;
    return this.inSet(`at:${channel}`, { by: 'lex', min: `(${start}${padded(after)}`, max, limit });
  }

  async newest(kind: 'd' | 'm'): Promise<number> {
    const [last] = await this.read([['HGET', 'seq', kind]]);
    return Number(last ?? 0);
  }
}

/** It may have gone on to another message. */
function ownOf(delivery: Delivery | undefined, message: number): readonly Delivery[] {
  return delivery?.message === message ? [delivery] : [];
}

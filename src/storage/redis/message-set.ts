import { idOf, rowAt } from './keys.js';
import { isPending, type Message } from './message.js';
import { packed, policyIn, rowOf, unpacked } from './message-codec.js';
import { countsOf, type Place, placesOf, talliesOf } from './places.js';
import { type Policies } from './policies.js';
import { type RedisCommand } from './redis-client.js';
import { type Tx } from './tx.js';

interface Known {
  readonly message: Message;
  /** Its row as it was read; undefined: it is new. */
  readonly raw: string | undefined;
  /** Its live deliveries, if they were pending then. */
  readonly pendingBefore: number;
  /** Its row goes away; what was counted for good stays counted. */
  deleted: boolean;
}

/** Which members of a sorted set are read. */
export type MemberRange =
  | { readonly by: 'score'; readonly min: string; readonly max: string; readonly limit?: number }
  | { readonly by: 'lex'; readonly min: string; readonly max: string; readonly limit?: number };

/**
 * The messages of a transaction. Where each stands in the sorted sets, and how it is counted, is worked out from its row before and after: nothing else
 * has to be remembered, and nothing can be forgotten.
 */
export class MessageSet {
  private readonly known = new Map<number, Known>();
  private readonly deltas = new Map<string, { readonly key: string; readonly field: string; count: number }>();

  constructor(
    private readonly tx: Tx,
    private readonly policies: Policies,
  ) {}

  /** Reads messages; each must be the same when the transaction is written. Returns those that there are, in the order given. */
  async load(ids: readonly number[]): Promise<readonly Message[]> {
    const missing = [...new Set(ids)].filter((id) => !this.known.has(id));
    await this.tx.load(missing.map((id) => rowAt('m', id)));
    const found = missing.flatMap((id) => {
      const raw = this.tx.peek(...rowAt('m', id));
      return raw === undefined ? [] : [{ id, raw, row: rowOf(raw) }];
    });
    await loadPolicies(
      this.policies,
      found.map(({ row }) => policyIn(row)),
      (commands) => this.tx.read(commands),
    );
    for (const { id, raw, row } of found) {
      const message = unpacked(id, row, this.policies);
      this.known.set(id, { message, raw, pendingBefore: isPending(message) ? message.count : 0, deleted: false });
    }
    return ids.flatMap((id) => this.get(id) ?? []);
  }

  /** Of those that are loaded or new. */
  get(id: number): Message | undefined {
    const known = this.known.get(id);
    return known === undefined || known.deleted ? undefined : known.message;
  }

  all(): readonly Message[] {
    return [...this.known.values()].flatMap(({ message, deleted }) => (deleted ? [] : [message]));
  }

  async add(message: Message): Promise<Message> {
    await this.tx.load([rowAt('m', message.id)]);
    this.known.set(message.id, { message, raw: undefined, pendingBefore: 0, deleted: false });
    return message;
  }

  delete({ id }: Message): void {
    const known = this.known.get(id);
    if (known !== undefined) known.deleted = true;
  }

  /** A delivery is counted for good. */
  count(key: string, field: string, by: number): void {
    const name = `${key}\n${field}`;
    const delta = this.deltas.get(name);
    if (delta === undefined) this.deltas.set(name, { key, field, count: by });
    else delta.count += by;
  }

  /** Messages that stand in a sorted set, in its order, as this transaction has it. */
  async inSet(key: string, range: MemberRange): Promise<readonly number[]> {
    const { limit = Infinity } = range;
    const most = Number.isFinite(limit) ? limit + this.known.size : Infinity;
    const [answer] = await this.tx.read([rangeCommand(key, range, most)]);
    const listed = range.by === 'score' ? pairsOf(answer as readonly string[]) : membersOf(answer as readonly string[]);
    const own = [...this.known.values()]
      .filter(({ deleted }) => !deleted)
      .flatMap(({ message }) => placesOf(message).filter((place) => place.key === key && isWithin(place, range)));
    if (own.length === 0 && listed.every(({ member }) => !this.known.has(idOf(member)))) {
      return listed.slice(0, limit).map(({ member }) => idOf(member));
    }
    const merged = [...listed.filter(({ member }) => !this.known.has(idOf(member))), ...own];
    merged.sort((a, b) => a.score - b.score || (a.member < b.member ? -1 : 1));
    return merged.slice(0, limit).map(({ member }) => idOf(member));
  }

  /** How many more deliveries are pending than before this transaction. */
  get pendingAdded(): number {
    let added = 0;
    for (const { message, pendingBefore, deleted } of this.known.values()) {
      added += (!deleted && isPending(message) ? message.count : 0) - pendingBefore;
    }
    return added;
  }

  /** How much this transaction changes counts of a key by so far, by their fields. */
  tallied(key: string): ReadonlyMap<string, number> {
    const sums = new Map<string, number>();
    for (const { message, raw, deleted } of this.known.values()) {
      const before = raw === undefined ? [] : talliesOf(this.before(message.id, raw));
      const after = deleted ? [] : talliesOf(message);
      for (const [of, field, count] of before) if (of === key) sums.set(field, (sums.get(field) ?? 0) - count);
      for (const [of, field, count] of after) if (of === key) sums.set(field, (sums.get(field) ?? 0) + count);
    }
    return sums;
  }

  /** Hands what changed to the transaction. Returns the messages that changed, as they were and as they are. */
  finish(): readonly { readonly before: Message | undefined; readonly after: Message | undefined }[] {
    const changes: { before: Message | undefined; after: Message | undefined }[] = [];
    const named = new Map<string, string>();
    for (const { message, raw, deleted } of this.known.values()) {
      const text = deleted ? undefined : packed(message, this.policies);
      if (text === raw) continue;
      const before = raw === undefined ? undefined : this.before(message.id, raw);
      const after = deleted ? undefined : message;
      const name = after?.policy === undefined ? undefined : this.policies.nameOf(after.policy);
      if (name !== undefined && !this.policies.isStored(name)) named.set(name, JSON.stringify(after?.policy));
      this.tx.put(...rowAt('m', message.id), text);
      this.move(before, after);
      changes.push({ before, after });
    }
    for (const { key, field, count } of this.deltas.values()) if (count !== 0) this.tx.write('COUNT', key, field, count);
    for (const [name, json] of named) this.tx.write('HSET', 'pol', name, json);
    this.newPolicies = [...named.keys()];
    return changes;
  }

  /** Policies that were written with the transaction. */
  newPolicies: readonly string[] = [];

  private before(id: number, raw: string): Message {
    return unpacked(id, rowOf(raw), this.policies);
  }

  private move(before: Message | undefined, after: Message | undefined): void {
    const old = new Map((before === undefined ? [] : placesOf(before)).map((place) => [`${place.key}\n${place.member}`, place]));
    for (const place of after === undefined ? [] : placesOf(after)) {
      const name = `${place.key}\n${place.member}`;
      if (old.get(name)?.score !== place.score) this.tx.write('ZADD', place.key, place.score, place.member);
      old.delete(name);
    }
    for (const { key, member } of old.values()) this.tx.write('ZREM', key, member);
    for (const [sign, at] of [
      [-1, before],
      [1, after],
    ] as const) {
      if (at === undefined) continue;
      for (const [key, field, count] of talliesOf(at)) this.count(key, field, sign * count);
      if (after !== undefined) for (const [key, field, count] of countsOf(at)) this.count(key, field, sign * count);
    }
  }
}

/** Reads the policies of rows that are not known yet. */
export async function loadPolicies(
  policies: Policies,
  names: readonly (string | undefined)[],
  read: (commands: readonly RedisCommand[]) => Promise<readonly unknown[]>,
): Promise<void> {
  const unknown = [...new Set(names)].filter((name) => name !== undefined && policies.named(name) === undefined);
  const wanted = unknown.filter((name) => name !== undefined);
  if (wanted.length === 0) return;
  const [jsons] = (await read([['HMGET', 'pol', ...wanted]])) as readonly [readonly (string | null)[]];
  wanted.forEach((name, index) => {
    const json = jsons[index];
    if (json !== null && json !== undefined) policies.learn(name, json);
  });
}

/** The command that reads a range. */
export function rangeCommand(key: string, { by, min, max }: MemberRange, limit: number): RedisCommand {
  const most = Number.isFinite(limit) ? limit : -1;
  return by === 'score'
    ? ['ZRANGE', key, min, max, 'BYSCORE', 'LIMIT', 0, most, 'WITHSCORES']
    : ['ZRANGE', key, min, max, 'BYLEX', 'LIMIT', 0, most];
}

function pairsOf(flat: readonly string[]): Pick<Place, 'member' | 'score'>[] {
  const pairs: Pick<Place, 'member' | 'score'>[] = [];
  for (let at = 0; at + 1 < flat.length; at += 2) pairs.push({ member: flat[at] ?? '', score: Number(flat[at + 1]) });
  return pairs;
}

function membersOf(members: readonly string[]): Pick<Place, 'member' | 'score'>[] {
  return members.map((member) => ({ member, score: 0 }));
}

/** Bounds are as Redis has them: `(` excludes, `[` includes, `-inf`, `+inf`. */
function isWithin({ member, score }: Place, { by, min, max }: MemberRange): boolean {
  if (by === 'lex') {
    const [low, high] = [min.slice(1), max.slice(1)];
    return (min[0] === '(' ? member > low : member >= low) && (max[0] === '(' ? member < high : member <= high);
  }
  const low = min === '-inf' ? -Infinity : Number(min.replace('(', ''));
  const high = max === '+inf' ? Infinity : Number(max.replace('(', ''));
  return (min.startsWith('(') ? score > low : score >= low) && (max.startsWith('(') ? score < high : score <= high);
}

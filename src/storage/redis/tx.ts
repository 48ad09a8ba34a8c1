import { StoreFailedError } from '../../model/errors.js';
import { type RedisConnection } from './connection.js';
import { type RedisArgument, type RedisCommand } from './redis-client.js';
import { COMMIT } from './scripts.js';

/** A field of a hash that changes as a whole, with the transaction that wrote it last. */
interface Cell {
  readonly key: string;
  readonly field: string;
  /** The beginning of what is stored, which nobody else writes again; empty when there is nothing. */
  readonly version: string;
  readonly stored: string | undefined;
  value: string | undefined;
}

/** Somebody changed what a transaction had read: it is made again. */
export class ChangedError extends Error {}

/** One write: a command of Redis, or one of the script `COMMIT`. The second word is the key without the prefix. */
export type Write = readonly [command: string, key: string, ...args: RedisArgument[]];

const ARGUMENTS = 1_000;

/**
 * Read, compute, write: what is read as a cell must be the same when the writes are done, or nothing of them is done. A version is of one transaction
 * alone, so that what was changed twice is not taken for unchanged.
 */
export class Tx {
  /** Of what it writes. */
  readonly version: string;
  private readonly cells = new Map<string, Cell>();
  private readonly writes: Write[] = [];

  /**
   * @param slot   of those that make one transaction after another
   * @param number of this one in its slot
   */
  constructor(
    private readonly connection: RedisConnection,
    readonly what: string,
    private readonly slot: string,
    private readonly number: number,
  ) {
    this.version = `${slot}.${number.toString(36)}`;
  }

  /** Reads cells that were not read yet, with one round trip. */
  async load(wanted: readonly (readonly [key: string, field: string])[]): Promise<void> {
    const missing = new Map<string, Set<string>>();
    for (const [key, field] of wanted) {
      if (this.cells.has(nameOf(key, field))) continue;
      const fields = missing.get(key) ?? new Set();
      missing.set(key, fields.add(field));
    }
    if (missing.size === 0) return;
    const groups = [...missing].map(([key, fields]) => ({ key, fields: [...fields] }));
    const answers = await this.read(groups.map(({ key, fields }) => ['HMGET', key, ...fields]));
    groups.forEach(({ key, fields }, index) => {
      const values = answers[index] as readonly (string | null)[];
      fields.forEach((field, at) => this.learn(key, field, values[at] ?? undefined));
    });
  }

  async get(key: string, field: string): Promise<string | undefined> {
    await this.load([[key, field]]);
    return this.peek(key, field);
  }

  /** The value of a cell that is loaded. */
  peek(key: string, field: string): string | undefined {
    return this.cells.get(nameOf(key, field))?.value;
  }

  /** Changes a cell that is loaded; undefined deletes it. */
  put(key: string, field: string, value: string | undefined): void {
    const cell = this.cells.get(nameOf(key, field));
    if (cell === undefined) throw new TypeError(`the cell ${key} ${field} was not read`);
    cell.value = value;
  }

  /** Writes besides the cells, when the transaction is written. */
  write(...write: Write): void {
    this.writes.push(write);
  }

  /** Reads what is no cell: nothing of it is looked at again. */
  read(commands: readonly RedisCommand[]): Promise<readonly unknown[]> {
    return this.connection.run(this.what, commands);
  }

  async bytes(...[name, key, ...args]: readonly [string, string, ...RedisArgument[]]): Promise<unknown> {
    return this.connection.bytes(this.what, name, key, ...args);
  }

  /**
   * Writes everything, or nothing.
   *
   * @throws ChangedError, StoreFailedError
   */
  async commit(): Promise<void> {
    const changed = [...this.cells.values()].filter(({ stored, value }) => stored !== value);
    const writes: Write[] = changed.map(({ key, field, value }) =>
      value === undefined ? ['HDEL', key, field] : ['HSET', key, field, `${this.version}|${value}`],
    );
    writes.push(...this.writes);
    if (writes.length === 0) return;
    const cells = [...this.cells.values()];
    const args: RedisArgument[] = [this.connection.prefix, this.slot, this.number, cells.length];
    for (const { key, field, version: before } of cells) args.push(key, field, before);
    for (const write of writes.flatMap(shortened)) args.push(write.length, ...write);
    const answer = (await this.connection.eval(this.what, COMMIT, 'tx', args, true)) as readonly string[];
    if (answer[0] === 'changed') throw new ChangedError(answer.slice(1).join(' '));
    if (answer[0] !== 'written') throw new StoreFailedError(this.what);
  }

  private learn(key: string, field: string, raw: string | undefined): void {
    const end = raw?.indexOf('|') ?? -1;
    const stored = raw?.slice(end + 1);
    this.cells.set(nameOf(key, field), { key, field, version: raw?.slice(0, end + 1) ?? '', stored, value: stored });
  }
}

function nameOf(key: string, field: string): string {
  return `${key}\n${field}`;
}

/** The same as writes of a bounded number of words: Lua hands over no more at once. */
function shortened([command, key, ...args]: Write): readonly Write[] {
  if (args.length <= ARGUMENTS) return [[command, key, ...args]];
  const parts: Write[] = [];
  for (let at = 0; at < args.length; at += ARGUMENTS) parts.push([command, key, ...args.slice(at, at + ARGUMENTS)]);
  return parts;
}

import { type PgPoolClient, type PgQuery, type PgResult, type PgTypes } from './pg-client.js';

/** Statements of one transaction. Tables are named without their schema. */
export interface Queries {
  /** Resolves with the rows. 64-bit integers are numbers. */
  query<Row>(text: string, values?: readonly unknown[]): Promise<readonly Row[]>;
  /** Resolves with how many rows were changed. */
  run(text: string, values?: readonly unknown[]): Promise<number>;
  /** Sends a statement whose result is not needed. When it fails, the transaction fails: nobody has to wait for it. */
  send(text: string, values?: readonly unknown[]): void;
}

/** Type oids of `bigint` and `bigint[]` (pg_type.dat). */
const INT8 = 20;
const INT8_ARRAY = 1016;

/** How results are read: ids and epoch ms stay below 2^53. */
export function resultTypes(library: PgTypes): PgTypes {
  return {
    getTypeParser: (oid, format) => {
      if (oid === INT8) return Number;
      return oid === INT8_ARRAY ? numbersOf : library.getTypeParser(oid, format);
    },
  };
}

function numbersOf(text: string): readonly number[] {
  return text === '{}' ? [] : text.slice(1, -1).split(',').map(Number);
}

/** One transaction on one connection. */
export class Transaction implements Queries {
  /** What nobody waits for. */
  private readonly sent: Promise<unknown>[] = [];
  /** Of a client that takes one query at a time. */
  private last: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly client: PgPoolClient,
    private readonly settings: Pick<PgQuery, 'query_timeout' | 'types'>,
  ) {}

  async query<Row>(text: string, values?: readonly unknown[]): Promise<readonly Row[]> {
    return (await this.execute(text, values)).rows as readonly Row[];
  }

  async run(text: string, values?: readonly unknown[]): Promise<number> {
    return (await this.execute(text, values)).rowCount ?? 0;
  }

  send(text: string, values?: readonly unknown[]): void {
    const sending = this.execute(text, values);
    // It is looked at by `settled`; until then it must not count as unhandled.
    sending.catch(() => undefined);
    this.sent.push(sending);
  }

  /** @throws what a statement that was sent failed with */
  async settled(): Promise<void> {
    await Promise.all(this.sent);
  }

  /** The result of the last one when the text has several statements. */
  async execute(text: string, values?: readonly unknown[]): Promise<PgResult> {
    const query = { text, ...this.settings, ...(values === undefined ? {} : { values: [...values] }) };
    const result = await (this.client.pipeline === true ? this.client.query(query) : this.queued(query));
    return lastOf(result);
  }

  private queued(query: PgQuery): Promise<PgResult | readonly PgResult[]> {
    const next = this.last.then(() => this.client.query(query));
    this.last = next.catch(() => undefined);
    return next;
  }
}

function lastOf(result: PgResult | readonly PgResult[]): PgResult {
  if (!isList(result)) return result;
  const last = result.at(-1);
  if (last === undefined) throw new TypeError('a query without a result');
  return last;
}

function isList(result: PgResult | readonly PgResult[]): result is readonly PgResult[] {
  return Array.isArray(result);
}

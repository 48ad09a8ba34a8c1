import { type WindowPolicy } from '../../model/window.js';
import { parsed } from '../stored-json.js';
import { numberHash } from './hash.js';
import { type Queries } from './transaction.js';

/** Stands for a policy whose row is damaged: its windows close at the time that they have. */
const PLAIN: WindowPolicy = {
  mode: 'fixed',
  windowMs: 300_000,
  maxCount: 20,
  maxWaitMs: 300_000,
  leadingCount: 0,
  minCount: 1,
  groupBy: 'groupKey',
  render: { limit: 20, keep: 'last' },
};

/** Policies by their numbers, which are hashes: every instance gives one policy the same. They are few, and stay in memory. */
export class Policies {
  private readonly known = new Map<number, WindowPolicy>();
  private readonly numbers = new Map<string, number>();
  private readonly byObject = new WeakMap<WindowPolicy, number>();
  /** What is in the database for sure. */
  private readonly stored = new Set<number>();

  numberOf(policy: WindowPolicy): number {
    let number = this.byObject.get(policy);
    if (number === undefined) {
      const json = JSON.stringify(policy);
      number = this.numbers.get(json) ?? numberHash(json);
      this.numbers.set(json, number);
      this.byObject.set(policy, number);
      if (!this.known.has(number)) this.known.set(number, policy);
    }
    return number;
  }

  get(number: number): WindowPolicy | undefined {
    return this.known.get(number);
  }

  /** Of a window, which must have one. */
  ofWindow(number: number): WindowPolicy {
    return this.known.get(number) ?? PLAIN;
  }

  /** Has policies at hand that rows name. */
  async load(queries: Queries, numbers: Iterable<number | null>): Promise<void> {
    const missing = [...new Set(numbers)].filter((number) => number !== null && !this.known.has(number));
    if (missing.length === 0) return;
    const text = 'SELECT id, json FROM policy WHERE id = ANY($1::bigint[])';
    for (const { id, json } of await queries.query<{ readonly id: number; readonly json: string }>(text, [missing])) {
      this.known.set(id, (parsed(json) as WindowPolicy | undefined) ?? PLAIN);
      this.stored.add(id);
    }
  }

  /** Writes those that rows of this transaction name; returns what to call once it is committed. */
  write(queries: Queries, numbers: Iterable<number | null>): () => void {
    const fresh = [...new Set(numbers)].filter((number) => number !== null && !this.stored.has(number)) as number[];
    if (fresh.length === 0) return () => undefined;
    fresh.sort((a, b) => a - b);
    const text = 'INSERT INTO policy (id, json) SELECT * FROM unnest($1::bigint[], $2::text[]) ON CONFLICT DO NOTHING';
    queries.send(text, [fresh, fresh.map((number) => JSON.stringify(this.known.get(number)))]);
    return () => fresh.forEach((number) => this.stored.add(number));
  }
}

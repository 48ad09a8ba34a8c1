import { type Queries } from './transaction.js';

export interface ClaimRow {
  readonly id: number;
  readonly messages: readonly number[];
}

/** Claims that one transaction has locked, and what they still hold. */
export class HeldClaims {
  private readonly byId = new Map<number, Set<number>>();
  private readonly changed = new Set<number>();

  /** Locks claims by their ids, in the order in which every transaction does. */
  async lock(queries: Queries, ids: readonly number[]): Promise<void> {
    const text = 'SELECT id, messages FROM claim WHERE id = ANY($1::bigint[]) ORDER BY id FOR UPDATE';
    this.know(await queries.query<ClaimRow>(text, [[...new Set(ids)]]));
  }

  /** Claims that are locked. */
  know(rows: readonly ClaimRow[]): void {
    for (const { id, messages } of rows) this.byId.set(id, new Set(messages));
  }

  holds(claim: number, message: number): boolean {
    return this.byId.get(claim)?.has(message) === true;
  }

  release(claim: number, message: number): void {
    if (this.byId.get(claim)?.delete(message) === true) this.changed.add(claim);
  }

  /** A claim that holds nothing any more is gone: who comes late with its token finds nothing. */
  write(queries: Queries): void {
    const gone = [...this.changed].filter((id) => this.byId.get(id)?.size === 0);
    if (gone.length > 0) queries.send('DELETE FROM claim WHERE id = ANY($1::bigint[])', [gone]);
    for (const id of this.changed) {
      const left = [...(this.byId.get(id) ?? [])];
      if (left.length > 0) queries.send('UPDATE claim SET messages = $2::bigint[] WHERE id = $1::bigint', [id, left]);
    }
    this.changed.clear();
  }
}

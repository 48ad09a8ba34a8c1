import { type FailureReason } from '../../model/failure.js';
import { type Queries } from './transaction.js';

/** Which messages become dead, or stop being so, in one transaction. */
export class DeadChanges {
  private readonly added = new Map<number, FailureReason>();
  private readonly removed = new Set<number>();

  constructor(private readonly queries: Queries) {}

  get hasChanges(): boolean {
    return this.added.size > 0 || this.removed.size > 0;
  }

  add(message: number, reason: FailureReason): void {
    this.added.set(message, reason);
  }

  remove(message: number): void {
    if (!this.added.delete(message)) this.removed.add(message);
  }

  write(): void {
    const [added, removed] = [[...this.added], [...this.removed]];
    this.added.clear();
    this.removed.clear();
    if (removed.length > 0) this.queries.send('DELETE FROM dead WHERE message = ANY($1::bigint[])', [removed]);
    if (added.length === 0) return;
    this.queries.send('INSERT INTO dead (message, reason) SELECT * FROM unnest($1::bigint[], $2::text[])', [
      added.map(([message]) => message),
      added.map(([, reason]) => reason),
    ]);
  }
}

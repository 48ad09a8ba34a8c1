import { RowWriter } from './row-writer.js';
import { type Queries } from './transaction.js';

/** A message that may be claimed. */
export interface ReadyMessage {
  readonly id: number;
  readonly channel: string;
  /** 0: critical. */
  readonly lane: number;
  readonly stamp: number;
  readonly waits: boolean;
  readonly readyAt: number;
  readonly sendBy: number | null;
}

const READY = new RowWriter<ReadyMessage>('ready', [
  ['id', 'bigint', (ready) => ready.id],
  ['channel', 'text', (ready) => ready.channel],
  ['lane', 'smallint', (ready) => ready.lane],
  ['stamp', 'double precision', (ready) => ready.stamp],
  ['waits', 'boolean', (ready) => ready.waits],
  ['ready_at', 'bigint', (ready) => ready.readyAt],
  ['send_by', 'bigint', (ready) => ready.sendBy],
]);

/** Which messages join and leave the queue in one transaction. */
export class QueueChanges {
  private readonly ready = new Map<number, ReadyMessage>();
  private readonly scheduled = new Map<number, number>();
  private readonly left = new Set<number>();
  /** Messages in the queue that this transaction holds. */
  private readonly held = new Set<number>();

  constructor(private readonly queries: Queries) {}

  get hasChanges(): boolean {
    return this.ready.size > 0 || this.scheduled.size > 0 || this.left.size > 0;
  }

  addReady(ready: ReadyMessage): void {
    this.ready.set(ready.id, ready);
    this.held.add(ready.id);
  }

  addScheduled(id: number, readyAt: number): void {
    this.scheduled.set(id, readyAt);
    this.held.add(id);
  }

  /** Takes a message that this transaction holds out of the queue. */
  remove(id: number): void {
    this.held.delete(id);
    const isNew = this.ready.delete(id) || this.scheduled.delete(id);
    if (!isNew) this.left.add(id);
  }

  /**
   * Locks messages where they stand in the queue. What is not held afterwards is not in the queue, or another transaction has it. A claim takes its
   * rows before it reads what is in the messages, so it sees what was changed under this lock.
   */
  async hold(ids: readonly number[]): Promise<void> {
    const unknown = ids.filter((id) => !this.held.has(id) && !this.left.has(id));
    if (unknown.length === 0) return;
    const text = (table: string): string =>
      `SELECT id FROM ${table} WHERE id = ANY($1::bigint[]) ORDER BY id FOR UPDATE SKIP LOCKED`;
    for (const table of ['ready', 'scheduled']) {
      for (const { id } of await this.queries.query<{ readonly id: number }>(text(table), [unknown])) this.held.add(id);
    }
  }

  /** A message that this transaction has locked in `scheduled`. */
  holdScheduled(id: number): void {
    this.held.add(id);
  }

  isHeld(id: number): boolean {
    return this.held.has(id);
  }

  write(): void {
    const [ready, scheduled, left] = [[...this.ready.values()], [...this.scheduled], [...this.left]];
    this.ready.clear();
    this.scheduled.clear();
    this.left.clear();
    if (left.length > 0) {
      this.queries.send('DELETE FROM ready WHERE id = ANY($1::bigint[])', [left]);
      this.queries.send('DELETE FROM scheduled WHERE id = ANY($1::bigint[])', [left]);
    }
    if (ready.length > 0) this.queries.send(READY.insert, READY.values(ready));
    if (scheduled.length === 0) return;
    this.queries.send('INSERT INTO scheduled (id, ready_at) SELECT * FROM unnest($1::bigint[], $2::bigint[])', [
      scheduled.map(([id]) => id),
      scheduled.map(([, readyAt]) => readyAt),
    ]);
  }
}

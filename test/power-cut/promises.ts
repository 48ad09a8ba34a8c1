import { DatabaseSync } from 'node:sqlite';
import { existsSync } from 'node:fs';
import { SqliteStore } from '../../dist/storage/sqlite/sqlite-store.js';

/** What the store has promised by some time: ids of deliveries. */
export class Promises {
  private readonly accepted = new Set<string>();
  private readonly cancelled = new Set<string>();
  private readonly delivered = new Set<string>();

  get count(): number {
    return this.accepted.size + this.cancelled.size + this.delivered.size;
  }

  /** Takes a note of the workload. */
  add(text: string): void {
    const [kind = '', ids = ''] = text.split(' ');
    const kinds: Record<string, Set<string>> = { accepted: this.accepted, cancelled: this.cancelled, delivered: this.delivered };
    for (const id of ids.split(',')) kinds[kind]?.add(id);
  }

  /** Opens a store and says what is wrong with it; nothing when every promise is kept. */
  async brokenBy(path: string, now: number): Promise<readonly string[]> {
    if (!existsSync(path))
      return this.accepted.size === 0 ? [] : [`the file is gone, with ${this.accepted.size} accepted deliveries`];
    const store = new SqliteStore({ path, maxPending: 1_000_000 });
    const broken: string[] = [];
    try {
      const { loss } = await store.open(now);
      if (loss !== undefined) broken.push(`a loss is reported: ${loss}`);
      for (const id of this.accepted) {
        const state = (await store.find(id))?.state;
        if (state === undefined) broken.push(`${id} was accepted and is lost`);
        else if (this.cancelled.has(id) && state !== 'cancelled') broken.push(`${id} was cancelled and is ${state}`);
        else if (this.delivered.has(id) && state !== 'delivered') broken.push(`${id} was delivered and is ${state}`);
      }
      const { counts, pending } = await store.snapshot();
      const total = counts.reduce((sum, { count }) => sum + count, 0);
      if (total < this.accepted.size) broken.push(`${total} deliveries are counted, and ${this.accepted.size} were accepted`);
      if (pending > total) broken.push(`${pending} of ${total} deliveries are pending`);
      await store.close();
      const db = new DatabaseSync(path);
      const check = db.prepare('PRAGMA integrity_check').all();
      db.close();
      if (check.length !== 1 || check[0]?.['integrity_check'] !== 'ok') broken.push(`it is corrupt: ${JSON.stringify(check[0])}`);
    } catch (error) {
      await store.close().catch(() => undefined);
      broken.push(`it cannot be used: ${String(error)}`);
    }
    return broken;
  }
}

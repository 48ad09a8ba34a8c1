import { type Message } from './message.js';
import { type Tx } from './tx.js';

/** The live delivery of each `dedupeKey` of open windows. It changes only with the row of its window. */
export class DedupeIndex {
  /** By window: what is known of its keys. */
  private readonly known = new Map<number, Map<string, number | undefined>>();
  private readonly changed = new Map<number, Set<string>>();
  private readonly forgotten = new Set<number>();

  constructor(private readonly tx: Tx) {}

  /** Reads what keys stand for in windows that are loaded. */
  async load(wanted: readonly { readonly window: Message; readonly key: string }[]): Promise<void> {
    const missing = wanted.filter(({ window, key }) => window.keyed === true && !this.of(window).has(key));
    const answers = await this.tx.read(missing.map(({ window, key }) => ['HGET', `k:${window.id}`, key]));
    missing.forEach(({ window, key }, index) => {
      const id = answers[index] as string | null;
      this.of(window).set(key, id === null ? undefined : Number(id));
    });
  }

  async find(window: Message, key: string): Promise<number | undefined> {
    await this.load([{ window, key }]);
    return this.of(window).get(key);
  }

  /** All keys of a window, in the order of their deliveries. */
  async all(window: Message): Promise<readonly string[]> {
    const [flat] =
      window.keyed === true ? ((await this.tx.read([['HGETALL', `k:${window.id}`]])) as readonly [readonly string[]]) : [[]];
    const keys = new Map<string, number | undefined>();
    for (let at = 0; at + 1 < flat.length; at += 2) keys.set(flat[at] ?? '', Number(flat[at + 1]));
    for (const key of this.changed.get(window.id) ?? []) keys.set(key, this.of(window).get(key));
    return [...keys]
      .filter(([, id]) => id !== undefined)
      .sort(([, a = 0], [, b = 0]) => a - b)
      .map(([key]) => key);
  }

  set(window: Message, key: string, id: number): void {
    window.keyed = true;
    this.change(window, key, id);
  }

  /** A delivery is not live any more. */
  remove(window: Message, key: string, id: number): void {
    const known = this.of(window).get(key);
    if (known === undefined || known === id) this.change(window, key, undefined);
  }

  /** The window is not open any more. */
  forget({ id }: Message): void {
    this.forgotten.add(id);
    this.changed.delete(id);
  }

  finish(): void {
    for (const [id, keys] of this.changed) {
      const known = this.known.get(id);
      for (const key of keys) {
        const delivery = known?.get(key);
        if (delivery === undefined) this.tx.write('HDEL', `k:${id}`, key);
        else this.tx.write('HSET', `k:${id}`, key, delivery);
      }
    }
    for (const id of this.forgotten) this.tx.write('DEL', `k:${id}`);
  }

  private change(window: Message, key: string, id: number | undefined): void {
    this.of(window).set(key, id);
    const changed = this.changed.get(window.id) ?? new Set();
    this.changed.set(window.id, changed.add(key));
  }

  private of({ id }: Message): Map<string, number | undefined> {
    const known = this.known.get(id) ?? new Map<string, number | undefined>();
    this.known.set(id, known);
    return known;
  }
}

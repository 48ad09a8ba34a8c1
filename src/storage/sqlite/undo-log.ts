/** Something that undoing leaves unfinished, to be put right once when all of it is undone. */
export interface Unfinished {
  finishUndo(): void;
}

/**
 * What a transaction changed in memory, so that it can be undone when the transaction fails. Whatever memory holds about the rows records its
 * changes here; reading all rows again instead would stop the process for seconds once there are many.
 *
 * Nothing is recorded outside of `begin` and `end`.
 */
export class UndoLog {
  private steps: (() => void)[] = [];
  private readonly kept = new Set<object>();
  private readonly unfinished = new Set<Unfinished>();
  private readonly counts: (() => () => void)[] = [];
  private open = false;

  /** Whether changes are recorded. */
  get isOpen(): boolean {
    return this.open;
  }

  begin(): void {
    this.open = true;
    this.mark();
  }

  /** Forgets what was recorded: the transaction holds. */
  end(): void {
    this.open = false;
    this.steps = [];
    this.kept.clear();
  }

  /** A point to roll back to. */
  mark(): number {
    const mark = this.steps.length;
    this.kept.clear();
    for (const count of this.counts) this.steps.push(count());
    return mark;
  }

  /** Takes the opposite of a change. */
  record(undo: () => void): void {
    if (this.open) this.steps.push(undo);
  }

  /** Takes the fields of an object as they are, once after each mark; its changes then need no record. */
  keep(object: object): void {
    if (!this.open || this.kept.has(object)) return;
    this.kept.add(object);
    const fields = { ...object };
    this.steps.push(() => {
      for (const name of Object.keys(object)) if (!(name in fields)) Reflect.deleteProperty(object, name);
      Object.assign(object, fields);
    });
  }

  /** @param take reads some counts at each mark, and returns how to set them back */
  keepCounts(take: () => () => void): void {
    this.counts.push(take);
  }

  /** Has `finishUndo` called when all is undone. */
  finishLater(unfinished: Unfinished): void {
    this.unfinished.add(unfinished);
  }

  /** Undoes what was recorded since the mark, the last first. */
  rollBack(mark: number): void {
    const undone = this.steps.splice(mark).reverse();
    const { open } = this;
    this.open = false;
    for (const undo of undone) undo();
    for (const part of this.unfinished) part.finishUndo();
    this.unfinished.clear();
    this.kept.clear();
    this.open = open;
  }
}

/** A map whose changes are undone with the transaction. */
export class UndoableMap<K, V> extends Map<K, V> {
  constructor(private readonly undo: UndoLog) {
    super();
  }

  override set(key: K, value: V): this {
    if (this.undo.isOpen) {
      const had = this.has(key);
      const before = this.get(key) as V;
      this.undo.record(() => (had ? super.set(key, before) : super.delete(key)));
    }
    return super.set(key, value);
  }

  override delete(key: K): boolean {
    if (this.undo.isOpen && this.has(key)) {
      const before = this.get(key) as V;
      this.undo.record(() => super.set(key, before));
    }
    return super.delete(key);
  }
}

/** A set whose changes are undone with the transaction. */
export class UndoableSet<T> extends Set<T> {
  constructor(private readonly undo: UndoLog) {
    super();
  }

  override add(value: T): this {
    if (!this.has(value)) this.undo.record(() => super.delete(value));
    return super.add(value);
  }

  override delete(value: T): boolean {
    const deleted = super.delete(value);
    if (deleted) this.undo.record(() => super.add(value));
    return deleted;
  }
}

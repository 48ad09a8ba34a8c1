/** Something that undoing leaves unfinished, to be put right once when all of it is undone. */
export interface Unfinished {
  finishUndo(): void;
}

/** Slots of one recorded step: the function and its four arguments. */
const STEP_SLOTS = 5;
/** Slots that are kept for the next transaction; a larger list is given back. */
const KEPT_SLOTS = 200_000;

/** The opposite of a change. */
type Undo<A, B, C, D> = (a: A, b: B, c: C, d: D) => void;
type Step = Undo<unknown, unknown, unknown, unknown>;

/**
 * What a transaction changed in memory, so that it can be undone when the transaction fails. Whatever memory holds about the rows records its
 * changes here; reading all rows again instead would stop the process for seconds once there are many.
 *
 * Nothing is recorded outside of `begin` and `end`. The steps are a flat list that is used again: a message changes a dozen things on its way, and
 * a closure for each cost a fifth of a claim's time, most of it in the garbage collector.
 */
export class UndoLog {
  private steps: unknown[] = [];
  /** Slots of `steps` that are in use. */
  private length = 0;
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
    if (this.steps.length > KEPT_SLOTS) this.steps = [];
    else this.steps.fill(undefined, 0, this.length);
    this.length = 0;
    this.kept.clear();
  }

  /** A point to roll back to. */
  mark(): number {
    const mark = this.length;
    this.kept.clear();
    for (const count of this.counts) this.record(count());
    return mark;
  }

  /**
   * Takes the opposite of a change and the arguments to call it with. What changes with every message gives a function of its module: a closure is
   * for what is rare.
   */
  record(undo: () => void): void;
  record<A, B>(undo: (a: A, b: B) => void, a: A, b: B): void;
  record<A, B, C>(undo: (a: A, b: B, c: C) => void, a: A, b: B, c: C): void;
  record<A, B, C, D>(undo: Undo<A, B, C, D>, a: A, b: B, c: C, d: D): void;
  record(undo: Undo<never, never, never, never>, a?: unknown, b?: unknown, c?: unknown, d?: unknown): void {
    if (!this.open) return;
    const { steps, length } = this;
    steps[length] = undo;
    steps[length + 1] = a;
    steps[length + 2] = b;
    steps[length + 3] = c;
    steps[length + 4] = d;
    this.length = length + STEP_SLOTS;
  }

  /** Takes the fields of an object as they are, once after each mark; its changes then need no record. */
  keep(object: object): void {
    if (!this.open || this.kept.has(object)) return;
    this.kept.add(object);
    this.record(restoreFields, object, { ...object });
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
    const { open, steps } = this;
    this.open = false;
    for (let at = this.length - STEP_SLOTS; at >= mark; at -= STEP_SLOTS) {
      (steps[at] as Step)(steps[at + 1], steps[at + 2], steps[at + 3], steps[at + 4]);
    }
    steps.fill(undefined, mark, this.length);
    this.length = mark;
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
      if (this.has(key)) this.undo.record(setAgain, this, key, this.get(key) as V);
      else this.undo.record(deleteFrom, this, key);
    }
    return super.set(key, value);
  }

  override delete(key: K): boolean {
    if (this.undo.isOpen && this.has(key)) this.undo.record(setAgain, this, key, this.get(key) as V);
    return super.delete(key);
  }
}

/** A set whose changes are undone with the transaction. */
export class UndoableSet<T> extends Set<T> {
  constructor(private readonly undo: UndoLog) {
    super();
  }

  override add(value: T): this {
    if (!this.has(value)) this.undo.record(deleteFrom, this, value);
    return super.add(value);
  }

  override delete(value: T): boolean {
    const deleted = super.delete(value);
    if (deleted) this.undo.record(addAgain, this, value);
    return deleted;
  }
}

function restoreFields(object: object, fields: object): void {
  for (const name of Object.keys(object)) if (!(name in fields)) Reflect.deleteProperty(object, name);
  Object.assign(object, fields);
}

// Undoing itself is not recorded, so these call what records otherwise.
function setAgain<K, V>(map: Map<K, V>, key: K, value: V): void {
  map.set(key, value);
}

function deleteFrom<K>(from: { delete(key: K): boolean }, key: K): void {
  from.delete(key);
}

function addAgain<T>(set: Set<T>, value: T): void {
  set.add(value);
}

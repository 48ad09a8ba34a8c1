// A page of a list that is read again and again, and stays where it is: rows change in place, what left the list is greyed, and what is new
// is told of instead of pushing the others away.
import { call, search } from './api.js';
import { app, changed } from './app.js';

const GONE_MS = 10_000;

/**
 * What a new answer makes of the rows that are shown.
 *
 * @param rows `{ key, item, goneAt? }`
 * @param answered `{ items, next? }`, in their order
 * @returns the rows, and how many items stand before the first row that is still there
 */
export function reconcile(rows, { items, next }, keyOf, size, now) {
  const fresh = new Map(items.map((item) => [keyOf(item), item]));
  const shown = new Set(rows.map(({ key }) => key));
  const last = rows.findLastIndex(({ key }) => fresh.has(key));
  const kept = rows.map((row, index) => {
    const item = fresh.get(row.key);
    if (item !== undefined) return { key: row.key, item };
    // Behind the last row that is known the answer ends: what it does not hold may still be there.
    if (next !== undefined && index > last) return row;
    return { ...row, goneAt: row.goneAt ?? now };
  });
  const known = items.map((item) => shown.has(keyOf(item)));
  const first = known.indexOf(true);
  const newer = first === -1 ? items.length : first;
  const free = size - kept.filter(({ goneAt }) => goneAt === undefined).length;
  const behind = items.filter((_, index) => index > newer && !known[index]);
  const added = behind.slice(0, Math.max(0, free)).map((item) => ({ key: keyOf(item), item }));
  return { rows: [...kept, ...added], newer };
}

export class LiveList {
  rows = [];
  /** How many there are before the first row. */
  newer = 0;
  next = undefined;
  /** The answer without its items. */
  extra = {};
  error = undefined;
  isLoading = false;
  /** Another part of the list was asked for than the rows are of. */
  isNew = false;
  #asked;
  #turn = 0;

  /** @param size rows of a page */
  constructor(
    path,
    keyOf,
    /** @returns whether the pointer or the focus is in the list, so that no row may leave */ isHeld,
    size = matchMedia('(max-width: 720px)').matches ? 20 : 50,
  ) {
    this.path = path;
    this.keyOf = keyOf;
    this.isHeld = isHeld;
    this.size = size;
  }

  /** Shows the part of the list that these fields ask for; nothing happens while it is shown already. */
  show(fields) {
    const asked = search({ ...fields, limit: this.size });
    if (asked === this.#asked) return;
    this.#asked = asked;
    this.isNew = true;
    void this.reload();
  }

  /** Forgets what was shown, so that the next visit reads it again. */
  leave() {
    this.#asked = undefined;
    this.rows = [];
    this.next = undefined;
    this.#turn++;
  }

  /** From the start, with what is new. */
  async reload() {
    const answer = await this.#read();
    if (answer === undefined) return;
    this.rows = answer.items.map((item) => ({ key: this.keyOf(item), item }));
    this.newer = 0;
    this.isNew = false;
    changed();
  }

  /** The same rows, as they are now. */
  async refresh() {
    if (this.#asked === undefined || this.isLoading || app.link === 'lost') return;
    if (this.rows.length === 0) return this.reload();
    const answer = await this.#read(true);
    if (answer === undefined) return;
    const now = Date.now();
    const { rows, newer } = reconcile(this.rows, answer, this.keyOf, this.size, now);
    this.rows = this.isHeld() ? rows : rows.filter(({ goneAt }) => goneAt === undefined || now - goneAt < GONE_MS);
    this.newer = newer;
    changed();
  }

  /** @param quietly leaves the rows as they are when it fails */
  async #read(quietly = false) {
    const turn = ++this.#turn;
    this.isLoading = true;
    try {
      const { items, next, ...extra } = await this.#filled(await call('GET', `${this.path}${this.#asked}`));
      if (turn !== this.#turn) return undefined;
      Object.assign(this, { next, extra, error: undefined });
      return { items, next };
    } catch (error) {
      if (turn !== this.#turn) return undefined;
      if (!quietly) this.rows = [];
      this.error = error.message;
      changed();
      return undefined;
    } finally {
      if (turn === this.#turn) this.isLoading = false;
    }
  }

  /** A page of a narrow filter may be empty while there is more: a few are read, then the reader goes on by hand. */
  async #filled(page) {
    let found = page;
    for (let left = 5; left > 0 && found.items.length === 0 && found.next !== undefined; left--) {
      found = await call('GET', `${this.path}${this.#asked}&cursor=${encodeURIComponent(found.next)}`);
    }
    return found;
  }
}

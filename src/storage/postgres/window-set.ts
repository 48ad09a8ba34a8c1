import { Conflict } from './conflict.js';
import { plainHash } from './hash.js';
import { type Policies } from './policies.js';
import { RowWriter } from './row-writer.js';
import { type OpenWindow } from './rows.js';
import { type Queries } from './transaction.js';
import { readTypes, typesText } from './type-counts.js';

export interface WindowRow {
  readonly key: string;
  readonly message: number;
  readonly channel: string;
  readonly address: string;
  readonly type: string;
  readonly group_key: string | null;
  readonly policy: number;
  readonly opener: string | null;
  readonly not_before: number | null;
  readonly opened_at: number;
  readonly planned_at: number;
  readonly due_at: number;
  readonly look_at: number;
  readonly expires_at: number | null;
  readonly close_by: number | null;
  readonly count: number;
  readonly rank: number;
  readonly rank_stale: boolean;
  readonly types: string | null;
  readonly first: number;
  readonly last: number;
  readonly last_at: number;
  readonly base: string | null;
  readonly name: string | null;
  readonly sample: string | null;
}

/** The open windows that one transaction knows: it locks each before it looks at it, and writes what became of them at its end. */
export class WindowSet {
  /** Undefined: there is no row of this key. */
  private readonly byKey = new Map<string, OpenWindow | undefined>();
  private readonly byId = new Map<number, OpenWindow>();
  /** Keys whose row is in the database. */
  private readonly stored = new Set<string>();
  private readonly changed = new Set<string>();
  private readonly read = new Set<number>();
  private readonly writer: RowWriter<OpenWindow>;

  constructor(
    private readonly queries: Queries,
    private readonly policies: Policies,
  ) {
    this.writer = new RowWriter('open_window', columnsOf(policies));
  }

  get hasChanges(): boolean {
    return this.changed.size > 0;
  }

  /** Policies that changed rows name. */
  get policyNumbers(): readonly number[] {
    return [...this.changed].flatMap((key) => {
      const window = this.byKey.get(key);
      return window === undefined ? [] : [this.policies.numberOf(window.policy)];
    });
  }

  /** Locks the windows of keys, in the order in which every transaction does. */
  async lockKeys(keys: Iterable<string>, skipLocked = false): Promise<void> {
    const unknown = [...new Set(keys)].filter((key) => !this.byKey.has(key)).sort();
    if (unknown.length === 0) return;
    const text = `SELECT * FROM open_window WHERE key = ANY($1::uuid[]) ORDER BY key FOR UPDATE${skipLocked ? ' SKIP LOCKED' : ''}`;
    const rows = await this.queries.query<WindowRow>(text, [unknown]);
    await this.policies.load(
      this.queries,
      rows.map(({ policy }) => policy),
    );
    if (!skipLocked) for (const key of unknown) this.byKey.set(key, undefined);
    for (const row of rows) {
      const window = windowOf(row, this.policies);
      this.stored.add(window.key);
      this.read.add(window.id);
      this.byKey.set(window.key, window);
      this.byId.set(window.id, window);
    }
  }

  /** Locks windows by their messages; those that are no longer open are not found afterwards. */
  async lockIds(ids: readonly number[], skipLocked = false): Promise<void> {
    const unknown = ids.filter((id) => !this.byId.has(id));
    if (unknown.length === 0) return;
    const text = 'SELECT key FROM open_window WHERE message = ANY($1::bigint[])';
    const rows = await this.queries.query<{ readonly key: string }>(text, [unknown]);
    await this.lockKeys(
      rows.map(({ key }) => plainHash(key)),
      skipLocked,
    );
  }

  get(key: string): OpenWindow | undefined {
    return this.byKey.get(key);
  }

  byMessage(id: number): OpenWindow | undefined {
    return this.byId.get(id);
  }

  /** Whether it was open before this transaction. */
  wasRead({ id }: OpenWindow): boolean {
    return this.read.has(id);
  }

  add(window: OpenWindow): void {
    this.byKey.set(window.key, window);
    this.byId.set(window.id, window);
    this.changed.add(window.key);
  }

  touch({ key }: OpenWindow): void {
    this.changed.add(key);
  }

  remove({ key, id }: OpenWindow): void {
    this.byKey.set(key, undefined);
    this.byId.delete(id);
    this.changed.add(key);
  }

  /** @throws Conflict when another instance opened a window of one of the groups meanwhile */
  async write(): Promise<void> {
    const [gone, kept, fresh]: [string[], OpenWindow[], OpenWindow[]] = [[], [], []];
    for (const key of [...this.changed].sort()) {
      const window = this.byKey.get(key);
      if (window === undefined) {
        if (this.stored.delete(key)) gone.push(key);
      } else if (this.stored.has(key)) {
        kept.push(window);
      } else {
        fresh.push(window);
        this.stored.add(key);
      }
    }
    this.changed.clear();
    if (gone.length > 0) this.queries.send('DELETE FROM open_window WHERE key = ANY($1::uuid[])', [gone]);
    if (kept.length > 0) this.queries.send(this.writer.update, this.writer.values(kept));
    if (fresh.length === 0) return;
    const inserted = await this.queries.run(`${this.writer.insert} ON CONFLICT (key) DO NOTHING`, this.writer.values(fresh));
    if (inserted < fresh.length) throw new Conflict('another instance opened a window of the same group');
  }
}

function columnsOf(policies: Policies): ConstructorParameters<typeof RowWriter<OpenWindow>>[1] {
  return [
    ['key', 'uuid', (window) => window.key],
    ['message', 'bigint', (window) => window.id],
    ['channel', 'text', (window) => window.channel],
    ['address', 'text', (window) => window.address],
    ['type', 'text', (window) => window.type],
    ['group_key', 'text', (window) => window.groupKey ?? null],
    ['policy', 'bigint', (window) => policies.numberOf(window.policy)],
    ['ordered', 'boolean', (window) => window.policy.ordered === true],
    ['opener', 'text', (window) => window.opener ?? null],
    ['not_before', 'bigint', (window) => window.notBefore ?? null],
    ['opened_at', 'bigint', (window) => window.openedAt],
    ['planned_at', 'bigint', (window) => window.plannedAt],
    ['due_at', 'bigint', (window) => window.dueAt],
    ['look_at', 'bigint', (window) => window.lookAt],
    ['expires_at', 'bigint', (window) => window.expiring?.expiresAt ?? null],
    ['close_by', 'bigint', (window) => window.expiring?.closeBy ?? null],
    ['count', 'integer', (window) => window.count],
    ['rank', 'smallint', (window) => window.rank],
    ['rank_stale', 'boolean', (window) => window.rankStale],
    ['types', 'text', (window) => typesText(window.types, window.type)],
    ['first', 'bigint', (window) => window.first],
    ['last', 'bigint', (window) => window.last],
    ['last_at', 'bigint', (window) => window.lastAt],
    ['base', 'uuid', (window) => window.like?.base ?? null],
    ['name', 'text', (window) => window.like?.name ?? null],
    ['sample', 'text', (window) => window.like?.sample ?? null],
  ];
}

/** @param policies have the row's at hand */
export function windowOf(row: WindowRow, policies: Policies): OpenWindow {
  const { base, name, sample } = row;
  const policy = policies.ofWindow(row.policy);
  return {
    key: plainHash(row.key),
    id: row.message,
    channel: row.channel,
    address: row.address,
    type: row.type,
    ...(row.group_key === null ? {} : { groupKey: row.group_key }),
    policy,
    ...(row.opener === null ? {} : { opener: row.opener }),
    ...(row.not_before === null ? {} : { notBefore: row.not_before }),
    openedAt: row.opened_at,
    plannedAt: row.planned_at,
    dueAt: row.due_at,
    lookAt: row.look_at,
    ...(row.expires_at === null ? {} : { expiring: { expiresAt: row.expires_at, closeBy: row.close_by ?? row.expires_at } }),
    count: row.count,
    rank: row.rank,
    rankStale: row.rank_stale,
    types: readTypes(row.types, row.type, row.count),
    first: row.first,
    last: row.last,
    lastAt: row.last_at,
    ...(base === null || name === null || sample === null ? {} : { like: { base: plainHash(base), name, sample } }),
  };
}

/** Gives a window other times: an earlier one is looked at earlier. */
export function setTimes(window: OpenWindow, times: Pick<OpenWindow, 'plannedAt' | 'dueAt' | 'expiring'>): void {
  window.plannedAt = times.plannedAt;
  window.dueAt = times.dueAt;
  if (times.expiring === undefined) delete window.expiring;
  else window.expiring = times.expiring;
  window.lookAt = Math.min(window.lookAt, window.dueAt);
}

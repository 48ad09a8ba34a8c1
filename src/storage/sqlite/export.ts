import { type SuppressionReason } from '../../model/suppression.js';
import { type MovedRow } from '../store-transfer.js';
import { type ExportSection, type KeyedRow, wholeSection } from '../moving/export-sections.js';
import { routeAt } from '../persisted.js';
import { type AnsweredDelivery } from './accept.js';
import { type Database } from './database.js';
import { movedDelivery, movedMessage, sampleOf } from './export-messages.js';
import { type StoreState } from './store-state.js';
import { type DeliveryRow, type MessageRow } from './rows.js';
import { SETTING_PREFIX } from './settings.js';

type Row = Readonly<Record<string, unknown>>;

/** Bytes of attachments on one page, unless one alone has more. */
const PAGE_BYTES = 8 * 1024 * 1024;
/** What the store keeps for itself among the settings. */
const OWN_SETTINGS: ReadonlySet<string> = new Set(['opened', 'probe']);
const TAG = `SELECT value FROM meta WHERE key = 'tag'`;
const MAIL_TOTAL = `SELECT value FROM meta WHERE key = 'mailbox.total'`;

/** Everything that a file holds. The store is loaded: it knows what is gathering. */
export function exportSections(store: StoreState): readonly ExportSection[] {
  const { db } = store;
  const whole = (rows: () => readonly MovedRow[]): ExportSection => wholeSection(() => Promise.resolve(rows()));
  const table = (name: string, key: string, rowOf: (row: Row) => MovedRow | undefined): ExportSection =>
    tableSection(db, name, key, rowOf);
  const expires = db.sql('SELECT min(expires_at) AS at FROM delivery WHERE expires_at IS NOT NULL').get()?.['at'] !== null;
  return [
    whole(() => [identityOf(store)]),
    whole(() => countsOf(store)),
    whole(() => settingsOf(db)),
    table('sequence', 'channel', (row) => ({
      kind: 'sequence',
      channel: String(row['channel']),
      last: Number(row['last']),
      pruned: Number(row['pruned']),
    })),
    history(db),
    whole(() => [{ kind: 'mailTotal', total: Number(db.sql(MAIL_TOTAL).get()?.['value'] ?? 0) }]),
    table('mailbox', 'number', (row) => ({
      kind: 'mail',
      number: Number(row['number']),
      address: String(row['address']),
      json: String(row['json']),
    })),
    table('recipient', 'key', (row) => ({
      kind: 'recipient',
      key: String(row['key']),
      version: Number(row['version']),
      json: String(row['json']),
    })),
    table('suppression', 'id', (row) => suppressionOf(row)),
    table('replay', 'id', (row) => ({ kind: 'replay', id: Number(row['id']), at: Number(row['at']) })),
    table('message', 'id', (row) => movedMessage(store, row as unknown as MessageRow, expires)),
    deliveries(db),
    attachments(db),
    table('allowance', 'id', (row) => allowanceOf(store, row)),
    table('idempotency', 'seq', (row) => answerOf(row)),
  ];
}

/** Keys that are text; the others are numbers. */
const TEXT_KEYS: ReadonlySet<string> = new Set(['key', 'channel']);

/** @param rowOf undefined for a row that says nothing any more */
function tableSection(db: Database, table: string, key: string, rowOf: (row: Row) => MovedRow | undefined): ExportSection {
  const read = (after: string, limit: number): readonly KeyedRow[] => {
    const from = TEXT_KEYS.has(key) ? after : Number(after);
    const found = db.sql(`SELECT * FROM ${table} WHERE ${key} > ? ORDER BY ${key} LIMIT ?`).all(from, limit);
    const rows = found.flatMap((raw): KeyedRow[] => {
      const row = rowOf(raw);
      return row === undefined ? [] : [{ key: String(raw[key]), row }];
    });
    const last = found.at(-1);
    return rows.length === 0 && last !== undefined ? read(String(last[key]), limit) : rows;
  };
  return {
    count: () => Promise.resolve(countOf(db, table)),
    read: (after, limit) => Promise.resolve(read(after, limit)),
  };
}

function countOf(db: Database, table: string): number {
  return Number(db.sql(`SELECT count(*) AS n FROM ${table}`).get()?.['n'] ?? 0);
}

function identityOf({ db, nextDelivery, nextMessage }: StoreState): MovedRow {
  const tag = String(db.sql(TAG).get()?.['value']);
  return { kind: 'identity', tag, newestDelivery: nextDelivery - 1, newestMessage: nextMessage - 1 };
}

function countsOf({ counters }: StoreState): readonly MovedRow[] {
  return counters.rows().map(({ state, ...row }) => ({ kind: 'count', ...row, state: state === 'sending' ? 'queued' : state }));
}

function settingsOf(db: Database): readonly MovedRow[] {
  return db
    .sql('SELECT key, value FROM meta WHERE key > ? AND key < ? ORDER BY key')
    .all(SETTING_PREFIX, `${SETTING_PREFIX}\u{10ffff}`)
    .map((row): MovedRow => ({
      kind: 'setting',
      name: String(row['key']).slice(SETTING_PREFIX.length),
      value: String(row['value']),
    }))
    .filter((row) => row.kind !== 'setting' || !OWN_SETTINGS.has(row.name));
}

function history(db: Database): ExportSection {
  return {
    count: () => Promise.resolve(countOf(db, 'history')),
    read: (after, limit) => {
      const [at, stepMs, name] = after === '' ? [-1, 0, ''] : (JSON.parse(after) as [number, number, string]);
      const rows = db
        .sql('SELECT * FROM history WHERE (at, step_ms, name) > (?, ?, ?) ORDER BY at, step_ms, name LIMIT ?')
        .all(at, stepMs, name, limit);
      return Promise.resolve(
        rows.map((row) => ({
          key: JSON.stringify([row['at'], row['step_ms'], row['name']]),
          row: {
            kind: 'history',
            at: Number(row['at']),
            stepMs: Number(row['step_ms']),
            name: String(row['name']),
            value: Number(row['value']),
          },
        })),
      );
    },
  };
}

function deliveries(db: Database): ExportSection {
  return {
    count: () => Promise.resolve(countOf(db, 'delivery')),
    read: (after, limit) => {
      const rows = db
        .sql(
          `SELECT d.*, c.json AS json, c.size AS size, c.notification AS notification FROM delivery d LEFT JOIN content c ON c.id = d.content
           WHERE d.id > ? ORDER BY d.id LIMIT ?`,
        )
        .all(Number(after), limit) as unknown as readonly (DeliveryRow & { readonly size: number | null })[];
      return Promise.resolve(rows.map((row) => ({ key: String(row.id), row: movedDelivery(row) })));
    },
  };
}

function attachments(db: Database): ExportSection {
  return {
    count: () => Promise.resolve(countOf(db, 'attachment')),
    read: (after, limit) => {
      const [notification, number] = after === '' ? [0, 0] : (JSON.parse(after) as [number, number]);
      const rows: KeyedRow[] = [];
      let bytes = 0;
      const found = db.sql('SELECT * FROM attachment WHERE (content, number) > (?, ?) ORDER BY content, number LIMIT ?');
      for (const row of found.iterate(notification, number, limit)) {
        const content = row['bytes'] as Uint8Array;
        bytes += content.length;
        if (rows.length > 0 && bytes > PAGE_BYTES) break;
        rows.push({
          key: JSON.stringify([row['content'], row['number']]),
          row: { kind: 'attachment', content: Number(row['content']), number: Number(row['number']), bytes: content },
        });
      }
      return Promise.resolve(rows);
    },
  };
}

function suppressionOf(row: Row): MovedRow {
  const { hash, channel, address, reason, at, until, note, removed_at, removed_note } = row;
  return {
    kind: 'suppression',
    hash: Buffer.from(hash as Uint8Array).toString('hex'),
    channel: String(channel),
    address: String(address),
    reason: reason as SuppressionReason,
    at: Number(at),
    ...(typeof until === 'number' ? { until } : {}),
    ...(typeof note === 'string' ? { note } : {}),
    ...(typeof removed_at === 'number' ? { removedAt: removed_at } : {}),
    ...(typeof removed_note === 'string' ? { removedNote: removed_note } : {}),
  };
}

function allowanceOf(store: StoreState, row: Row): MovedRow | undefined {
  const policy = store.policy(Number(row['policy']));
  if (policy === undefined) return undefined;
  const opener = policy.similarity === undefined ? undefined : store.delivery(Number(row['opener']));
  return {
    kind: 'allowance',
    key: String(row['key']),
    sent: Number(row['sent']),
    until: Number(row['until']),
    opener: Number(row['opener']),
    policy,
    ...(opener === undefined ? {} : { sample: sampleOf(opener) }),
  };
}

function answerOf(row: Row): MovedRow {
  const content = Number(row['content']);
  const deliveries = JSON.parse(String(row['answer'])) as readonly AnsweredDelivery[];
  return {
    kind: 'answer',
    hash: Buffer.from(row['hash'] as Uint8Array).toString('hex'),
    fingerprint: Buffer.from(row['fingerprint'] as Uint8Array).toString('hex'),
    at: Number(row['at']),
    deliveries: deliveries.map(([address, message, route, channel, id], index) => ({
      id: id ?? content + index,
      address,
      message,
      route: routeAt(route),
      ...(typeof channel === 'string' ? { channel } : {}),
    })),
  };
}

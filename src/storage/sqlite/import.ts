import { type WindowPolicy } from '../../model/window.js';
import { type MovedMessage, type MovedRow } from '../store-transfer.js';
import { PRIORITY_NUMBER, ROUTE_NUMBER, STATE_NUMBER, NUMBERED_STATES } from '../persisted.js';
import { type AnsweredDelivery } from './accept.js';
import { type Database } from './database.js';
import { NEWEST_KEYS } from './newest-keys.js';
import { importDelivery } from './import-deliveries.js';
import { type CompressionOptions } from './packing.js';
import { MESSAGE_STATE, type MessageState } from './schema.js';
import { saveSetting } from './settings.js';

const STATES: Readonly<Record<MovedMessage['state'], MessageState>> = {
  gathering: MESSAGE_STATE.open,
  queued: MESSAGE_STATE.queued,
  delivered: MESSAGE_STATE.delivered,
  dead: MESSAGE_STATE.dead,
  ended: MESSAGE_STATE.ended,
};

/** Writes a row of another store. What memory holds about the rows is read when the store is opened. */
export function importRow(db: Database, row: MovedRow, compression: CompressionOptions): void {
  switch (row.kind) {
    case 'identity':
      saveMeta(db, 'tag', row.tag);
      saveMeta(db, NEWEST_KEYS.delivery, String(row.newestDelivery));
      saveMeta(db, NEWEST_KEYS.message, String(row.newestMessage));
      break;
    case 'count':
      importCount(db, row);
      break;
    case 'setting':
      saveSetting(db, row.name, row.value);
      break;
    case 'sequence':
      insert(db, 'sequence', { channel: row.channel, last: row.last, pruned: row.pruned });
      break;
    case 'history':
      db.sql(
        `INSERT INTO history (at, step_ms, name, value) VALUES (?, ?, ?, ?)
         ON CONFLICT (at, step_ms, name) DO UPDATE SET value = value + excluded.value`,
      ).run(row.at, row.stepMs, row.name, row.value);
      break;
    case 'mailTotal':
      saveMeta(db, 'mailbox.total', String(row.total));
      break;
    case 'mail':
      insert(db, 'mailbox', { number: row.number, address: row.address, json: row.json });
      break;
    case 'recipient':
      insert(db, 'recipient', { key: row.key, version: row.version, json: row.json });
      break;
    case 'suppression':
      insert(db, 'suppression', {
        hash: Buffer.from(row.hash, 'hex'),
        channel: row.channel,
        address: row.address,
        reason: row.reason,
        at: row.at,
        until: row.until ?? null,
        note: row.note ?? null,
        removed_at: row.removedAt ?? null,
        removed_note: row.removedNote ?? null,
      });
      break;
    case 'replay':
      insert(db, 'replay', { id: row.id, at: row.at });
      break;
    case 'message':
      importMessage(db, row);
      break;
    case 'delivery':
      importDelivery(db, row, compression);
      break;
    case 'attachment':
      insert(db, 'attachment', { content: row.content, number: row.number, bytes: row.bytes });
      break;
    case 'allowance':
      insert(db, 'allowance', {
        key: row.key,
        sent: row.sent,
        until: row.until,
        opener: row.opener,
        policy: policyId(db, row.policy),
      });
      break;
    case 'answer':
      insert(db, 'idempotency', {
        hash: Buffer.from(row.hash, 'hex'),
        fingerprint: Buffer.from(row.fingerprint, 'hex'),
        content: row.deliveries[0]?.id ?? 0,
        at: row.at,
        answer: JSON.stringify(
          row.deliveries.map(({ address, message, route, channel, id }): AnsweredDelivery => [
            address,
            message,
            ROUTE_NUMBER[route],
            channel ?? null,
            id,
          ]),
        ),
      });
      break;
    case 'repeat':
      // Nothing is accepted here in a transaction of the application.
      break;
  }
}

type Value = string | number | null | Uint8Array;

function insert(db: Database, table: string, row: Readonly<Record<string, Value>>): void {
  const columns = Object.keys(row);
  const text = `INSERT INTO ${table} (${columns.join(', ')}) VALUES (${columns.map(() => '?').join(', ')})`;
  db.sql(text).run(...Object.values(row));
}

function saveMeta(db: Database, key: string, value: string): void {
  db.sql('INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value').run(key, value);
}

function importCount(db: Database, { channel, type, route, state, count }: Extract<MovedRow, { kind: 'count' }>): void {
  const key = [channel, type, ROUTE_NUMBER[route]] as const;
  const found = db.sql('SELECT counts FROM counter WHERE channel = ? AND type = ? AND route = ?').get(...key)?.['counts'];
  const counts = typeof found === 'string' ? (JSON.parse(found) as number[]) : NUMBERED_STATES.map(() => 0);
  counts[STATE_NUMBER[state]] = (counts[STATE_NUMBER[state]] ?? 0) + count;
  db.sql('INSERT OR REPLACE INTO counter (channel, type, route, counts) VALUES (?, ?, ?, ?)').run(...key, JSON.stringify(counts));
}

/** Its deliveries come later, and set its newest one. */
function importMessage(db: Database, row: MovedMessage): void {
  const { gathering, types, errors } = row;
  const last = errors.at(-1);
  const live = Object.values(types).reduce((sum, count) => sum + count, 0);
  const isMixed = Object.keys(types).some((type) => type !== row.type);
  const isDue = row.state === 'queued';
  insert(db, 'message', {
    id: row.id,
    channel: row.channel,
    address: row.address,
    type: row.type,
    route: ROUTE_NUMBER[row.route],
    state: STATES[row.state],
    priority: PRIORITY_NUMBER[row.priority],
    mixed: isMixed ? 1 : 0,
    // Of an open window it is counted when the store is opened.
    count: gathering === undefined ? live : 0,
    first: row.first,
    tail: 0,
    opened_at: row.openedAt,
    updated_at: row.updatedAt,
    queued_at: gathering === undefined ? row.queuedAt : null,
    ready_at: isDue ? row.readyAt : null,
    send_by: row.sendBy ?? null,
    attempts: row.attempts,
    policy: row.policy === undefined ? null : policyId(db, row.policy),
    key: gathering?.key ?? null,
    group_key: gathering?.groupKey ?? null,
    due_at: gathering?.plannedAt ?? row.dueAt ?? null,
    not_before: gathering?.notBefore ?? null,
    reason: last?.reason ?? null,
    detail: last?.message ?? null,
    failed_at: last === undefined ? null : Date.parse(last.at),
    errors: errors.length === 0 ? null : JSON.stringify(errors),
    answer: row.answer ?? null,
    progress: row.progress ?? null,
    replay: row.replay ?? null,
    sequence: row.sequence ?? null,
    dismissed_at: row.dismissedAt ?? null,
    closed_at: row.closed?.at ?? null,
    closed_by: row.closed?.by ?? null,
  });
}

function policyId(db: Database, policy: WindowPolicy): number {
  const json = JSON.stringify(policy);
  const known = db.sql('SELECT id FROM policy WHERE json = ?').get(json)?.['id'];
  return Number(known ?? db.sql('INSERT INTO policy (json) VALUES (?)').run(json).lastInsertRowid);
}

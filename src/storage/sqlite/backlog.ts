import { ROUTES } from '../../model/delivery.js';
import { type BacklogPolicy } from '../../model/backlog.js';
import { collapseGroups, type QueuedFacts } from '../../model/decisions/backlog.js';
import { type BacklogReport } from '../notification-store.js';
import { moveTo, releaseLive } from './chain.js';
import { expire } from './claim.js';
import { closeAs } from './close.js';
import { contentOf, typeOf } from './content.js';
import { type Ledger, mostUrgent } from './ledger.js';
import { endMessage, insertQueued } from './message-row.js';
import { type OpenWindow } from './open-windows.js';
import { type MessageRow } from './rows.js';
import { MESSAGE_STATE } from './schema.js';
import { leaveWindow } from './window-entries.js';

const AGGREGATE = ROUTES.indexOf('aggregate');

/** Does with what was due before `before` as the policy says. */
export function clearBacklog(ledger: Ledger, policy: Exclude<BacklogPolicy, 'send'>, before: number, now: number): BacklogReport {
  const overdue = [...ledger.windows.all()].filter(({ dueAt }) => dueAt < before);
  const queued = ledger.db
    .sql('SELECT * FROM message WHERE state = ? AND queued_at < ? ORDER BY id')
    .all(MESSAGE_STATE.queued, before)
    .map((row) => row as unknown as MessageRow)
    .filter(({ id }) => !ledger.sending.has(id));
  return policy === 'expire' ? expireAll(ledger, overdue, queued, now) : collapse(ledger, overdue, queued, now);
}

function expireAll(ledger: Ledger, overdue: readonly OpenWindow[], queued: readonly MessageRow[], now: number): BacklogReport {
  let deliveries = 0;
  for (const window of overdue) {
    for (const entry of ledger.entries(window.id, window.tail)) {
      leaveWindow(ledger, window, entry, 'expired', now);
      deliveries++;
    }
  }
  for (const row of queued) {
    ledger.unqueue(row);
    deliveries += row.count;
    let left = row.count;
    for (const entry of ledger.entries(row.id, row.tail)) expire(ledger, { ...row, count: left-- }, entry, now);
  }
  return { deliveries, messages: 0 };
}

/** Makes digests of what may be collapsed; the rest goes as it is. */
function collapse(ledger: Ledger, overdue: readonly OpenWindow[], queued: readonly MessageRow[], now: number): BacklogReport {
  const closed = overdue.flatMap((window) => {
    closeAs(ledger, window, 'digest', 'time', now);
    return ledger.message(window.id) ?? [];
  });
  const groups = collapseGroups([...queued, ...closed].map((row) => factsOf(ledger, row)));
  let deliveries = 0;
  for (const group of groups) {
    deliveries += join(
      ledger,
      group.map(({ row }) => row),
      now,
    );
  }
  return { deliveries, messages: groups.length };
}

function factsOf(ledger: Ledger, row: MessageRow): QueuedFacts & { readonly row: MessageRow } {
  const { channel, address, priority: rank, attempts } = row;
  const newest = ledger.delivery(row.tail);
  return { row, channel, address, rank, attempts, groupKey: newest === undefined ? undefined : contentOf(newest).groupKey };
}

function join(ledger: Ledger, group: readonly MessageRow[], now: number): number {
  const entries = group
    .flatMap((row) => {
      ledger.unqueue(row);
      const live = releaseLive(ledger, row.id, row.tail).map((entry) => ({ entry, from: row }));
      endMessage(ledger, row.id, now);
      return live;
    })
    .sort((a, b) => a.entry.id - b.entry.id);
  const [first] = entries;
  if (first === undefined) return 0;
  const types = new Set(entries.map(({ entry, from }) => typeOf(entry, from)));
  const row = {
    id: ledger.nextMessage++,
    channel: first.from.channel,
    address: first.from.address,
    type: typeOf(first.entry, first.from),
    route: AGGREGATE,
    priority: mostUrgent(group),
    attempts: 0,
    openedAt: group.reduce((least, { opened_at }) => Math.min(least, opened_at), Infinity),
  };
  insertQueued(ledger, row, first.entry.id, now, now);
  let tail = 0;
  for (const { entry, from } of entries) {
    moveTo(ledger, entry.id, row.id, tail);
    tail = entry.id;
    const type = typeOf(entry, from);
    ledger.counters.add(row.channel, type, from.route, 'queued', -1);
    ledger.counters.add(row.channel, type, AGGREGATE, 'queued', 1);
  }
  ledger.db
    .sql('UPDATE message SET count = ?, tail = ?, mixed = ? WHERE id = ?')
    .run(entries.length, tail, types.size > 1 ? 1 : 0, row.id);
  ledger.queue(row, now, now);
  return entries.length;
}

import { likeBase } from '../../model/decisions/window-key.js';
import { PRIORITY_NUMBER, ROUTE_NUMBER } from '../persisted.js';
import { type ReadyStamps } from '../ready-stamp.js';
import { type MovedGathering, type MovedMessage } from '../store-transfer.js';
import { hashOf } from './hash.js';
import { MessageSet } from './message-set.js';
import { Policies } from './policies.js';
import { QueueChanges } from './queue-changes.js';
import { type LikeGroup, type Message, MESSAGE_STATE, type MessageState, type OpenWindow } from './rows.js';
import { type Queries } from './transaction.js';
import { WindowSet } from './window-set.js';

/** What an import knows besides the rows. */
export interface ImportContext {
  /** Epoch ms. */
  readonly now: number;
  /** The places of what is ready. */
  readonly stamps: ReadyStamps;
}

type Closed = Exclude<MovedMessage['state'], 'gathering'>;

const STATES: Readonly<Record<Closed, MessageState>> = {
  queued: MESSAGE_STATE.queued,
  delivered: MESSAGE_STATE.delivered,
  dead: MESSAGE_STATE.dead,
  ended: MESSAGE_STATE.ended,
};
/** What a text counts for in a group of like contents: as `likeGroup` keeps it. */
const SAMPLE_CHARACTERS = 600;

/** Writes messages, open windows, and what stands in the queue or is dead. */
export async function importMessages(queries: Queries, rows: readonly MovedMessage[], context: ImportContext): Promise<void> {
  const policies = new Policies();
  const messages = new MessageSet(queries);
  const windows = new WindowSet(queries, policies);
  const queue = new QueueChanges(queries);
  for (const row of rows) {
    if (row.gathering !== undefined) {
      windows.add(windowOf(row, row.gathering));
      continue;
    }
    const message = messageOf(row, policies);
    messages.add(message);
    if (row.state === 'queued') enqueue(queue, message, row, context);
  }
  policies.write(queries, [...windows.policyNumbers, ...messages.policyNumbers]);
  await windows.write();
  messages.write();
  queue.write();
  importDead(
    queries,
    rows.filter(({ state }) => state === 'dead'),
  );
  const open = rows.filter(({ gathering }) => gathering !== undefined).length;
  const queued = rows.filter(({ state }) => state === 'queued').length;
  await queries.run('UPDATE slot SET open_windows = open_windows + $1::bigint, queued = queued + $2::bigint WHERE id = 1', [
    open,
    queued,
  ]);
}

function importDead(queries: Queries, dead: readonly MovedMessage[]): void {
  if (dead.length === 0) return;
  queries.send('INSERT INTO dead (message, reason, dismissed_at) SELECT * FROM unnest($1::bigint[], $2::text[], $3::bigint[])', [
    dead.map(({ id }) => id),
    dead.map(({ errors }) => errors.at(-1)?.reason ?? 'internal'),
    dead.map(({ dismissedAt }) => dismissedAt ?? null),
  ]);
}

function enqueue(
  queue: QueueChanges,
  { id, channel, address, rank, route, attempts, readyAt, sendBy }: Message,
  { type, priority }: MovedMessage,
  { now, stamps }: ImportContext,
): void {
  if (readyAt > now) {
    queue.addScheduled(id, readyAt);
    return;
  }
  const stamp = stamps.stamp(channel, type, address, priority, now);
  const waits = route === ROUTE_NUMBER.batch && attempts === 0;
  queue.addReady({ id, channel, lane: rank === 0 ? 0 : 1, stamp, waits, readyAt, sendBy });
}

function messageOf(row: MovedMessage, policies: Policies): Message {
  const { state, policy, closed, errors } = row;
  const types = new Map(Object.entries(row.types));
  return {
    id: row.id,
    state: state === 'gathering' ? MESSAGE_STATE.queued : STATES[state],
    route: ROUTE_NUMBER[row.route],
    rank: PRIORITY_NUMBER[row.priority],
    attempts: row.attempts,
    count: countOf(row),
    policy: policy === undefined ? null : policies.numberOf(policy),
    replay: row.replay ?? null,
    first: row.first,
    last: row.last,
    openedAt: row.openedAt,
    updatedAt: row.updatedAt,
    queuedAt: row.queuedAt,
    readyAt: row.readyAt,
    expiresAt: row.expiresAt ?? null,
    sendBy: row.sendBy ?? null,
    dueAt: row.dueAt ?? null,
    closedAt: closed?.at ?? null,
    closedBy: closed?.by ?? null,
    sequence: row.sequence ?? null,
    channel: row.channel,
    address: row.address,
    type: row.type,
    types,
    errors: errors.length === 0 ? null : JSON.stringify(errors),
    answer: row.answer ?? null,
    progress: row.progress ?? null,
  };
}

function windowOf(row: MovedMessage, gathering: MovedGathering): OpenWindow {
  const { policy } = row;
  if (policy === undefined) throw new TypeError(`the open window ${row.id} has no policy`);
  const like = policy.similarity === undefined ? undefined : likeOf(gathering);
  return {
    key: hashOf(gathering.key),
    id: row.id,
    channel: row.channel,
    address: row.address,
    type: row.type,
    ...(gathering.groupKey === undefined ? {} : { groupKey: gathering.groupKey }),
    policy,
    ...(gathering.notBefore === undefined ? {} : { notBefore: gathering.notBefore }),
    openedAt: row.openedAt,
    plannedAt: gathering.plannedAt,
    dueAt: gathering.dueAt,
    lookAt: gathering.dueAt,
    ...(gathering.expiring === undefined ? {} : { expiring: gathering.expiring }),
    count: countOf(row),
    rank: PRIORITY_NUMBER[row.priority],
    // Not every store knows it without looking at the entries.
    rankStale: true,
    types: new Map(Object.entries(row.types)),
    first: row.first,
    last: row.last,
    lastAt: gathering.lastAt,
    ...(like === undefined ? {} : { like }),
  };
}

function likeOf({ key, sample }: MovedGathering): LikeGroup | undefined {
  const base = likeBase(key);
  if (base === undefined || sample === undefined) return undefined;
  return { base: hashOf(base), name: key, sample: sample.slice(0, SAMPLE_CHARACTERS) };
}

function countOf({ types }: MovedMessage): number {
  return Object.values(types).reduce((sum, count) => sum + count, 0);
}

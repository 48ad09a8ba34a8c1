import { delayedName } from '../../model/decisions/arrival-plan.js';
import { allowanceKey, windowKey } from '../../model/decisions/window-key.js';
import { type DeliveryError } from '../../model/delivery.js';
import { type FailureReason } from '../../model/failure.js';
import { type WindowPolicy } from '../../model/window.js';
import { type KeyedRow } from '../moving/export-sections.js';
import { priorityAt, routeAt, stateAt } from '../persisted.js';
import { type MovedDelivery, type MovedMessage } from '../store-transfer.js';
import { contentOf, errorsOf } from './content.js';
import { allowanceOf, type AllowanceRow } from './allowance-set.js';
import { DELIVERY_COLUMNS, type DeliveryRow } from './delivery-set.js';
import { hashOf } from './hash.js';
import { messageOf, type MessageRow } from './message-set.js';
import { Policies } from './policies.js';
import { type Message, MESSAGE_STATE, type MessageState, type OpenWindow } from './rows.js';
import { type Queries } from './transaction.js';
import { windowOf, type WindowRow } from './window-set.js';

const STATES: Readonly<Record<MessageState, MovedMessage['state']>> = {
  [MESSAGE_STATE.queued]: 'queued',
  [MESSAGE_STATE.delivered]: 'delivered',
  [MESSAGE_STATE.dead]: 'dead',
  [MESSAGE_STATE.ended]: 'ended',
};

interface StoredMessage extends MessageRow {
  readonly dead_reason: FailureReason | null;
  readonly dismissed_at: number | null;
}

export async function movedMessages(queries: Queries, after: string, limit: number): Promise<readonly KeyedRow[]> {
  const rows = await queries.query<StoredMessage>(
    `SELECT m.*, d.reason AS dead_reason, d.dismissed_at FROM message m LEFT JOIN dead d ON d.message = m.id
     WHERE m.id > $1::bigint ORDER BY m.id LIMIT $2::integer`,
    [Number(after), limit],
  );
  const policies = await policiesOf(queries, rows);
  return rows.map((row) => ({ key: String(row.id), row: movedMessage(row, policies) }));
}

function movedMessage(row: StoredMessage, policies: Policies): MovedMessage {
  const message = messageOf(row);
  const policy = message.policy === null ? undefined : policies.get(message.policy);
  const { answer, progress, replay, sequence, dueAt, closedAt, closedBy, sendBy, expiresAt } = message;
  return {
    kind: 'message',
    id: message.id,
    channel: message.channel,
    address: message.address,
    type: message.type,
    route: routeAt(message.route),
    state: STATES[message.state],
    priority: priorityAt(message.rank),
    attempts: message.attempts,
    openedAt: message.openedAt,
    updatedAt: message.updatedAt,
    queuedAt: message.queuedAt,
    readyAt: message.readyAt,
    ...(sendBy === null ? {} : { sendBy }),
    ...(policy === undefined ? {} : { policy }),
    errors: failuresOf(message, row.dead_reason),
    ...(answer === null ? {} : { answer }),
    ...(progress === null ? {} : { progress }),
    ...(replay === null ? {} : { replay }),
    ...(sequence === null ? {} : { sequence }),
    ...(row.dismissed_at === null ? {} : { dismissedAt: row.dismissed_at }),
    ...(dueAt === null ? {} : { dueAt }),
    ...(closedAt === null || closedBy === null ? {} : { closed: { at: closedAt, by: closedBy } }),
    types: Object.fromEntries(message.types),
    first: message.first,
    last: message.last,
    ...(expiresAt === null ? {} : { expiresAt }),
  };
}

/** A dead message says why it is, also where the list of its failures is damaged. */
function failuresOf({ errors, updatedAt }: Message, reason: FailureReason | null): readonly DeliveryError[] {
  const listed = errorsOf(errors);
  if (listed.length > 0 || reason === null) return listed;
  return [{ reason, message: '', at: new Date(updatedAt).toISOString() }];
}

export async function movedWindows(queries: Queries, after: string, limit: number): Promise<readonly KeyedRow[]> {
  const rows = await queries.query<WindowRow & { readonly opening: string | null }>(
    `SELECT w.*, (SELECT coalesce(d.json, c.json) FROM delivery d LEFT JOIN content c ON c.id = d.content
       WHERE d.message = w.message AND d.id >= w.first AND d.id <= w.last AND d.state = 0 ORDER BY d.id LIMIT 1) AS opening
     FROM open_window w WHERE w.message > $1::bigint ORDER BY w.message LIMIT $2::integer`,
    [Number(after), limit],
  );
  const policies = await policiesOf(queries, rows);
  return rows.map((row) => ({ key: String(row.message), row: movedWindow(windowOf(row, policies), row.opening) }));
}

function movedWindow(window: OpenWindow, opening: string | null): MovedMessage {
  const { id, channel, address, type, openedAt, groupKey, plannedAt, dueAt, expiring, notBefore, lastAt, like } = window;
  return {
    kind: 'message',
    id,
    channel,
    address,
    type,
    route: 'aggregate',
    state: 'gathering',
    priority: priorityAt(window.rank),
    attempts: 0,
    openedAt,
    updatedAt: openedAt,
    queuedAt: openedAt,
    readyAt: openedAt,
    policy: window.policy,
    errors: [],
    dueAt,
    gathering: {
      key: keyOf(window, opening),
      ...(groupKey === undefined ? {} : { groupKey }),
      plannedAt,
      dueAt,
      ...(expiring === undefined ? {} : { expiring }),
      ...(notBefore === undefined ? {} : { notBefore }),
      lastAt,
      ...(like === undefined ? {} : { sample: like.sample }),
    },
    types: Object.fromEntries(window.types),
    first: window.first,
    last: window.last,
    ...(expiring === undefined ? {} : { expiresAt: expiring.expiresAt }),
  };
}

/** Only the hash of a group's name is stored, but any of its entries has the name. One that gathers nothing more has one that nobody else has. */
function keyOf({ id, key, address, policy, notBefore, like }: OpenWindow, opening: string | null): string {
  if (like !== undefined) return like.name;
  const content = contentOf(opening);
  const apart = content.afterMs === undefined ? [] : [delayedName(content.afterMs)];
  const names = [undefined, ...apart].map((alone) => windowKey(content, address, policy, notBefore, alone));
  return names.find((name) => hashOf(name) === key) ?? `alone ${id} ${key}`;
}

export async function movedDelivery(queries: Queries, after: string, limit: number): Promise<readonly KeyedRow[]> {
  const rows = await queries.query<DeliveryRow & { readonly left_over: number | null }>(
    `SELECT ${DELIVERY_COLUMNS}, c.left_over FROM delivery d LEFT JOIN content c ON c.id = d.content
     WHERE d.id > $1::bigint ORDER BY d.id LIMIT $2::integer`,
    [Number(after), limit],
  );
  return rows.map((row) => ({ key: String(row.id), row: deliveryOf(row) }));
}

function deliveryOf(row: DeliveryRow & { readonly left_over: number | null }): MovedDelivery {
  const { id, message, at, json, content, notification, dedupe } = row;
  const state = row.state === 0 ? undefined : stateAt(row.state);
  return {
    kind: 'delivery',
    id,
    message,
    notification: notification ?? id,
    content: content ?? id,
    // One that shared its content once may be the last that has it.
    sharedBy: content === null ? 1 : Math.max(2, row.left_over ?? 0),
    erased: json !== null && contentOf(json).title === '',
    ...(json === null ? {} : { json }),
    at,
    ...(row.expires_at === null ? {} : { expiresAt: row.expires_at }),
    priority: priorityAt(row.rank),
    ...(row.recipient === null ? {} : { recipient: row.recipient }),
    ...(dedupe === null ? {} : { dedupeKey: dedupe }),
    ...(row.group_key === null ? {} : { groupKey: row.group_key }),
    ...(state === 'cancelled' || state === 'expired' || state === 'replaced' ? { ended: endOf(row, state) } : {}),
  };
}

function endOf({ at, ended_at, reason }: DeliveryRow, state: 'cancelled' | 'expired' | 'replaced') {
  return { state, at: ended_at ?? at, ...(reason === null ? {} : { reason: reason as FailureReason }) };
}

interface StoredAllowance extends AllowanceRow {
  readonly address: string;
  readonly channel: string;
  readonly policy: number;
  readonly json: string | null;
}

/** Those whose first delivery is still there: it has the rule that they count for. */
export async function movedAllowances(queries: Queries, after: string, limit: number): Promise<readonly KeyedRow[]> {
  const rows = await queries.query<StoredAllowance>(
    `SELECT a.*, m.address, m.channel, m.policy, coalesce(d.json, c.json) AS json FROM allowance a
     JOIN delivery d ON d.id = a.opener JOIN message m ON m.id = d.message LEFT JOIN content c ON c.id = d.content
     WHERE m.policy IS NOT NULL AND a.key > $1::uuid ORDER BY a.key LIMIT $2::integer`,
    [after === '' ? '00000000-0000-0000-0000-000000000000' : after, limit],
  );
  const policies = await policiesOf(queries, rows);
  return rows.flatMap((row): KeyedRow[] => {
    const policy = policies.get(row.policy);
    const { sent, until, opener, like } = allowanceOf(row);
    if (policy === undefined) return [];
    const key = nameOf(row, policy, like?.name);
    return [{ key: row.key, row: { kind: 'allowance', key, sent, until, opener, policy, ...(like && { sample: like.sample }) } }];
  });
}

function nameOf({ json, channel, address }: StoredAllowance, policy: WindowPolicy, like: string | undefined): string {
  return allowanceKey(like ?? windowKey(contentOf(json), address, policy), channel, address, policy);
}

/** Those that rows name. */
async function policiesOf(queries: Queries, rows: readonly { readonly policy: number | null }[]): Promise<Policies> {
  const policies = new Policies();
  await policies.load(
    queries,
    rows.map(({ policy }) => policy),
  );
  return policies;
}

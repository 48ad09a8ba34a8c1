import { type DeliveryState, type DeliveryView } from '../../model/delivery.js';
import { type FailureReason } from '../../model/failure.js';
import { routeAt, stateAt } from '../persisted.js';
import { viewOfDelivery } from '../stored-views.js';
import { contentOf, errorsOf } from './content.js';
import { type Context } from './context.js';
import { MESSAGE_STATE, type MessageState } from './rows.js';
import { type Queries } from './transaction.js';

/** A delivery with what a view says of its message. */
export interface ViewRow {
  readonly id: number;
  readonly message: number;
  readonly notification: number | null;
  readonly recipient: string | null;
  readonly at: number;
  readonly ended_at: number | null;
  readonly state: number;
  readonly reason: string | null;
  readonly json: string | null;
  readonly channel: string;
  readonly address: string;
  /** Null: its window is open. */
  readonly message_state: MessageState | null;
  readonly route: number;
  readonly attempts: number;
  readonly updated_at: number;
  readonly errors: string | null;
  readonly policy: number | null;
  /** Of its message or window. */
  readonly due_at: number;
  /** It stands in the queue. */
  readonly queued: boolean;
}

/** Whether a message whose state is `queued` is not being sent. */
export const IS_QUEUED = `(EXISTS (SELECT 1 FROM ready r WHERE r.id = m.id) OR EXISTS (SELECT 1 FROM scheduled s WHERE s.id = m.id))`;

/**
 * Selects {@link ViewRow}s; to be followed by conditions. A delivery whose message was pruned is not found.
 *
 * @param deliveries what stands for the table
 */
export function selectViews(deliveries = 'delivery'): string {
  return `SELECT d.id, d.message, d.notification, d.recipient, d.at, d.ended_at, d.state, d.reason, coalesce(d.json, c.json) AS json, coalesce(m.channel, w.channel) AS channel,
      coalesce(m.address, w.address) AS address, m.state AS message_state, coalesce(m.route, 1) AS route, coalesce(m.attempts, 0) AS attempts,
      coalesce(m.updated_at, w.opened_at) AS updated_at, m.errors,
      coalesce(w.policy, m.policy) AS policy, coalesce(w.due_at, m.queued_at) AS due_at, m.state = ${MESSAGE_STATE.queued} AND ${IS_QUEUED} AS queued
    FROM ${deliveries} d LEFT JOIN content c ON c.id = d.content LEFT JOIN message m ON m.id = d.message
      LEFT JOIN open_window w ON w.message = d.message
    WHERE (m.id IS NOT NULL OR w.message IS NOT NULL)`;
}

export async function findDelivery(queries: Queries, context: Context, deliveryId: string): Promise<DeliveryView | undefined> {
  const id = context.privateId('d', deliveryId);
  const [row] = id === 0 ? [] : await queries.query<ViewRow>(`${selectViews()} AND d.id = $1::bigint`, [id]);
  if (row === undefined) return undefined;
  await context.policies.load(queries, [row.policy]);
  return deliveryView(context, row);
}

/** @param row its policy is at hand, or nothing is known of how it is planned */
export function deliveryView(context: Context, row: ViewRow): DeliveryView {
  const errors = errorsOf(row.errors);
  const lastError = errors.at(-1);
  return viewOfDelivery({
    id: context.publicId('d', row.id),
    notificationId: context.publicId('n', row.notification ?? row.id),
    messageId: context.publicId('m', row.message),
    content: contentOf(row.json),
    channel: row.channel,
    address: row.address,
    ...(row.recipient === null ? {} : { recipient: row.recipient }),
    state: row.state === 0 ? messageState(row.message_state, row.queued) : (stateAt(row.state) ?? 'cancelled'),
    route: routeAt(row.route),
    attempts: row.attempts,
    acceptedAt: row.at,
    ...(row.ended_at === null ? {} : { endedAt: row.ended_at }),
    ...(row.reason === null ? {} : { endReason: row.reason as FailureReason }),
    messageUpdatedAt: row.updated_at,
    ...(lastError === undefined ? {} : { lastError, errors }),
    policy: row.policy === null ? undefined : context.policies.get(row.policy),
    dueAt: row.due_at,
  });
}

/** The state that the live deliveries of a message show. */
export function messageState(state: MessageState | null, isQueued: boolean): DeliveryState {
  switch (state) {
    case null:
      return 'gathering';
    case MESSAGE_STATE.queued:
      return isQueued ? 'queued' : 'sending';
    case MESSAGE_STATE.delivered:
      return 'delivered';
    case MESSAGE_STATE.dead:
      return 'dead';
    case MESSAGE_STATE.ended:
      return 'cancelled';
  }
}

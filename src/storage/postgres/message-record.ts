import { type ClaimedMessage } from '../../model/message.js';
import { type MessageRecord } from '../notification-store.js';
import { MESSAGE_DELIVERIES } from '../page.js';
import { claimedMessage, messageOfOpenWindow } from './claimed-message.js';
import { errorsOf } from './content.js';
import { type Context } from './context.js';
import { type DeliverySet } from './delivery-set.js';
import { deliveryView, IS_QUEUED, messageState, selectViews, type ViewRow } from './delivery-view.js';
import { messageOf, type MessageRow } from './message-set.js';
import { type Delivery, type Message, type OpenWindow } from './rows.js';
import { type Queries } from './transaction.js';
import { windowOf, type WindowRow } from './window-set.js';

/** A message with its newest deliveries and its attempts. */
export async function messageRecord(queries: Queries, context: Context, messageId: string): Promise<MessageRecord | undefined> {
  const id = context.privateId('m', messageId);
  const rows = await queries.query<ViewRow & Pick<Delivery, 'rank'>>(
    `SELECT v.*, d.rank FROM (${selectViews()} AND d.message = $1::bigint ORDER BY d.id DESC LIMIT ${MESSAGE_DELIVERIES}) AS v
     JOIN delivery d ON d.id = v.id ORDER BY v.id`,
    [id],
  );
  const live = rows.filter(({ state }) => state === 0);
  const deliveries = rows.map((row) => deliveryView(context, row));
  const window = await openWindow(queries, context, id);
  if (window !== undefined) {
    const { count, dueAt, openedAt } = window;
    const message = messageOfOpenWindow(context, window, live);
    return { message, count, state: 'gathering', deliveries, errors: [], attempts: 0, updatedAt: openedAt, dueAt };
  }
  const message = await storedMessage(queries, context, id);
  if (message === undefined) return undefined;
  const { count, state, errors, answer, attempts, updatedAt, closedAt, closedBy, isQueued } = message;
  return {
    message: claimedMessage(context, message, live),
    count,
    state: messageState(state, isQueued),
    deliveries,
    errors: errorsOf(errors),
    ...(answer === null ? {} : { answer }),
    attempts,
    updatedAt,
    ...(closedAt === null || closedBy === null ? {} : { closed: { at: closedAt, by: closedBy } }),
  };
}

/** An open window as the message it would be if it closed now. */
export async function previewOf(
  queries: Queries,
  context: Context,
  deliveries: DeliverySet,
  messageId: string,
): Promise<ClaimedMessage | undefined> {
  const window = await openWindow(queries, context, context.privateId('m', messageId));
  return window && messageOfOpenWindow(context, window, (await deliveries.liveOf([window])).get(window.id) ?? []);
}

export async function windowStateOf(
  queries: Queries,
  context: Context,
  messageId: string,
): Promise<'open' | 'closed' | 'unknown'> {
  const [row] = await queries.query<{ readonly open: boolean; readonly closed: boolean }>(
    `SELECT EXISTS (SELECT 1 FROM open_window WHERE message = $1::bigint) AS open, EXISTS (SELECT 1 FROM message WHERE id = $1::bigint) AS closed`,
    [context.privateId('m', messageId)],
  );
  if (row?.open === true) return 'open';
  return row?.closed === true ? 'closed' : 'unknown';
}

async function openWindow(queries: Queries, { policies }: Context, id: number): Promise<OpenWindow | undefined> {
  const [row] = await queries.query<WindowRow>('SELECT * FROM open_window WHERE message = $1::bigint', [id]);
  if (row === undefined) return undefined;
  await policies.load(queries, [row.policy]);
  return windowOf(row, policies);
}

async function storedMessage(
  queries: Queries,
  { policies }: Context,
  id: number,
): Promise<(Message & { readonly isQueued: boolean }) | undefined> {
  const text = `SELECT m.*, ${IS_QUEUED} AS queued FROM message m WHERE m.id = $1::bigint`;
  const [row] = await queries.query<MessageRow & { readonly queued: boolean }>(text, [id]);
  if (row === undefined) return undefined;
  await policies.load(queries, [row.policy]);
  return { ...messageOf(row), isQueued: row.queued };
}

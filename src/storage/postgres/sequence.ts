import { type ClaimedMessage } from '../../model/message.js';
import { nextSequence } from '../../model/decisions/sequence.js';
import { type SequencedMessage, type SequencePage, type SequenceQuery } from '../notification-store.js';
import { claimedMessage } from './claimed-message.js';
import { type Context } from './context.js';
import { DeliverySet } from './delivery-set.js';
import { messageOf, type MessageRow } from './message-set.js';
import { type Message, MESSAGE_STATE } from './rows.js';
import { type Queries } from './transaction.js';

/**
 * Gives messages that were delivered the next numbers of their channels, in this order; they are written with the messages. The transaction that gives numbers of a
 * channel waits here until those before are committed, so it is the last thing that a transaction does.
 */
export async function giveNumbers(queries: Queries, messages: readonly Message[], now: number): Promise<void> {
  const byChannel = [...Map.groupBy(messages, ({ channel }) => channel)].sort(([a], [b]) => (a < b ? -1 : 1));
  for (const [channel, own] of byChannel) {
    await queries.run('INSERT INTO sequence (channel, last) VALUES ($1, 0) ON CONFLICT DO NOTHING', [channel]);
    const [row] = await queries.query<{ readonly last: number }>('SELECT last FROM sequence WHERE channel = $1 FOR UPDATE', [
      channel,
    ]);
    let last = row?.last ?? 0;
    for (const message of own) {
      last = nextSequence(last, now);
      message.sequence = last;
    }
    queries.send('UPDATE sequence SET last = $2::bigint WHERE channel = $1', [channel, last]);
  }
}

/** The numbers of messages that are deleted: a reader at a smaller one may miss them. */
export function notePruned(queries: Queries, numbers: ReadonlyMap<string, number>): void {
  for (const [channel, number] of [...numbers].sort(([a], [b]) => (a < b ? -1 : 1))) {
    queries.send('UPDATE sequence SET pruned = greatest(pruned, $2::bigint) WHERE channel = $1', [channel, number]);
  }
}

/** A part of a channel's sequence: see the port. All statements must see one state of the tables. */
export async function sequencePage(queries: Queries, context: Context, query: SequenceQuery): Promise<SequencePage> {
  const { channel, addresses, after, limit } = query;
  const columns = 'sequence, address, id';
  const rows = await queries.query<{ readonly sequence: number; readonly address: string; readonly id: number }>(
    addresses === undefined
      ? `SELECT ${columns} FROM message WHERE channel = $1 AND sequence > $2::bigint ORDER BY sequence LIMIT $3::integer`
      : `SELECT ${columns} FROM unnest($4::text[]) AS a (name), LATERAL (
           SELECT ${columns} FROM message WHERE address = a.name AND sequence > $2::bigint AND channel = $1 ORDER BY sequence LIMIT $3::integer
         ) AS m ORDER BY sequence LIMIT $3::integer`,
    [channel, after, limit, ...(addresses === undefined ? [] : [addresses])],
  );
  const [numbers] = await queries.query<{ readonly last: number; readonly pruned: number }>(
    'SELECT last, pruned FROM sequence WHERE channel = $1',
    [channel],
  );
  const messages = rows.map(({ sequence, address, id }): SequencedMessage => {
    return { sequence, address, messageId: context.publicId('m', id) };
  });
  return { messages, last: numbers?.last ?? 0, prunedThrough: numbers?.pruned ?? 0 };
}

/** Delivered messages by their ids, as they were sent. */
export async function deliveredMessages(
  queries: Queries,
  context: Context,
  messageIds: readonly string[],
): Promise<readonly ClaimedMessage[]> {
  const ids = messageIds.map((id) => context.privateId('m', id));
  const text = `SELECT * FROM message WHERE id = ANY($1::bigint[]) AND state = ${MESSAGE_STATE.delivered}`;
  const rows = await queries.query<MessageRow>(text, [ids]);
  const live = await new DeliverySet(queries).liveOfMessages(rows.map(({ id }) => id));
  await context.policies.load(
    queries,
    rows.map(({ policy }) => policy),
  );
  return rows.map((row) => claimedMessage(context, messageOf(row), live.get(row.id) ?? []));
}

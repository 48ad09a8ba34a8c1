import { type ClaimedMessage } from '../../model/message.js';
import { type SequencedMessage, type SequencePage, type SequenceQuery } from '../notification-store.js';
import { messageOf } from './claim.js';
import { isRedacted, UNREADABLE } from './content.js';
import { type Database } from './database.js';
import { type StoreState } from './store-state.js';
import { MESSAGE_STATE } from './schema.js';
import { numbersOf } from './sequence-numbers.js';

/** A part of a channel's sequence: see the port. */
export function sequencePage(db: Database, publicId: (id: number) => string, query: SequenceQuery): SequencePage {
  const { channel, addresses, after, limit } = query;
  const all =
    addresses === undefined
      ? db
          .sql('SELECT sequence, address, id FROM message WHERE channel = ? AND sequence > ? ORDER BY sequence LIMIT ?')
          .all(channel, after, limit)
      : addresses.flatMap((address) =>
          db
            .sql(
              'SELECT sequence, address, id FROM message WHERE address = ? AND sequence > ? AND channel = ? ORDER BY sequence LIMIT ?',
            )
            .all(address, after, channel, limit),
        );
  const messages = all.map((row): SequencedMessage => ({
    sequence: Number(row['sequence']),
    address: String(row['address']),
    messageId: publicId(Number(row['id'])),
  }));
  const { last, pruned } = numbersOf(db, channel);
  return { messages: messages.sort((a, b) => a.sequence - b.sequence).slice(0, limit), last, prunedThrough: pruned };
}

/** Delivered messages by their ids, without those whose content was erased or cannot be read. */
export function deliveredMessages(store: StoreState, messageIds: readonly string[]): ClaimedMessage[] {
  return messageIds.flatMap((messageId) => {
    const row = store.message(store.privateId('m', messageId));
    if (row?.state !== MESSAGE_STATE.delivered) return [];
    const entries = store.entries(row.id, row.tail);
    if (entries.some(isRedacted)) return [];
    const message = messageOf(store, row, entries);
    return message.entries.some(({ content }) => content === UNREADABLE) ? [] : [message];
  });
}

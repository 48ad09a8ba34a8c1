import { type ClaimedMessage } from '../../model/message.js';
import { type SequencedMessage, type SequencePage, type SequenceQuery } from '../notification-store.js';
import { claimedMessage } from './claimed-message.js';
import { ADDRESS_END, idOf } from './keys.js';
import { isLive, type Message } from './message.js';
import { sequencePlace } from './places.js';
import { afterVersion } from './redis-state.js';
import { type RowReader } from './read-rows.js';

/**
 * A part of a channel's sequence: see the port. How far it is is read first: what is numbered meanwhile may be there too, and nothing below it is
 * missing, because transactions are written one after another.
 */
export async function sequencePage(reader: RowReader, query: SequenceQuery): Promise<SequencePage> {
  const { channel, addresses, after, limit } = query;
  const commands =
    addresses === undefined
      ? [['ZRANGE', `sq:${channel}`, `(${after}`, '+inf', 'BYSCORE', 'LIMIT', 0, limit] as const]
      : addresses.map((address) => {
          const from = `(${sequencePlace(address, after)}~`;
          return ['ZRANGE', `sa:${channel}`, from, `(${address}${ADDRESS_END}~`, 'BYLEX', 'LIMIT', 0, limit] as const;
        });
  const [stored, ...found] = await reader.read([['HGET', 'sq', channel], ...commands]);
  const numbers = typeof stored === 'string' ? afterVersion(stored) : '0 0';
  const [last = 0, prunedThrough = 0] = numbers.split(' ').map(Number);
  const messages = await reader.messages(found.flatMap((members) => (members as readonly string[]).map(idOf)));
  const numbered = messages
    .flatMap(({ id, address, sequence }): readonly SequencedMessage[] =>
      sequence === undefined ? [] : [{ sequence, address, messageId: reader.context.publicId('m', id) }],
    )
    .sort((a, b) => a.sequence - b.sequence);
  return { messages: numbered.slice(0, limit), last, prunedThrough };
}

/** Delivered messages by their ids, without those whose content was erased: they have no address. */
export async function deliveredMessages(reader: RowReader, messageIds: readonly string[]): Promise<readonly ClaimedMessage[]> {
  const { context } = reader;
  const ids = messageIds.map((id) => context.privateId('m', id)).filter((id) => id > 0);
  const found = (await reader.messages(ids)).filter(({ state, address }) => state === 'delivered' && address !== '');
  const entries = await reader.deliveriesOf(found);
  return found.flatMap((message: Message) => {
    const live = (entries.get(message.id) ?? []).filter(isLive);
    return live.length === 0 || live.length < message.count ? [] : [claimedMessage(context, message, live)];
  });
}

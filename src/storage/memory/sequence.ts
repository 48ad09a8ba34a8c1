import { type ClaimedMessage } from '../../model/message.js';
import { type SequencePage, type SequenceQuery } from '../notification-store.js';
import { claimedMessage } from './claim.js';
import { type MemoryStoreState } from './memory-store-state.js';

/** A part of a channel's sequence: see the port. */
export function sequencePage(store: MemoryStoreState, { channel, addresses, after, limit }: SequenceQuery): SequencePage {
  const messages = [...store.messages.values()]
    .filter((message) => message.channel === channel && (addresses === undefined || addresses.includes(message.address)))
    .map(({ id, address, sequence = 0 }) => ({ sequence, address, messageId: store.publicId('m', id) }))
    .filter(({ sequence }) => sequence > after)
    .sort((a, b) => a.sequence - b.sequence);
  const { last, pruned } = store.sequences.get(channel) ?? NONE;
  return { messages: messages.slice(0, limit), last, prunedThrough: pruned };
}

/** Delivered messages by their ids, without those whose content was erased: they have no address. */
export function deliveredMessages(store: MemoryStoreState, messageIds: readonly string[]): ClaimedMessage[] {
  return messageIds.flatMap((id) => {
    const message = store.message(id);
    return message?.state === 'delivered' && message.address !== '' ? [claimedMessage(store, message)] : [];
  });
}

const NONE = { last: 0, pruned: 0 };

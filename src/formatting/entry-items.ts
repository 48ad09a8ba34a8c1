import { type EntryItem } from '../model/entry-item.js';
import { type ClaimedMessage } from '../model/message.js';

/** What a message holds, for channels that programs read; the type is `mixed` when there are several. */
export function entryItems(message: ClaimedMessage): { readonly type: string; readonly items: readonly EntryItem[] } {
  // The type of the window is that of its first entry, which a newer one may have replaced.
  const [type = message.type, ...others] = new Set(message.entries.map(({ content }) => content.type));
  return {
    type: others.length === 0 ? type : 'mixed',
    items: message.entries.map(({ deliveryId, acceptedAt, content }) => ({
      id: deliveryId,
      type: content.type,
      ...(content.title === '' ? {} : { title: content.title }),
      ...(content.body === undefined ? {} : { body: content.body }),
      ...(content.actor === undefined ? {} : { actor: content.actor }),
      ...(content.data === undefined ? {} : { data: content.data }),
      priority: content.priority,
      at: new Date(acceptedAt).toISOString(),
    })),
  };
}

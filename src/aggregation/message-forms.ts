import { type MessageRenderer } from '../formatting/message-renderer.js';
import { type CloseShape } from '../model/decisions/closing.js';
import { type ClaimedMessage, type MessageEntry } from '../model/message.js';
import { type WindowPreview } from './aggregation-results.js';

/** What a channel's formatter makes of a message, or of each of its entries. */
export async function formsOf(
  renderer: MessageRenderer,
  message: ClaimedMessage,
  shape: CloseShape,
): Promise<WindowPreview['messages']> {
  const sent = shape === 'digest' ? [message] : message.entries.map((entry) => alone(message, entry));
  const rendered = await renderer.render(sent);
  return rendered.map((one, index) => {
    const count = sent[index]?.entries.length ?? 0;
    if ('failure' in one) return { count, failure: one.failure };
    return { count, content: 'content' in one ? one.content : undefined };
  });
}

function alone(message: ClaimedMessage, entry: MessageEntry): ClaimedMessage {
  const { type, priority } = entry.content;
  return { ...message, type, priority, entries: [entry] };
}

import { type FormatterRegistry } from '../formatting/formatter-registry.js';
import { type CloseShape } from '../model/decisions/closing.js';
import { type ClaimedMessage, type MessageEntry } from '../model/message.js';
import { type WindowPreview } from './aggregation-results.js';

/** What a channel's formatter makes of a message, or of each of its entries. */
export function formsOf(formatters: FormatterRegistry, message: ClaimedMessage, shape: CloseShape): WindowPreview['messages'] {
  const sent = shape === 'digest' ? [message] : message.entries.map((entry) => alone(message, entry));
  return sent.map((one) => {
    const result = formatters.format(one);
    return 'content' in result
      ? { count: one.entries.length, content: result.content }
      : { count: one.entries.length, failure: result.failure };
  });
}

function alone(message: ClaimedMessage, entry: MessageEntry): ClaimedMessage {
  const { type, priority } = entry.content;
  return { ...message, type, priority, entries: [entry] };
}

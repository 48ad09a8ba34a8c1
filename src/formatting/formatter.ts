import { type ClaimedMessage } from '../model/message.js';

/**
 * Makes what a channel's transport sends out of a message's entries. A host replaces one with
 * `@NotificationFormatter({ channel, type? })`; the most specific match (channel and type, channel) wins. When it throws,
 * the channel's built-in formatter is used and the error counted.
 *
 * It must be pure: the same message always gives the same content, since every attempt sends it again.
 */
export interface Formatter<Content = unknown> {
  format(message: ClaimedMessage): Content;
}

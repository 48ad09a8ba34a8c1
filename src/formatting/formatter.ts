import { type ClaimedMessage } from '../model/message.js';

/**
 * Makes what a channel's transport sends out of a message's entries. A host replaces one with
 * `@NotificationFormatter({ channel, type? })`; the most specific match (channel and type, channel) wins. A digest of several types takes the one of
 * the channel. When it throws, rejects, or takes longer than `formatting.timeoutMs`, the channel's built-in formatter is used and the error counted.
 *
 * It must be pure: the same message always gives the same content, since every attempt formats the message again.
 */
export interface Formatter<Content = unknown> {
  /** @returns the content for the transport of the channel, or a promise of it. It may throw: the built-in formatter is used then */
  format(message: ClaimedMessage): Content | PromiseLike<Content>;
}

/** A formatter that answers at once, as all built-in ones do. */
export interface ImmediateFormatter<Content = unknown> extends Formatter<Content> {
  /** @returns the content for the transport of the channel */
  format(message: ClaimedMessage): Content;
}

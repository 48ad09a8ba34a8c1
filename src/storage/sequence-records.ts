/** Which messages of a channel's sequence are asked for. */
export interface SequenceQuery {
  /** The channel whose stream is read. */
  readonly channel: string;
  /** Those of these addresses, at most 100; those of all addresses when absent. */
  readonly addresses?: readonly string[];
  /** Those whose number is greater. */
  readonly after: number;
  /** Most messages of the answer, ≥ 1. */
  readonly limit: number;
}

/** A delivered message with its number in its channel's sequence. */
export interface SequencedMessage {
  /** Its number in the stream of the channel. */
  readonly sequence: number;
  /** The reader, topic or `*` that it is for. */
  readonly address: string;
  /** Of the message. */
  readonly messageId: string;
}

/** A part of a stream. */
export interface SequencePage {
  /** The least numbers first. */
  readonly messages: readonly SequencedMessage[];
  /** The last number that the channel gave; 0 before the first. */
  readonly last: number;
  /** The greatest number whose message was pruned; 0 when none was. Who was at a smaller one may miss messages. */
  readonly prunedThrough: number;
}

import { type Failure } from '../model/failure.js';
import { type JsonValue } from '../model/notification.js';
import { type ClaimedMessage, type Lane } from '../model/message.js';

/** A message with its rendered content, ready for the wire. `Content` is what the channel's formatter makes. */
export interface OutgoingMessage<Content = unknown> {
  /** What is sent, with its deliveries. */
  readonly message: ClaimedMessage;
  /** What the formatter of the channel made of it. */
  readonly content: Content;
  /** `content` is rendered each time it is read, and its getter throws when that fails; see `Transport.lazyContent`. */
  readonly lazyContent?: true;
}

/**
 * What became of one message. `accepted` means the receiver took it. A failed one has a kind:
 *
 * - `retry`: another attempt may help, not before `retryAfterMs`;
 * - `permanent`: no attempt can help;
 * - `uncertain`: the content was sent, and no answer came;
 * - `channel_unavailable`: the receiver refuses the channel, not the message. No attempt is consumed; the channel is paused;
 * - `deferred`: the message was not attempted. It returns after `retryAfterMs` (default: at once), and no attempt is consumed.
 *   This is also the answer for each message that was not attempted when `SendContext.signal` fired.
 */
export type SendResult =
  | {
      readonly status: 'accepted';
      /**
       * The channel is a stream that is read back from the store: the message gets the next number of the channel's one sequence as it is recorded
       * as delivered, and the readers of the stream are woken.
       */
      readonly sequenced?: true;
      /** What the receiver answered, in one line and without secrets, e.g. the number that a mail has in the server's queue. It is shown with the message. */
      readonly answer?: string;
      /** Further receivers that were refused while the rest was accepted (copies of a mail): noted in the `errors` of the delivery. */
      readonly refused?: readonly Failure[];
    }
  | {
      readonly status: 'failed';
      readonly kind: 'retry' | 'permanent' | 'uncertain' | 'channel_unavailable' | 'deferred';
      readonly failure: Failure;
      /** The address is wrong for good, and not just this message: it is suppressed for 30 days. For results of the kind `permanent`. */
      readonly addressBounced?: true;
      /**
       * Names the endpoint that failed, where the address does not tell (see `Transport.endpointOf`): the channel is not to blame for it, and is not
       * paused.
       */
      readonly endpoint?: string;
      /** The receiver's own word on when to come back, ms from now. A floor under the back-off. */
      readonly retryAfterMs?: number;
      /** Kept with the message and given back at the next attempt, e.g. the pages already posted. */
      readonly progress?: JsonValue;
    };

/** What a transport is given with a batch. */
export interface SendContext {
  /**
   * Aborted at the send's deadline, and when the process stops. The transport then answers at once: what it was sending is `uncertain`, or
   * `retry` where the receiver cannot have taken it, and what it had not attempted is `deferred`. It has a few seconds for that (one at a stop);
   * what it does not answer for is taken as `uncertain`.
   */
  readonly signal: AbortSignal;
  /** The queue that the batch comes from. */
  readonly lane: Lane;
  /**
   * To be called once the transport has a connection and is about to send. The time until then is not the time of a message, so the size of
   * batches does not follow it. Without a call all of the time counts.
   */
  readonly connected?: () => void;
  /**
   * To be told of each message that the receiver accepted, as soon as it did. It is delivered then, whatever `send` answers or throws later, and a
   * process that is killed repeats fewer.
   *
   * @param answer as in `SendResult`
   * @param refused as in `SendResult`
   */
  readonly accepted?: (message: ClaimedMessage, answer?: string, refused?: readonly Failure[]) => void;
  /**
   * Reads the bytes of a message's attachments from the store, in the order of `content.email.attachments` of its only entry; none when there are
   * none. They may be many megabytes, so a transport reads them when a message's turn comes, and keeps few at once.
   */
  readonly attachments?: (message: ClaimedMessage) => Promise<readonly Uint8Array[]>;
}

/** Connections of one transport. */
export interface PoolStatistics {
  /** Most it may hold. */
  readonly size: number;
  /** Those that send. */
  readonly inUse: number;
  /** Those that are open and send nothing. */
  readonly idle: number;
  /** Callers that wait for one. */
  readonly waiting: number;
  /** Since the start. */
  readonly created: number;
  /** Attempts to connect that failed, and connections that broke. */
  readonly failed: number;
}

/** What a transport knows of itself, without asking anybody. */
export interface TransportHealth {
  /** False: the channel is an error of health. */
  readonly ok: boolean;
  /** One line, free of secrets. */
  readonly detail: string;
}

/** What a transport keeps over restarts and over all instances: a few small texts by name, in the store. */
export interface TransportState {
  /** @returns undefined when there is none */
  get(name: string): Promise<string | undefined>;
  /** Stores a value in place of the present one. */
  set(name: string, value: string): Promise<void>;
  /** Stores a value unless there is one, also when another instance does so at the same time; resolves with the one that is stored then. */
  setIfAbsent(name: string, value: string): Promise<string>;
  /**
   * Makes a new value of the present one, also when others do so at the same time; undefined: there is none. Resolves with the new one.
   *
   * @param change may be called several times
   */
  update(name: string, change: (value: string | undefined) => string | undefined): Promise<string | undefined>;
}

/**
 * A way to send. A host adds one with `@NotificationTransport('sms')` on a provider that implements this.
 *
 * `send` gets at least one message of its channel and answers one result a message, in the same order. It should not
 * reject. When it does, what it reported by `context.accepted` is delivered and is not sent again; the rest is sent at once in halves, until the
 * message that it rejects stands alone, which is tried again later (`internal`). A transport that may reject after it sent a part of a batch must
 * therefore report each accepted message at once, or the healthy ones are sent several times.
 */
export interface Transport<Content = unknown> {
  /** Takes several messages in one `send`. Defaults to false: every call gets one. */
  readonly batching?: boolean;
  /**
   * The transport reads the `content` of each message once, just before it sends that message, so that a batch is never rendered in memory as a
   * whole. When the getter throws, the transport reports `unrenderable`. Defaults to false: contents are rendered before `send`.
   */
  readonly lazyContent?: boolean;
  /** Most `send` calls at once; defaults to `BATCH_MAX_CONCURRENCY`. */
  readonly concurrency?: number;
  /**
   * Least time between two messages to one address, ms, over all instances that share the store; the option `perChannel.addressIntervalMs` can make
   * it longer. A message that would come too early is not handed over yet, and a result `rate_limited` with a `retryAfterMs` holds its address for
   * all instances. Defaults to no interval.
   */
  readonly addressIntervalMs?: number;
  /** Nothing of this channel outlives the process's stop (in-app streams): its windows are always flushed on stop. */
  readonly ephemeral?: boolean;
  /** Returns the endpoint behind an address, for a channel whose endpoints fail independently (a webhook host). Defaults to one endpoint per channel. */
  endpointOf?(address: string): string | undefined;
  /**
   * What must be set before the channel can be used, e.g. `set SLACK_BOT_TOKEN`: the transport is then not registered, and a notification for its
   * channel is refused with these words. Defaults to nothing.
   */
  readonly missing?: string | undefined;
  /** Where its messages go, in a few words and without secrets: for the log of the start. */
  readonly destination?: string | undefined;
  /** Why an address is not one of this channel's; undefined when it is. Defaults to any non-empty one. */
  validateAddress?(address: string): string | undefined;
  /**
   * The form in which a valid address is stored, compared and shown, so that one receiver has one address (an e-mail domain in lower case, say).
   * It must be idempotent. Defaults to the address as given.
   */
  canonicalAddress?(address: string): string;
  /** Sends messages. */
  send(messages: readonly OutgoingMessage<Content>[], context: SendContext): Promise<readonly SendResult[]>;
  /** Called once before the first send. */
  open?(state: TransportState): Promise<void>;
  /** Erases what the transport keeps of an address. It may be called for one that it keeps nothing of. Defaults to nothing. */
  forget?(address: string): Promise<void>;
  /** Called once after the last send; lets go of every connection and timer. */
  close?(): Promise<void>;
  /** What it knows of its receiver, at once and without connecting; absent: the channel counts as healthy. */
  health?(): Promise<TransportHealth>;
  /** Its connections; absent: it has none. */
  pool?(): PoolStatistics;
}

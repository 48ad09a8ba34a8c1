import { EventEmitter } from 'node:events';
import { type Route } from './delivery.js';
import { type EndedDelivery, type FinalState } from './ended-delivery.js';
import { type FailureReason } from './failure.js';
import { type Lane } from './message.js';
import { type SuppressionReason } from './suppression.js';
import { type ClosedWindow } from './window.js';

/**
 * What happened. One event covers a whole group, except the five that are named as the final states: these are emitted once for each delivery, on the
 * instance that settled it, after it was written. They are not kept: what a process that is killed did not emit is never emitted.
 */
export interface NotificationEventMap {
  /** A delivery reached this final state; `cancelled` says why in its reason. */
  delivered: [EndedDelivery];
  /** A delivery was given up: `reason` is that of its last failure. */
  dead: [EndedDelivery];
  /** A delivery was cancelled: `reason` says why. */
  cancelled: [EndedDelivery];
  /** A delivery reached its `expiresAt`. */
  expired: [EndedDelivery];
  /** A newer delivery with the same `dedupeKey` took its place. */
  replaced: [EndedDelivery];
  /** Notifications became durable, or were refused. Counts are deliveries, except `duplicates` and `refused` (notifications). */
  accepted: [
    {
      readonly rows: readonly {
        readonly channel: string;
        readonly type: string;
        readonly route: Route;
        readonly count: number;
      }[];
      readonly duplicates: number;
      readonly refused: number;
    },
  ];
  /**
   * A call made these deliveries durable, in the asynchronous context of the call. Made only when somebody listens, and not for deliveries that were there
   * already, nor for those accepted in a transaction of the application.
   */
  enqueued: [
    {
      /** When the call reached the store, epoch ms. */
      readonly startedAt: number;
      readonly deliveries: readonly {
        readonly id: string;
        readonly messageId: string;
        readonly channel: string;
        readonly type: string;
        readonly route: Route;
      }[];
    },
  ];
  /** Windows closed, at least one. */
  windowsClosed: [{ readonly windows: readonly ClosedWindow[] }];
  /** A batch ended and is recorded. */
  batchFinished: [
    {
      readonly channel: string;
      readonly lane: Lane;
      /** Messages that were handed to the transport; 0 when none of them could be formatted. */
      readonly size: number;
      /** Time in the transport, ms. */
      readonly durationMs: number;
      readonly messages: readonly {
        readonly messageId: string;
        readonly address: string;
        readonly type: string;
        /** Deliveries it carries. */
        readonly count: number;
        readonly outcome: 'delivered' | 'retry' | 'dead' | 'cancelled' | 'released';
        readonly reason?: FailureReason;
        /** From due to settled, ms. */
        readonly latencyMs: number;
        /** From opened (accepted) to due, ms. */
        readonly bufferMs: number;
      }[];
    },
  ];
  /** An address was suppressed on a channel: by a hard bounce, or by a call. */
  suppressed: [{ readonly channel: string; readonly address: string; readonly reason: SuppressionReason; readonly at: number }];
  /** So many deliveries expired. */
  expirations: [{ readonly count: number }];
  /** So many dead deliveries were queued again. */
  replayed: [{ readonly count: number }];
  /** What waited for a recipient was planned again, because preferences changed or the directory answers again. */
  replanned: [ReplannedEvent];
  /** A channel sends nothing until it is resumed, or, after a failure, until a probe succeeds. */
  channelPaused: [{ readonly channel: string; readonly by: 'operator' | 'failure'; readonly detail: string }];
  /** A channel sends again. */
  channelResumed: [{ readonly channel: string }];
  /**
   * A part became unhealthy, or recovered: `store`, `windows`, `memory`, `batches`, `errors`, `limits` or `channel NAME`. Once for each
   * change.
   */
  healthChanged: [{ readonly part: string; readonly status: 'ok' | 'warning' | 'error'; readonly detail: string }];
  /** A formatter threw and the built-in one took its place. */
  formatterFailed: [{ readonly channel: string; readonly type: string; readonly error: unknown }];
  /** The engine itself met something unexpected (a store that does not answer, a transport that threw). */
  failed: [{ readonly where: string; readonly error: unknown }];
  /** A listener threw, or its promise was rejected. `listener` is its name. */
  listenerFailed: [{ readonly event: NotificationEventName; readonly listener: string; readonly error: unknown }];
}

/** What planning a recipient's messages again did. */
export interface ReplannedEvent {
  /** Without `user:`. */
  readonly recipientId: string;
  /** Messages that are sent now. */
  readonly sent: number;
  /** Messages that are due at another time. */
  readonly moved: number;
  /** Deliveries that no longer come. */
  readonly cancelled: number;
  /** Messages that are due when they were. */
  readonly unchanged: number;
}

/** The name of an event. */
export type NotificationEventName = keyof NotificationEventMap;
/** What a listener of an event is given. */
export type NotificationEvent<Name extends NotificationEventName> = NotificationEventMap[Name][0];

/** The module's events. A listener that throws or rejects disturbs neither the emitter nor other listeners; the log names it. */
export class NotificationEvents {
  private readonly emitter = new EventEmitter().setMaxListeners(0);

  /**
   * @param listener called at once, in the order of the calls of `on`; nobody waits for a promise that it returns
   * @param label its name in the log; the name of the function when absent
   * @returns how to stop listening
   */
  on<Name extends NotificationEventName>(
    name: Name,
    listener: (event: NotificationEvent<Name>) => unknown,
    label = listener.name || 'anonymous',
  ): () => void {
    const failed = (error: unknown): void => {
      if (name !== 'listenerFailed') this.emit('listenerFailed', { event: name, listener: label, error });
    };
    const guarded = (event: NotificationEvent<Name>): void => {
      try {
        const answer = listener(event);
        if (answer instanceof Promise) answer.catch(failed);
      } catch (error) {
        failed(error);
      }
    };
    this.emitter.on(name, guarded);
    return () => this.emitter.off(name, guarded);
  }

  /** Whether anybody listens. */
  isHeard(name: NotificationEventName): boolean {
    return this.emitter.listenerCount(name) > 0;
  }

  /** Emits each of these deliveries as the event of its state. */
  emitEnded(deliveries: readonly EndedDelivery[]): void {
    for (const delivery of deliveries) this.emit<FinalState>(delivery.state, delivery);
  }

  /** Calls the listeners of an event, in the order in which they were added. */
  emit<Name extends NotificationEventName>(name: Name, event: NotificationEvent<Name>): void {
    this.emitter.emit(name, event);
  }
}

import { EventEmitter } from 'node:events';
import { type Route } from './delivery.js';
import { type FailureReason } from './failure.js';
import { type Lane } from './message.js';
import { type ClosedWindow } from './window.js';

/** What happened, as the rooms tell it. One event covers a whole group: nothing is emitted per delivery. */
export interface NotificationEventMap {
  /** Notifications became durable, or were refused. Counts are deliveries, save `duplicates` and `refused` (notifications). */
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
        readonly outcome: 'delivered' | 'retry' | 'dead' | 'released';
        readonly reason?: FailureReason;
        /** From due to settled, ms. */
        readonly latencyMs: number;
        /** From opened (accepted) to due, ms. */
        readonly bufferMs: number;
      }[];
    },
  ];
  expired: [{ readonly count: number }];
  replayed: [{ readonly count: number }];
  channelPaused: [{ readonly channel: string; readonly by: 'operator' | 'failure'; readonly detail: string }];
  channelResumed: [{ readonly channel: string }];
  /**
   * A part stopped being well, or is well again: `store`, `windows`, `memory`, `batches`, `errors`, `limits` or `channel NAME`. Once for each
   * change.
   */
  healthChanged: [{ readonly part: string; readonly status: 'ok' | 'warning' | 'error'; readonly detail: string }];
  /** A formatter threw and the built-in one took its place. */
  formatterFailed: [{ readonly channel: string; readonly type: string; readonly error: unknown }];
  /** The engine itself met something unexpected (a store that does not answer, a transport that threw). */
  failed: [{ readonly where: string; readonly error: unknown }];
}

/** The module's own bus. A listener that throws does not disturb the emitter. */
export class NotificationEvents {
  private readonly emitter = new EventEmitter();

  on<K extends keyof NotificationEventMap>(name: K, listener: (event: NotificationEventMap[K][0]) => void): () => void {
    const guarded = (event: NotificationEventMap[K][0]): void => {
      try {
        listener(event);
      } catch (error) {
        if (name !== 'failed') this.emit('failed', { where: `listener of ${name}`, error });
      }
    };
    this.emitter.on(name, guarded);
    return () => this.emitter.off(name, guarded);
  }

  emit<K extends keyof NotificationEventMap>(name: K, event: NotificationEventMap[K][0]): void {
    this.emitter.emit(name, event);
  }
}

import { type AcceptedNotification } from './delivery.js';
import { type Notification } from './notification.js';

export interface IntakeOptions {
  /** Does not gather it in a window, whatever the rules say. */
  readonly direct?: boolean;
  /** Most bytes of its attachments together. Defaults to `ATTACHMENT_LIMITS.bytes`. */
  readonly maxAttachmentBytes?: number;
}

/** @internal The front door, as the modules behind it may use it. */
export abstract class Intake {
  /** Resolves once it is durable. @throws InvalidNotificationError, IdempotencyConflictError, QueueFullError, ShuttingDownError */
  abstract accept(notification: Notification, options?: IntakeOptions): Promise<AcceptedNotification>;

  /** From here everything is refused with `ShuttingDownError`. */
  abstract close(): void;
}

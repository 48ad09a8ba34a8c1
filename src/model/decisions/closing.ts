import { type ClosedWindow, type CloseReason, type WindowPolicy, type WindowTimes } from '../window.js';

/** What the decisions look at of an open window. */
export interface WindowFacts extends WindowTimes {
  /** The channel that it is sent on. */
  readonly channel: string;
  /** The address that it is sent to. */
  readonly address: string;
  /** The type that it is shown with. */
  readonly type: string;
  /** What it gathers by. */
  readonly policy: WindowPolicy;
  /** The `sendAt` of its entries, epoch ms; undefined when they have none. */
  readonly notBefore?: number;
  /** Live deliveries in it, ≥ 1: a window that loses its last one is no longer open. */
  readonly count: number;
}

/** What becomes of the entries of a window that closes: one message of all, or each in its own message. */
export type CloseShape = 'digest' | 'individual';

/** The shape that follows from the window's own policy. */
export function shapeAtClose({ minCount }: WindowPolicy, count: number): CloseShape {
  return count < minCount ? 'individual' : 'digest';
}

/** When the messages of a window that closes at `now` may be sent, epoch ms. */
export function readyAtClose({ notBefore = 0 }: Pick<WindowFacts, 'notBefore'>, now: number): number {
  return Math.max(now, notBefore);
}

/** Whether a window may close before its time: what waits for a `sendAt` may not. */
export function mayCloseEarly({ notBefore = 0 }: Pick<WindowFacts, 'notBefore'>, now: number): boolean {
  return notBefore <= now;
}

/** What is told of a window that closed at `now`. */
export function closedWindow(messageId: string, window: WindowFacts, reason: CloseReason, now: number): ClosedWindow {
  const { channel, address, type, count, openedAt, policy } = window;
  return {
    messageId,
    channel,
    address,
    type,
    count,
    reason,
    openMs: Math.max(0, now - openedAt),
    burst: policy.burst === true,
  };
}

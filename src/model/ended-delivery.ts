import { type FailureReason } from './failure.js';

/** States in which nothing more happens to a delivery by itself; only a replay leaves `dead`. */
export const FINAL_STATES = ['delivered', 'dead', 'cancelled', 'expired', 'replaced'] as const;
/** A state that a delivery ends in. */
export type FinalState = (typeof FINAL_STATES)[number];

/** A delivery that reached a final state. */
export interface EndedDelivery {
  /** Of the delivery. */
  readonly id: string;
  /** Of the message that it was in. */
  readonly messageId: string;
  /** The channel that it was for. */
  readonly channel: string;
  /** The address that it was for; `user:ID` for a recipient. */
  readonly address: string;
  /** As the caller gave it. */
  readonly type: string;
  /** How it ended. */
  readonly state: FinalState;
  /** Why it ended otherwise than delivered. */
  readonly reason?: FailureReason;
  /** As the caller gave them. */
  readonly idempotencyKey?: string;
  /** As the caller gave it. */
  readonly groupKey?: string;
  /** When it ended, epoch ms. */
  readonly at: number;
}

/** Who is told of deliveries that ended. */
export interface EndedObserver {
  /** Whether deliveries that end in this state are to be told. It is asked each time, so that nothing is collected that nobody wants. */
  wants(state: FinalState): boolean;
  /** At least one, each once. It must not throw. */
  ended(deliveries: readonly EndedDelivery[]): void;
}

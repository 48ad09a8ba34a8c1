import { type FailureReason } from './failure.js';

/** States in which nothing more happens to a delivery by itself; only a replay leaves `dead`. */
export const FINAL_STATES = ['delivered', 'dead', 'cancelled', 'expired', 'replaced'] as const;
export type FinalState = (typeof FINAL_STATES)[number];

/** A delivery that reached a final state. */
export interface EndedDelivery {
  readonly id: string;
  readonly messageId: string;
  readonly channel: string;
  readonly address: string;
  readonly type: string;
  readonly state: FinalState;
  /** Why it ended otherwise than delivered. */
  readonly reason?: FailureReason;
  /** As the caller gave them. */
  readonly idempotencyKey?: string;
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

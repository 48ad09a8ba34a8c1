import { type PlannedArrival } from '../../model/decisions/arrival-plan.js';
import { type NotificationContent } from '../../model/notification.js';

/** How one address of a notification goes. */
export interface PreparedArrival extends PlannedArrival {
  readonly address: string;
  /** `windowKey`; undefined when it is not gathered. */
  readonly baseKey: string | undefined;
}

/** One delivery on its way in. */
export interface Arrival extends PreparedArrival {
  readonly content: NotificationContent;
  readonly id: number;
  readonly firstId: number;
  /** The first delivery of those that share its content; undefined: it has its own. */
  readonly sharedBy: number | undefined;
  /** Whom the address was looked up for. */
  readonly recipient: string | undefined;
  readonly now: number;
  /** Its `sendAt`, when that is still to come. */
  readonly notBefore: number | undefined;
}

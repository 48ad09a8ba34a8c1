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
  /** Its content is stored once for its notification. */
  readonly shared: boolean;
  readonly now: number;
  /** Its `sendAt`, when that is still to come. */
  readonly notBefore: number | undefined;
}

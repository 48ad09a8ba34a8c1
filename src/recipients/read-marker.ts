import { type Replanner, type WaitingDelivery } from '../model/decisions/plan-change.js';

/** Which deliveries were read; everything when empty. */
export interface Wanted {
  /** Those that were named. */
  readonly ids?: ReadonlySet<string>;
  /** Their notifications: what was read on one channel was read on every one. */
  readonly notifications?: ReadonlySet<string>;
  readonly groupKey?: string | undefined;
  /** Accepted before, epoch ms. */
  readonly before?: number | undefined;
}

/** Cancels what was read and plans nothing. */
export class ReadMarker implements Replanner {
  constructor(private readonly wanted: Wanted) {}

  cancels(): undefined {
    return undefined;
  }

  cancelsDelivery({ deliveryId, notificationId, acceptedAt, content }: WaitingDelivery): 'read' | undefined {
    const { ids, notifications, groupKey, before } = this.wanted;
    if (notifications?.has(notificationId) === false) return undefined;
    if (groupKey !== undefined && groupKey !== content.groupKey) return undefined;
    if (before !== undefined && acceptedAt >= before) return undefined;
    // What comes later without `unless` comes in any case, unless it is named itself.
    const comesAnyway = content.afterMs !== undefined && content.unless !== 'read';
    return comesAnyway && ids?.has(deliveryId) !== true ? undefined : 'read';
  }
}

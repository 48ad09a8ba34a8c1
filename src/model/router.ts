import { type Route } from './delivery.js';
import { type NotificationPriority } from './notification.js';

/** What the choice of a route depends on. */
interface RoutingFacts {
  readonly priority: NotificationPriority;
  /** Aggregation is on and a rule with a window matches. */
  readonly aggregates: boolean;
  /** The channel's transport takes several messages at once, and `BATCH_MAX_SIZE` is more than one. */
  readonly batches: boolean;
}

/** How a delivery is sent on its way; the first that applies. */
export function routeOf({ priority, aggregates, batches }: RoutingFacts): Route {
  if (priority === 'critical') return 'immediate';
  if (aggregates) return 'aggregate';
  return batches ? 'batch' : 'individual';
}

import { DEAD_LETTER_ROUTES } from './dead-letter-routes.js';
import { NOTIFICATION_ROUTES } from './notification-routes.js';
import { PAGE_ROUTES } from './page-routes.js';
import { RECIPIENT_ROUTES } from './recipient-routes.js';
import { type RouteDescription, type RouteGroup } from './route-description.js';
import { STATISTICS_ROUTES } from './statistics-routes.js';
import { STREAM_ROUTES } from './stream-routes.js';
import { SUPPRESSION_ROUTES } from './suppression-routes.js';
import { WINDOW_ROUTES } from './window-routes.js';

/** Every route of the module, in the order of the description. */
export const ROUTE_GROUPS: readonly RouteGroup[] = [
  NOTIFICATION_ROUTES,
  WINDOW_ROUTES,
  DEAD_LETTER_ROUTES,
  RECIPIENT_ROUTES,
  SUPPRESSION_ROUTES,
  STREAM_ROUTES,
  STATISTICS_ROUTES,
  PAGE_ROUTES,
];

export const ROUTE_DESCRIPTIONS: readonly RouteDescription[] = ROUTE_GROUPS.flatMap(({ routes }) => routes);

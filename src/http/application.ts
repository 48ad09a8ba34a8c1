import { type IncomingMessage, type ServerResponse } from 'node:http';
import { HttpAdapterHost } from '@nestjs/core';
import { type NestExpressApplication } from '@nestjs/platform-express';
import { NOTIFICATION_LIMITS } from '../model/notification.js';
import { ProblemDetailsFilter } from './problem-details.filter.js';

/** A thousand of the longest addresses and the largest content, with room for escapes. */
export const MAX_BODY_BYTES = 2 * NOTIFICATION_LIMITS.addresses * NOTIFICATION_LIMITS.addressCharacters;

/** What the answers of a stand-alone application have, whatever they are. */
const HEADERS = {
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'X-Frame-Options': 'DENY',
  'Cross-Origin-Resource-Policy': 'same-origin',
} as const;

/**
 * What a host of the routes does for itself and the stand-alone application needs done: limits of bodies, headers, and problem
 * details also for what happens before a controller is reached (bad JSON, a body too large, an unknown route).
 */
export function configureApplication(app: NestExpressApplication): void {
  app.disable('x-powered-by');
  app.use((_request: IncomingMessage, response: ServerResponse, next: () => void) => {
    for (const [name, value] of Object.entries(HEADERS)) response.setHeader(name, value);
    next();
  });
  app.useBodyParser('json', { limit: MAX_BODY_BYTES });
  app.useGlobalFilters(new ProblemDetailsFilter(app.get(HttpAdapterHost)));
}

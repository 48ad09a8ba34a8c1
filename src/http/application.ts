import { type IncomingMessage, type ServerResponse } from 'node:http';
import { HttpAdapterHost } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { type ResolvedHttpOptions } from '../config/http-options.js';
import { NOTIFICATION_OPTIONS, type ResolvedOptions } from '../config/options.js';
import { NOTIFICATION_LIMITS } from '../model/notification.js';
import { answerBadRequests } from './bad-requests.js';
import { problem, PROBLEM_CONTENT_TYPE } from './problem.js';
import { ProblemDetailsFilter } from './problem-details.filter.js';
import { hostProblem } from './request-origin.js';

/** A thousand of the longest addresses and the largest content, with room for escapes. */
export const MAX_BODY_BYTES = 2 * NOTIFICATION_LIMITS.addresses * NOTIFICATION_LIMITS.addressCharacters;

/** What the answers of a stand-alone application have, whatever they are. */
const HEADERS = {
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'X-Frame-Options': 'DENY',
  'Cross-Origin-Resource-Policy': 'same-origin',
} as const;

/** How the stand-alone application is created. */
export const APPLICATION_OPTIONS = {
  abortOnError: false,
  // Parsers are chosen below; the bytes are kept until it is known that they are UTF-8.
  bodyParser: false,
  rawBody: true,
} as const;

/** Longer than the 60 s that proxies usually keep an idle connection: who closes first must not be the one that is asked. */
const KEEP_ALIVE_MS = 65_000;

type Middleware = (request: IncomingMessage, response: ServerResponse, next: () => void) => void;

/**
 * What a host of the routes does for itself and the stand-alone application needs done: limits of bodies, headers, names that are
 * served, and problem details also for what happens before a controller is reached (bad JSON, a body too large, an unknown route).
 */
export function configureApplication(app: NestExpressApplication): void {
  const { http } = app.get<ResolvedOptions>(NOTIFICATION_OPTIONS, { strict: false });
  app.disable('x-powered-by');
  app.use(addHeaders);
  // The guards of the routes do the same; this is for what is no route: the description of the API, and what does not exist.
  if (http !== false) app.use(servesHosts(http));
  app.useBodyParser('json', { limit: MAX_BODY_BYTES });
  app.useGlobalFilters(new ProblemDetailsFilter(app.get(HttpAdapterHost)));
  const server = app.getHttpServer();
  answerBadRequests(server);
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  server.headersTimeout = KEEP_ALIVE_MS + 1_000;
}

const addHeaders: Middleware = (_request, response, next) => {
  for (const [name, value] of Object.entries(HEADERS)) response.setHeader(name, value);
  next();
};

function servesHosts(http: ResolvedHttpOptions): Middleware {
  const health = `/${http.prefix}/health`;
  return (request, response, next) => {
    const path = request.url?.split('?', 1)[0] ?? '';
    const refusal = path === health || path.startsWith(`${health}/`) ? undefined : hostProblem(request.headers, http);
    if (refusal === undefined) {
      next();
      return;
    }
    response.writeHead(403, { 'Content-Type': PROBLEM_CONTENT_TYPE });
    response.end(JSON.stringify(problem(403, 'forbidden', refusal)));
  };
}

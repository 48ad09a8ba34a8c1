import { type IncomingMessage, type ServerResponse } from 'node:http';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { PACKAGE_VERSION } from '../model/package-version.js';
import { CHALLENGES, hasApiToken, HOW_TO_AUTHENTICATE } from './api-token.js';
import { describeNotificationRoutes } from './openapi/describe-notification-routes.js';
import { problem, PROBLEM_CONTENT_TYPE } from './problem.js';
import { prefersHtml, UNAUTHORIZED_CSP, UNAUTHORIZED_PAGE } from './unauthorized-page.js';

/**
 * Serves the description of the routes and a page to try them, at `<prefix>/docs`. `@nestjs/swagger` is loaded here and nowhere
 * else: a host need not have it.
 *
 * @returns whether it is served: not where `@nestjs/swagger` is not installed
 */
export async function serveOpenApi(app: NestExpressApplication, prefix: string, apiToken: string | undefined): Promise<boolean> {
  const swagger = await import('@nestjs/swagger').catch((error: unknown) => {
    if (isNotInstalled(error)) return undefined;
    throw error;
  });
  if (swagger === undefined) return false;
  const { DocumentBuilder, SwaggerModule } = swagger;
  const config = new DocumentBuilder()
    .setTitle('nestjs-digest')
    .setVersion(PACKAGE_VERSION)
    .setDescription('Accept once, gather by address and similarity, deliver in batches. Errors are application/problem+json.')
    .addBearerAuth({ type: 'http', scheme: 'bearer', description: 'The API_TOKEN. A browser sends it as the password of Basic.' })
    .addSecurityRequirements('bearer')
    .build();
  const path = `${prefix}/docs`;
  if (apiToken !== undefined) app.use(`/${path}`, askForToken(apiToken));
  SwaggerModule.setup(path, app, () => describeNotificationRoutes(SwaggerModule.createDocument(app, config), prefix), {
    // Under the page, where the token is asked for.
    jsonDocumentUrl: `${path}/json`,
    yamlDocumentUrl: `${path}/yaml`,
  });
  return true;
}

function isNotInstalled(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND';
}

function askForToken(apiToken: string) {
  return (request: IncomingMessage, response: ServerResponse, next: () => void): void => {
    if (hasApiToken(request.headers.authorization, apiToken)) {
      next();
      return;
    }
    response.statusCode = 401;
    response.setHeader('WWW-Authenticate', CHALLENGES);
    if (prefersHtml(request.headers.accept)) {
      response.setHeader('Content-Type', 'text/html; charset=utf-8');
      response.setHeader('Content-Security-Policy', UNAUTHORIZED_CSP);
      response.end(UNAUTHORIZED_PAGE);
      return;
    }
    response.setHeader('Content-Type', PROBLEM_CONTENT_TYPE);
    response.end(JSON.stringify(problem(401, 'unauthorized', HOW_TO_AUTHENTICATE)));
  };
}

import { randomUUID } from 'node:crypto';
import { type IncomingMessage } from 'node:http';
import { type ArgumentsHost, Catch, type ExceptionFilter, Injectable, Logger } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { type Problem, problem, PROBLEM_CONTENT_TYPE, problemOf, retryAfterSeconds } from './problem.js';
import { prefersHtml, UNAUTHORIZED_CSP, UNAUTHORIZED_PAGE } from './unauthorized-page.js';

/**
 * Answers every error of these routes as `application/problem+json`. It is bound to the module's own controllers; a host's
 * keep theirs. What nobody planned is logged under an id, and the answer has that id and nothing more.
 */
@Catch()
@Injectable()
export class ProblemDetailsFilter implements ExceptionFilter {
  private readonly logger = new Logger('NotificationHttp');

  constructor(private readonly adapterHost: HttpAdapterHost) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const given = http.getRequest<IncomingMessage | { readonly raw: IncomingMessage }>();
    const request = 'raw' in given ? given.raw : given;
    const response = http.getResponse<object>();
    const adapter = this.adapterHost.httpAdapter;
    const callerLeft = request.destroyed && !request.complete;
    if (callerLeft || adapter.isHeadersSent(response)) return;
    const answer = problemOf(error) ?? this.unexpected(error);
    const retryAfter = retryAfterSeconds(error);
    if (retryAfter !== undefined) adapter.setHeader(response, 'Retry-After', String(retryAfter));
    if (answer.status === 401 && prefersHtml(request.headers.accept)) {
      adapter.setHeader(response, 'Content-Type', 'text/html; charset=utf-8');
      adapter.setHeader(response, 'Content-Security-Policy', UNAUTHORIZED_CSP);
      adapter.reply(response, UNAUTHORIZED_PAGE, answer.status);
      return;
    }
    adapter.setHeader(response, 'Content-Type', PROBLEM_CONTENT_TYPE);
    // As text: of an object Nest 11 would warn that its type is not `application/json`, and change it.
    adapter.reply(response, JSON.stringify(answer), answer.status);
  }

  private unexpected(error: unknown): Problem {
    const id = randomUUID();
    this.logger.error(`unexpected error ${id}`, error instanceof Error ? error.stack : String(error));
    return problem(500, 'internal_error', `an unexpected error happened; the log has it under ${id}`);
  }
}

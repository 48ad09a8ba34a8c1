import { randomUUID } from 'node:crypto';
import { type IncomingMessage } from 'node:http';
import { type ArgumentsHost, Catch, type ExceptionFilter, Injectable, Logger } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { problem, PROBLEM_CONTENT_TYPE, problemOf, retryAfterSeconds } from './problem.js';

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
    const request = http.getRequest<IncomingMessage>();
    const response = http.getResponse<object>();
    const adapter = this.adapterHost.httpAdapter;
    const callerLeft = request.destroyed && !request.complete;
    if (callerLeft || adapter.isHeadersSent(response)) return;
    const answer = problemOf(error) ?? this.unexpected(error);
    adapter.setHeader(response, 'Content-Type', PROBLEM_CONTENT_TYPE);
    const retryAfter = retryAfterSeconds(error);
    if (retryAfter !== undefined) adapter.setHeader(response, 'Retry-After', String(retryAfter));
    adapter.reply(response, answer, answer.status);
  }

  private unexpected(error: unknown): ReturnType<typeof problem> {
    const id = randomUUID();
    this.logger.error(`unexpected error ${id}`, error instanceof Error ? error.stack : String(error));
    return problem(500, 'internal_error', `an unexpected error happened; the log has it under ${id}`);
  }
}

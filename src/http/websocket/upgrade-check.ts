import { type IncomingMessage } from 'node:http';
import { type ExecutionContext, HttpException, type Type } from '@nestjs/common';
import { type ResolvedHttpOptions } from '../../config/http-options.js';
import { NotificationError } from '../../model/errors.js';
import { type ApplicationGuards } from '../application.guards.js';
import { StreamQuery } from '../dto/stream.query.js';
import { originRulesOf } from '../origin.guard.js';
import { hostProblem, pageProblem } from '../request-origin.js';
import { RequestPipe } from '../request.pipe.js';
import { type StreamAccess } from '../stream-access.js';

/** Why an upgrade is refused: an HTTP status, and a line for the log. */
interface UpgradeRefusal {
  readonly status: number;
  readonly reason: string;
}

/** Checks a WebSocket upgrade as the stream's route checks its requests; the rule on `Origin` holds though the method is GET. */
export class UpgradeCheck {
  private readonly pipe = new RequestPipe();

  /** @param gateway what the host's guards are told the request is for */
  constructor(
    private readonly http: ResolvedHttpOptions,
    private readonly access: StreamAccess,
    private readonly guards: ApplicationGuards,
    private readonly gateway: Type,
  ) {}

  async check(request: IncomingMessage): Promise<StreamQuery | UpgradeRefusal> {
    const { headers } = request;
    const rules = originRulesOf(this.http);
    const problem = hostProblem(headers, rules) ?? pageProblem(headers, rules);
    if (problem !== undefined) return { status: 403, reason: problem };
    try {
      await this.guards.canActivate(contextOf(request, this.gateway));
      const query = this.queryOf(request);
      this.access.authorize({ user: query.user, topics: query.topic }, query.ticket, headers.authorization);
      return query;
    } catch (error) {
      return refusalOf(error);
    }
  }

  private queryOf({ url = '' }: IncomingMessage): StreamQuery {
    const given: Record<string, string | string[]> = {};
    const { searchParams } = new URL(url, 'ws://localhost');
    for (const name of searchParams.keys()) {
      const values = searchParams.getAll(name);
      given[name] = values.length === 1 ? (values[0] ?? '') : values;
    }
    return this.pipe.transform(given, { type: 'query', metatype: StreamQuery }) as StreamQuery;
  }
}

function refusalOf(error: unknown): UpgradeRefusal {
  const reason = error instanceof Error ? error.message : String(error);
  if (error instanceof HttpException) return { status: error.getStatus(), reason };
  return { status: error instanceof NotificationError && error.code === 'invalid_request' ? 400 : 500, reason };
}

/** The request as a guard of HTTP routes sees it; there is no response to write to. */
function contextOf(request: IncomingMessage, gateway: Type): ExecutionContext {
  const args = [request];
  const unsupported = (): never => {
    throw new Error('an upgrade is a request of HTTP');
  };
  const context: Record<keyof ExecutionContext, (...given: never[]) => unknown> = {
    getType: () => 'http',
    getClass: () => gateway,
    getHandler: () => contextOf,
    getArgs: () => args,
    getArgByIndex: (index: number) => args[index],
    switchToHttp: () => ({ getRequest: () => request, getResponse: () => ({}), getNext: () => undefined }),
    switchToRpc: unsupported,
    switchToWs: unsupported,
  };
  return context as unknown as ExecutionContext;
}

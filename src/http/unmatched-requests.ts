import { type IncomingMessage, type ServerResponse } from 'node:http';
import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { NOTIFICATION_OPTIONS, type ResolvedOptions } from '../config/options.js';
import { problem, PROBLEM_CONTENT_TYPE } from './problem.js';
import { methodsOf } from './route-methods.js';
import { routesUnder } from './routes-under.js';
import { httpAdapterOf } from './http-adapter-of.js';

/** What is needed of Fastify (https://fastify.dev/docs/latest/Reference/Request/, `is404`), which a host need not have. */
interface FastifyInstance {
  addHook(name: 'onRequest', hook: (request: FastifyRequest, reply: FastifyReply, done: () => void) => void): void;
  routing(request: IncomingMessage, response: ServerResponse): void;
}
interface FastifyRequest {
  readonly raw: IncomingMessage;
  readonly is404: boolean;
}
interface FastifyReply {
  readonly raw: ServerResponse;
  hijack(): void;
}

/**
 * Answers requests that no route matches although the module has the path: 405 for a method that it does not have (RFC 9110 §15.5.6), and what
 * it allows for OPTIONS. Everything else goes on to the host.
 */
@Injectable()
export class UnmatchedRequests implements OnModuleInit {
  constructor(
    private readonly adapterHost: HttpAdapterHost,
    @Inject(NOTIFICATION_OPTIONS) private readonly options: ResolvedOptions,
  ) {}

  /** Nest has added all controllers by now, and not yet what answers 404. */
  onModuleInit(): void {
    const adapter = httpAdapterOf(this.adapterHost);
    const { http } = this.options;
    if (adapter === undefined || http === false) return;
    const own = routesUnder(http.prefix);
    if (adapter.getType() === 'fastify') {
      this.answerOnFastify(adapter.getInstance<FastifyInstance>(), own);
    } else {
      adapter.use((request: IncomingMessage, response: ServerResponse, next: () => void) => {
        if (!this.answers(request, response, pathBelow(own, request))) next();
      });
    }
  }

  /** Fastify takes a path with a slash at its end for another path; to Express both are the same. */
  private answerOnFastify(fastify: FastifyInstance, own: RegExp): void {
    fastify.addHook('onRequest', (request, reply, done) => {
      const { is404, raw } = request;
      const hasSlash = raw.url?.split('?', 1)[0]?.endsWith('/') === true;
      // With a slash at its end it may also be a path whose last parameter is empty.
      const path = is404 || hasSlash ? pathBelow(own, raw) : undefined;
      if (path === undefined || raw.url === undefined) {
        done();
      } else if (hasSlash && methodsOf(path).includes(raw.method ?? '')) {
        reply.hijack();
        const withoutSlash = raw.url.replace(/\/(?=$|\?)/, '');
        fastify.routing(Object.assign(raw, { originalUrl: raw.url, url: withoutSlash }), reply.raw);
      } else if (!this.answers(raw, reply, path)) {
        done();
      }
    });
  }

  private answers({ method = '' }: IncomingMessage, response: object, path: string | undefined): boolean {
    const methods = path === undefined ? [] : methodsOf(path);
    if (methods.length === 0 || (methods.includes(method) && method !== 'OPTIONS')) return false;
    const adapter = this.adapterHost.httpAdapter;
    const allowed = methods.join(', ');
    adapter.setHeader(response, 'Allow', allowed);
    if (method === 'OPTIONS') {
      adapter.reply(response, undefined, 204);
      return true;
    }
    const answer = problem(405, 'method_not_allowed', `this route has no method ${method}; it has ${allowed}`);
    adapter.setHeader(response, 'Content-Type', PROBLEM_CONTENT_TYPE);
    adapter.reply(response, JSON.stringify(answer), 405);
    return true;
  }
}

/** The path behind the prefix, without a slash at its end; undefined when it is not under it. */
function pathBelow(own: RegExp, { url = '' }: IncomingMessage): string | undefined {
  const match = own.exec(url.split('?', 1)[0] ?? '');
  return match === null ? undefined : (match[1] ?? '').replace(/\/$/, '');
}

import { type IncomingMessage } from 'node:http';
import { HttpException, Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { NOTIFICATION_OPTIONS, type ResolvedOptions } from '../config/options.js';
import { type Problem, PROBLEM_CONTENT_TYPE, problemOf } from './problem.js';
import { routesUnder } from './routes-under.js';
import { httpAdapterOf } from './http-adapter-of.js';

/** What is needed of Fastify (https://fastify.dev/docs/latest/Reference/Hooks/), which a host need not have. */
interface FastifyInstance {
  addHook(name: 'onError', hook: (request: object, reply: object, error: unknown, done: () => void) => void): void;
  addHook(
    name: 'onSend',
    hook: (
      request: { readonly raw: IncomingMessage },
      reply: { header(name: string, value: string): unknown },
      payload: unknown,
      done: (error: null, payload: unknown) => void,
    ) => void,
  ): void;
}

/** How the parsers of Express (https://github.com/expressjs/body-parser#errors), of Fastify and zlib mark what is wrong with a request. */
const PARSER_TYPE = /^(entity|encoding|charset|request|stream)\./;
const PARSER_CODE = /^(FST_ERR_CTP_|Z_)/;

/**
 * Answers as `application/problem+json` what is refused before a controller is reached, such as a body that is not JSON or too large. Filters of the
 * module's controllers do not see it, and the host's filters would answer in their own form.
 */
@Injectable()
export class EarlyErrors implements OnModuleInit {
  constructor(
    private readonly adapterHost: HttpAdapterHost,
    @Inject(NOTIFICATION_OPTIONS) private readonly options: ResolvedOptions,
  ) {}

  /** Nest has added all controllers by now, and not yet its own handler of errors. */
  onModuleInit(): void {
    const adapter = httpAdapterOf(this.adapterHost);
    const { http } = this.options;
    if (adapter === undefined || http === false) return;
    const own = routesUnder(http.prefix);
    const isOwn = ({ url = '' }: IncomingMessage): boolean => own.test(url.split('?', 1)[0] ?? '');
    if (adapter.getType() === 'fastify') {
      answerOnFastify(adapter.getInstance<FastifyInstance>(), isOwn);
      return;
    }
    // Express tells a handler of errors by its four parameters.
    adapter.use((error: unknown, request: IncomingMessage, response: object, next: (error: unknown) => void) => {
      const answer = isOwn(request) && !adapter.isHeadersSent(response) ? earlyProblem(error) : undefined;
      if (answer === undefined) {
        next(error);
        return;
      }
      adapter.setHeader(response, 'Content-Type', PROBLEM_CONTENT_TYPE);
      adapter.reply(response, JSON.stringify(answer), answer.status);
    });
  }
}

/** Fastify has one handler of errors, the host's: what it makes of them is replaced before it is sent. */
function answerOnFastify(fastify: FastifyInstance, isOwn: (request: IncomingMessage) => boolean): void {
  const problems = new WeakMap<object, Problem>();
  fastify.addHook('onError', (_request, reply, error, done) => {
    const answer = earlyProblem(error);
    if (answer !== undefined) problems.set(reply, answer);
    done();
  });
  fastify.addHook('onSend', (request, reply, payload, done) => {
    const answer = problems.get(reply);
    const isOurs = answer !== undefined && isOwn(request.raw);
    if (isOurs) reply.header('content-type', PROBLEM_CONTENT_TYPE);
    done(null, isOurs ? JSON.stringify(answer) : payload);
  });
}

/** The answer to an error of a parser; undefined for any other. */
function earlyProblem(error: unknown): Problem | undefined {
  if (typeof error !== 'object' || error === null) return undefined;
  const { name, message, type, code, status, statusCode = status } = error as Readonly<Record<string, unknown>>;
  const isParsers = matches(PARSER_TYPE, type) || matches(PARSER_CODE, code);
  // A path with an escape that is no UTF-8.
  if (!isParsers && name !== 'URIError') return undefined;
  return problemOf(new HttpException(String(message), typeof statusCode === 'number' ? statusCode : 400, { cause: error }));
}

function matches(pattern: RegExp, value: unknown): boolean {
  return typeof value === 'string' && pattern.test(value);
}

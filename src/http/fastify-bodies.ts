import { type IncomingMessage } from 'node:http';
import { Readable, Transform, type TransformCallback } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { HttpException, Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { NOTIFICATION_OPTIONS, type ResolvedOptions } from '../config/options.js';
import { BodyTextError } from './body-text.js';
import { MERGE_PATCH_TYPE } from './merge-patch.js';
import { NDJSON_TYPES } from './ndjson-types.js';
import { routesUnder } from './routes-under.js';
import { readForm } from './unsubscribe/form-fields.js';
import { httpAdapterOf } from './http-adapter-of.js';

type Done = (error: Error | null, payload?: unknown) => void;

/** What is needed of Fastify (https://fastify.dev/docs/latest/Reference/Hooks/#preparsing), which a host need not have. */
interface FastifyInstance {
  hasContentTypeParser(type: string): boolean;
  addContentTypeParser(type: string, parser: (request: unknown, payload: unknown, done: Done) => void): void;
  addHook(
    name: 'preParsing',
    hook: (request: FastifyRequest, reply: unknown, payload: NodeJS.ReadableStream, done: Done) => void,
  ): void;
}

interface FastifyRequest {
  readonly raw: IncomingMessage;
  readonly headers: IncomingMessage['headers'];
  readonly routeOptions?: { readonly url?: string | undefined };
}

/**
 * What Fastify does not do by itself for the bodies of these routes: it takes NDJSON as a stream, takes JSON that is compressed with gzip, and
 * refuses bytes that are not UTF-8. Limits of the host hold for what is decompressed. Express' parsers need no help.
 */
@Injectable()
export class FastifyBodies implements OnModuleInit {
  constructor(
    private readonly adapterHost: HttpAdapterHost,
    @Inject(NOTIFICATION_OPTIONS) private readonly options: ResolvedOptions,
  ) {}

  onModuleInit(): void {
    const adapter = httpAdapterOf(this.adapterHost);
    if (adapter?.getType() !== 'fastify' || this.options.http === false) return;
    const fastify = adapter.getInstance<FastifyInstance>();
    for (const type of [...NDJSON_TYPES, MERGE_PATCH_TYPE]) {
      if (!fastify.hasContentTypeParser(type)) fastify.addContentTypeParser(type, (_request, _payload, done) => done(null));
    }
    const own = routesUnder(this.options.http.prefix);
    fastify.addHook('preParsing', (request, _reply, payload, done) => {
      const path = own.exec(request.routeOptions?.url ?? '')?.[1];
      const isOf = (type: string): boolean => request.headers['content-type']?.toLowerCase().startsWith(type) === true;
      if (path === '/unsubscribe' && isOf('multipart/form-data')) {
        encodedForm(request.raw).then(
          (form) => done(null, form),
          (error: unknown) => done(refused(error)),
        );
        return;
      }
      const isJson = isOf('application/json') && own.test(request.routeOptions?.url ?? '');
      done(null, isJson ? decoded(request, payload) : payload);
    });
  }
}

/** A small form of the other type, which Nest's adapter has a parser for: another one for `multipart/form-data` would be the host's. */
async function encodedForm(request: IncomingMessage): Promise<NodeJS.ReadableStream> {
  const fields = await readForm(request);
  request.headers['content-type'] = 'application/x-www-form-urlencoded';
  delete request.headers['content-length'];
  return Readable.from([Buffer.from(new URLSearchParams([...fields]).toString())]);
}

/** As an error of Fastify's own parsers, which is answered as a problem: see `EarlyErrors`. */
function refused(error: unknown): Error {
  const statusCode = error instanceof HttpException ? error.getStatus() : 400;
  const message = error instanceof Error ? error.message : String(error);
  return Object.assign(new Error(message), { name: 'FastifyError', statusCode, code: 'FST_ERR_CTP_INVALID_FORM' });
}

function decoded(request: FastifyRequest, payload: NodeJS.ReadableStream): NodeJS.ReadableStream {
  const compressed = request.headers['content-encoding']?.trim().toLowerCase() === 'gzip';
  if (compressed) {
    // It is the length of what was sent, and would be compared with what came out.
    delete request.raw.headers['content-length'];
  }
  const text = new TextCheck();
  const fail = (error: Error): void => void text.destroy(Object.assign(error, { status: 400, statusCode: 400, expose: true }));
  payload.on('error', fail);
  if (!compressed) return payload.pipe(text);
  return payload.pipe(createGunzip().on('error', fail)).pipe(text);
}

/** Lets bytes through as long as they are UTF-8. */
class TextCheck extends Transform {
  private readonly decoder = new TextDecoder('utf-8', { fatal: true });

  override _transform(chunk: Buffer, _encoding: string, callback: TransformCallback): void {
    callback(this.problemOf(chunk), chunk);
  }

  override _flush(callback: TransformCallback): void {
    callback(this.problemOf());
  }

  private problemOf(chunk?: Buffer): Error | null {
    try {
      this.decoder.decode(chunk, { stream: chunk !== undefined });
      return null;
    } catch {
      return new BodyTextError();
    }
  }
}

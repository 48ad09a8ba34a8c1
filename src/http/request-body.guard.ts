import { isUtf8 } from 'node:buffer';
import { type IncomingMessage } from 'node:http';
import { type CanActivate, type ExecutionContext, Injectable, SetMetadata, UnsupportedMediaTypeException } from '@nestjs/common';
import { InvalidRequestError, NotificationError } from '../model/errors.js';
import { NOT_UTF_8 } from './body-text.js';

/** Methods whose bodies mean nothing (RFC 9110 §9.3.1, §9.3.2). */
const BODILESS_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);
const JSON_TYPES: readonly string[] = ['application/json'];
const BODY_TYPES = 'nestjs-digest:body-types';
/** Where Nest keeps what the parameters of a handler are decorated with, by `type:index`; `@Body()` is the type 3. */
const ROUTE_ARGUMENTS = '__routeArguments__';
const BODY_PARAMETER = '3:';

/** Content types that the body of a route may have instead of `application/json`. */
export const BodyTypes = (...types: readonly string[]): MethodDecorator => SetMetadata(BODY_TYPES, types);

/** What the guard reads of a request: both Express and Fastify have it. `rawBody` is there when the application keeps it. */
type RequestWithBody = Pick<IncomingMessage, 'headers' | 'method'> & { readonly body?: unknown; readonly rawBody?: unknown };

/** Refuses a body of another content type or encoding than the route takes (415), and one where the route takes none (400). */
@Injectable()
export class RequestBodyGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<RequestWithBody>();
    if (BODILESS_METHODS.has(request.method ?? 'GET') || !hasBody(request)) return true;
    const handler = context.getHandler();
    const types = (Reflect.getMetadata(BODY_TYPES, handler) as readonly string[] | undefined) ?? JSON_TYPES;
    const problem = contentTypeProblem(request.headers, types);
    if (problem !== undefined) throw new UnsupportedMediaTypeException(problem);
    if (Buffer.isBuffer(request.rawBody) && !isUtf8(request.rawBody)) throw new NotificationError('invalid_json', 400, NOT_UTF_8);
    if (types === JSON_TYPES && !readsBody(context.getClass(), handler.name) && !isEmpty(request.body)) {
      throw new InvalidRequestError([{ path: 'body', message: 'this route takes no body' }]);
    }
    return true;
  }
}

/** RFC 9112 §6: a request has a body when it has one of these headers. */
function hasBody({ headers }: RequestWithBody): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

function contentTypeProblem(headers: RequestWithBody['headers'], types: readonly string[]): string | undefined {
  const [type = '', ...parameters] = (headers['content-type'] ?? '').split(';').map((part) => part.trim().toLowerCase());
  if (!types.includes(type)) return `got the Content-Type ${JSON.stringify(type)}; send ${types.join(' or ')}`;
  // RFC 8259 §8.1: JSON between systems is UTF-8.
  const charset = parameters
    .find((parameter) => parameter.startsWith('charset='))
    ?.slice('charset='.length)
    .replaceAll('"', '');
  if (charset !== undefined && charset !== 'utf-8' && charset !== 'utf8') return `got the charset ${charset}; send UTF-8`;
  const encoding = (headers['content-encoding'] ?? 'identity').trim().toLowerCase();
  return encoding === 'identity' || encoding === 'gzip'
    ? undefined
    : `got the Content-Encoding ${encoding}; send it plain or with gzip`;
}

function readsBody(controller: object, handler: string): boolean {
  const parameters = (Reflect.getMetadata(ROUTE_ARGUMENTS, controller, handler) ?? {}) as Record<string, unknown>;
  return Object.keys(parameters).some((key) => key.startsWith(BODY_PARAMETER));
}

function isEmpty(body: unknown): boolean {
  return body === undefined || body === null || (typeof body === 'object' && Object.keys(body).length === 0);
}

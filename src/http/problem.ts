import { STATUS_CODES } from 'node:http';
import { HttpException } from '@nestjs/common';
import { type ErrorCode, type FieldError, InvalidRequestError, NotificationError } from '../model/errors.js';

/** Codes of answers that only HTTP knows. */
type HttpErrorCode = 'forbidden' | 'method_not_allowed' | 'unsupported_media_type' | 'too_many_requests' | 'internal_error';

/** `application/problem+json` (RFC 9457 §3). `type` is `about:blank`: the status says what it is, `code` says which one. */
export interface Problem {
  readonly type: 'about:blank';
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: ErrorCode | HttpErrorCode;
  /** Every bad field. */
  readonly errors?: readonly FieldError[];
}

export const PROBLEM_CONTENT_TYPE = 'application/problem+json; charset=utf-8';
/** A caller that meets a stop is told to come back when a restart is likely to be over. */
const SHUTDOWN_RETRY_SECONDS = 5;

/** The `type` of an error of a body that is not UTF-8. */
export const NOT_TEXT_TYPE = 'entity.not.text';
const NOT_TEXT = /^entity\.not\.text$/;
const FASTIFY_PARSE_ERRORS: ReadonlySet<unknown> = new Set(['FST_ERR_CTP_INVALID_JSON_BODY', 'FST_ERR_CTP_EMPTY_JSON_BODY']);

const NO_OBJECT = new InvalidRequestError([{ path: 'body', message: 'must be a JSON object' }]);

const CODE_OF_STATUS: Readonly<Record<number, Problem['code']>> = {
  401: 'unauthorized',
  403: 'forbidden',
  404: 'not_found',
  405: 'method_not_allowed',
  409: 'conflict',
  412: 'precondition_failed',
  413: 'payload_too_large',
  415: 'unsupported_media_type',
  429: 'too_many_requests',
  503: 'shutting_down',
};

export function problem(status: number, code: Problem['code'], detail: string, errors?: readonly FieldError[]): Problem {
  const title = STATUS_CODES[status] ?? 'Error';
  return { type: 'about:blank', title, status, detail, code, ...(errors === undefined ? {} : { errors }) };
}

/** What to answer for an error; undefined for one that nobody planned, of which nothing may be told. */
export function problemOf(error: unknown): Problem | undefined {
  if (error instanceof NotificationError) {
    if (error.code === 'invalid_configuration') return undefined;
    return problem(error.status, error.code, error.message, fieldErrors(error));
  }
  if (!(error instanceof HttpException)) return undefined;
  const status = error.getStatus();
  if (isParseError(error.cause)) {
    return isScalar(error.cause) ? problemOf(NO_OBJECT) : problem(400, 'invalid_json', `the body is not JSON: ${error.message}`);
  }
  if (isMarked(error.cause, 'type', NOT_TEXT)) return problem(400, 'invalid_json', error.message);
  if (isMarked(error.cause, 'code', /^Z_/)) {
    return problem(400, 'invalid_request', `the body could not be decompressed: ${error.message}`);
  }
  const fallback = status >= 500 ? 'internal_error' : 'invalid_request';
  return problem(status, CODE_OF_STATUS[status] ?? fallback, error.message);
}

/** Seconds of the `Retry-After` header (RFC 9110 §10.2.3), for those answers that have one. */
export function retryAfterSeconds(error: unknown): number | undefined {
  if (typeof error === 'object' && error !== null && 'retryAfterMs' in error && typeof error.retryAfterMs === 'number') {
    return Math.max(1, Math.ceil(error.retryAfterMs / 1000));
  }
  const status = problemOf(error)?.status;
  return status === 429 || status === 503 ? SHUTDOWN_RETRY_SECONDS : undefined;
}

/**
 * How Express' body-parser (https://github.com/expressjs/body-parser#errors) and Fastify
 * (https://fastify.dev/docs/latest/Reference/Errors/) mark a body that is not JSON.
 */
function isParseError(cause: unknown): boolean {
  if (cause instanceof SyntaxError && 'type' in cause) return cause.type === 'entity.parse.failed';
  return typeof cause === 'object' && cause !== null && 'code' in cause && FASTIFY_PARSE_ERRORS.has(cause.code);
}

/** Express' parser takes only objects and lists unless it is told otherwise, and tells of `5` as of bad JSON. */
function isScalar(cause: unknown): boolean {
  const body: unknown = typeof cause === 'object' && cause !== null && 'body' in cause ? cause.body : undefined;
  try {
    return typeof body === 'string' && typeof JSON.parse(body) !== 'undefined';
  } catch {
    return false;
  }
}

function isMarked(cause: unknown, name: string, mark: RegExp): boolean {
  const value: unknown = typeof cause === 'object' && cause !== null ? Reflect.get(cause, name) : undefined;
  return typeof value === 'string' && mark.test(value);
}

function fieldErrors(error: NotificationError): readonly FieldError[] | undefined {
  if (!('errors' in error) || !Array.isArray(error.errors)) return undefined;
  return error.errors as readonly FieldError[];
}

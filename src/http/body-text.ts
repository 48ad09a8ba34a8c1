import { NOT_TEXT_TYPE } from './problem.js';

/** What is said of a body whose bytes are no text (RFC 8259 §8.1). */
export const NOT_UTF_8 = 'the body is not UTF-8';

/** An error that Fastify answers with its status. */
export class BodyTextError extends Error {
  readonly type = NOT_TEXT_TYPE;
  readonly expose = true;
  readonly status = 400;
  readonly statusCode = 400;

  constructor() {
    super(NOT_UTF_8);
  }
}

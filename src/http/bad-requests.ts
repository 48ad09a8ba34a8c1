import { type Server, STATUS_CODES } from 'node:http';
import { type Duplex } from 'node:stream';
import { type Problem, problem, PROBLEM_CONTENT_TYPE } from './problem.js';

/** Errors of Node's parser (https://nodejs.org/api/http.html#event-clienterror) that have their own answer. */
const ANSWERS: Readonly<Record<string, Problem>> = {
  HPE_HEADER_OVERFLOW: problem(431, 'invalid_request', 'the request line and the headers together are longer than 16 KiB'),
  ERR_HTTP_REQUEST_TIMEOUT: problem(408, 'invalid_request', 'the request did not arrive in time'),
};
const MALFORMED = problem(400, 'invalid_request', 'the request is not HTTP/1.1');

/** Answers what Node's parser refuses as `application/problem+json` too, and closes the connection, whose state is unknown. */
export function answerBadRequests(server: Server): void {
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Duplex) => {
    if (error.code === 'ECONNRESET' || !socket.writable) {
      socket.destroy();
      return;
    }
    const answer = ANSWERS[error.code ?? ''] ?? MALFORMED;
    const body = JSON.stringify(answer);
    const head = [
      `HTTP/1.1 ${answer.status} ${STATUS_CODES[answer.status] ?? ''}`,
      `Content-Type: ${PROBLEM_CONTENT_TYPE}`,
      `Content-Length: ${Buffer.byteLength(body)}`,
      'Connection: close',
    ];
    socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
  });
}

import { Readable } from 'node:stream';
import type { Agent, Dispatcher, request as Request } from 'undici';
import { type Clock } from '../../model/clock.js';
import { Deadline } from '../../model/deadline.js';
import { guardedLookup } from './address-guard.js';

/** Most of an answer's body that is read, so that its connection can be used again; nobody looks at it. */
const MAX_ANSWER_BYTES = 16 * 1024;
/** Longest that is waited for the end of that body, ms; then its connection is closed. */
const DISCARD_MS = 1_000;

export interface HttpAgentOptions {
  readonly allowPrivate: boolean;
  /** Longest that one call may take until its status is there: waiting for a connection, connecting, sending and the receiver's time. */
  readonly timeoutMs: number;
  /** Most connections to one host. */
  readonly connections: number;
}

export interface PostRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
  /** Reads the body of the answer, up to a bound. Defaults to false: nobody waits for it. */
  readonly wantsAnswer?: boolean;
}

/** What became of a call. `sent`: the receiver may have got it. */
export type PostAnswer =
  | {
      readonly status: number;
      readonly retryAfter: string | undefined;
      /** The body, when `wantsAnswer` asked for it; cut at a bound. */
      readonly text?: string;
    }
  | { readonly error: unknown; readonly sent: boolean; readonly timedOut: boolean };

/** Connections of a channel that calls web services. They stay open, follow no redirect, and lead only to the public internet unless the option says otherwise. */
export class HttpAgent {
  connections = 0;
  created = 0;

  private constructor(
    private readonly agent: Agent,
    private readonly request: typeof Request,
    private readonly timeoutMs: number,
    private readonly clock: Clock,
  ) {
    agent.on('connect', () => {
      this.connections++;
      this.created++;
    });
    agent.on('disconnect', () => this.connections--);
  }

  /** undici takes 30 MiB: it is loaded at the first call. */
  static async create({ allowPrivate, timeoutMs, connections }: HttpAgentOptions, clock: Clock): Promise<HttpAgent> {
    const { Agent, request } = await import('undici');
    const agent = new Agent({
      connections,
      connect: { timeout: timeoutMs, ...(allowPrivate ? {} : { lookup: guardedLookup }) },
      // A call has one time limit, of the module's clock.
      headersTimeout: 0,
      bodyTimeout: 0,
    });
    return new HttpAgent(agent, request, timeoutMs, clock);
  }

  /** One call; never rejects. The status decides once it is there: the body is discarded afterwards, and the caller does not wait for it. */
  async post({ url, headers, body, wantsAnswer }: PostRequest, signal: AbortSignal): Promise<PostAnswer> {
    const deadline = new Deadline(this.clock, this.timeoutMs, signal);
    let sent = false;
    const content = Readable.from(
      (function* () {
        // It is read once a connection is there and the headers are being written.
        sent = true;
        yield Buffer.from(body);
      })(),
    );
    try {
      const response = await this.request(url, {
        method: 'POST',
        dispatcher: this.agent,
        signal: deadline.signal,
        headers: { ...headers, 'content-length': String(Buffer.byteLength(body)) },
        body: content,
      });
      const after = response.headers['retry-after'];
      const answer = { status: response.statusCode, retryAfter: typeof after === 'string' ? after : undefined };
      if (wantsAnswer === true) return { ...answer, text: await textOf(response.body, this.clock) };
      void discard(response.body, this.clock);
      return answer;
    } catch (error) {
      return { error, sent, timedOut: deadline.isOver };
    } finally {
      deadline.end();
      content.destroy();
    }
  }

  close(): Promise<void> {
    return this.agent.destroy();
  }
}

/** Reads the rest of an answer within its limits, or closes its connection. */
async function discard(body: Dispatcher.ResponseData['body'], clock: Clock): Promise<void> {
  const deadline = new Deadline(clock, DISCARD_MS);
  try {
    await body.dump({ limit: MAX_ANSWER_BYTES, signal: deadline.signal });
  } catch {
    body.destroy();
  } finally {
    deadline.end();
  }
}

/** The beginning of a body, as far as it comes within the limits. */
async function textOf(body: Dispatcher.ResponseData['body'], clock: Clock): Promise<string> {
  const parts: Buffer[] = [];
  let length = 0;
  const deadline = new Deadline(clock, DISCARD_MS);
  const stop = (): void => void body.destroy();
  deadline.signal.addEventListener('abort', stop);
  try {
    for await (const part of body as AsyncIterable<Buffer>) {
      parts.push(part);
      length += part.length;
      if (length >= MAX_ANSWER_BYTES) break;
    }
  } catch {
    // What came before it broke is what there is.
  } finally {
    deadline.end();
  }
  return Buffer.concat(parts).subarray(0, MAX_ANSWER_BYTES).toString();
}

import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo } from 'node:net';
import { blocksProblem } from './slack-blocks.js';
import { endAfterTest } from './resources.js';

/** A post that Slack took. */
export interface SlackPosted {
  readonly channel: string;
  readonly text: string;
  readonly blocks: readonly Record<string, unknown>[];
  readonly ts: string;
  readonly threadTs?: string;
  readonly at: number;
}

type SlackRefusal =
  { readonly error: string } | { readonly status: number; readonly body?: string; readonly retryAfter?: string };

/** What happens to a post instead of the usual; undefined: the usual. */
export type SlackScript = (post: {
  readonly channel: string;
  readonly text: string;
  readonly hasBlocks: boolean;
  readonly threadTs: string | undefined;
  /** Requests so far, this one included. */
  readonly request: number;
}) =>
  | SlackRefusal
  | 'hang'
  /** 200, and a body without an end. */
  | 'endless'
  /** 200, and a line that breaks within the body. */
  | { readonly cutBody: string }
  | 'reset'
  /** It is posted, and the answer is lost. */
  | 'lost'
  | undefined;

/**
 * Slack's `chat.postMessage` and an incoming webhook, as documented: it refuses what Slack refuses, with its codes, and answers 429 to a
 * second post to a channel within `intervalMs`.
 */
export class SlackServer {
  readonly posts: SlackPosted[] = [];
  requests = 0;
  readonly archived = new Set<string>();
  readonly unknown = new Set<string>();
  revoked = false;
  script: SlackScript = () => undefined;
  private readonly lastAt = new Map<string, number>();
  private readonly waiters: (() => void)[] = [];

  /** Ends it now; otherwise it ends with the test. */
  readonly stop = endAfterTest('the Slack server', () => this.end());

  private constructor(
    private readonly server: Server,
    private readonly token: string,
    private readonly intervalMs: number,
  ) {}

  static async start({
    token = 'xoxb-test-1',
    intervalMs = 0,
  }: { token?: string; intervalMs?: number } = {}): Promise<SlackServer> {
    const server = createServer();
    const slack = new SlackServer(server, token, intervalMs);
    server.on('request', (request, response) => void slack.serve(request, response));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return slack;
  }

  /** Waits until no client is connected. */
  async idle(): Promise<void> {
    const count = (): Promise<number> =>
      new Promise((resolve, reject) => {
        this.server.getConnections((error, open) => {
          if (error === null) resolve(open);
          else reject(error);
        });
      });
    while ((await count()) > 0) await new Promise((resolve) => setImmediate(resolve));
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/api/`;
  }

  get webhookUrl(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/services/T1/B1/secret`;
  }

  /** Waits until so many posts were taken. */
  async until(count: number): Promise<void> {
    while (this.posts.length < count) await new Promise<void>((resolve) => this.waiters.push(resolve));
  }

  /** Waits until so many requests came. */
  async asked(count: number): Promise<void> {
    while (this.requests < count) await new Promise<void>((resolve) => this.waiters.push(resolve));
  }

  private async end(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let body = '';
    for await (const chunk of request) body += String(chunk);
    this.requests += 1;
    const webhook = request.url?.startsWith('/services/') === true;
    const post = webhook ? (JSON.parse(body) as Record<string, unknown>) : decoded(body);
    const channel = webhook ? 'webhook' : typeof post['channel'] === 'string' ? post['channel'] : '';
    const text = typeof post['text'] === 'string' ? post['text'] : '';
    const threadTs = typeof post['thread_ts'] === 'string' ? post['thread_ts'] : undefined;
    const blocks = (post['blocks'] ?? []) as SlackPosted['blocks'];
    const reaction = this.script({ channel, text, hasBlocks: blocks.length > 0, threadTs, request: this.requests });
    for (const wake of this.waiters.splice(0)) wake();
    if (reaction === 'hang') return;
    if (reaction === 'endless') {
      response.writeHead(200, { 'Content-Type': 'application/json' });
      const more = (): void => {
        while (!response.destroyed && response.write('x'.repeat(16_384)));
      };
      response.on('drain', more);
      more();
      return;
    }
    if (typeof reaction === 'object' && 'cutBody' in reaction) {
      response.writeHead(200, { 'Content-Length': '1000' }).write(reaction.cutBody, () => request.socket.destroy());
      return;
    }
    if (reaction === 'reset') {
      request.socket.resetAndDestroy();
      return;
    }
    const refusal =
      reaction === 'lost' ? undefined : (reaction ?? this.refusal(request, webhook, channel, text, blocks, threadTs));
    if (refusal !== undefined) {
      refuse(response, webhook, refusal);
      return;
    }
    const ts = `${Math.floor(Date.now() / 1_000)}.${String(this.posts.length + 1).padStart(6, '0')}`;
    this.posts.push({ channel, text, blocks, ts, at: Date.now(), ...(threadTs === undefined ? {} : { threadTs }) });
    for (const wake of this.waiters.splice(0)) wake();
    if (reaction === 'lost') {
      request.socket.resetAndDestroy();
      return;
    }
    if (webhook) response.end('ok');
    else json(response, 200, { ok: true, channel, ts });
  }

  private refusal(
    request: IncomingMessage,
    webhook: boolean,
    channel: string,
    text: string,
    blocks: SlackPosted['blocks'],
    threadTs: string | undefined,
  ): SlackRefusal | undefined {
    if (!webhook && request.url !== '/api/chat.postMessage') return { status: 404 };
    if (!webhook && this.revoked) return { error: 'token_revoked' };
    if (!webhook && request.headers.authorization !== `Bearer ${this.token}`) return { error: 'invalid_auth' };
    if (channel === '' || this.unknown.has(channel)) return { error: 'channel_not_found' };
    if (this.archived.has(channel)) return { error: 'is_archived' };
    if (text === '' && blocks.length === 0) return { error: 'no_text' };
    if (text.length > 40_000) return { error: 'msg_too_long' };
    const problem = blocks.length === 0 ? undefined : blocksProblem(blocks);
    if (problem !== undefined) return { error: problem };
    if (threadTs !== undefined && !this.posts.some(({ ts }) => ts === threadTs)) return { error: 'thread_not_found' };
    const last = this.lastAt.get(channel) ?? -Infinity;
    const now = Date.now();
    if (now - last < this.intervalMs)
      return { status: 429, retryAfter: String(Math.ceil((last + this.intervalMs - now) / 1_000)) };
    this.lastAt.set(channel, now);
    return undefined;
  }
}

function refuse(response: ServerResponse, webhook: boolean, refusal: SlackRefusal): void {
  if ('error' in refusal) {
    if (webhook) response.writeHead(400).end(refusal.error);
    else json(response, 200, { ok: false, error: refusal.error });
    return;
  }
  if (refusal.retryAfter !== undefined) response.setHeader('Retry-After', refusal.retryAfter);
  response.writeHead(refusal.status).end(refusal.body ?? '');
}

function json(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body));
}

/** The client sends forms, with blocks as JSON in them. */
function decoded(form: string): Record<string, unknown> {
  const fields = Object.fromEntries(new URLSearchParams(form)) as Record<string, string>;
  return { ...fields, ...(fields['blocks'] === undefined ? {} : { blocks: JSON.parse(fields['blocks']) as unknown }) };
}

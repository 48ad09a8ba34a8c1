import { type Agent, type request as Request } from 'undici';
import { type ResolvedOptions } from '../../config/options.js';
import { guardedLookup } from './address-guard.js';

export const CONNECTIONS_PER_HOST = 10;
/** What is read of an answer's body, which nobody looks at, so that its connection can be used again. */
const MAX_ANSWER_BYTES = 16 * 1024;

export interface WebhookAnswer {
  readonly status: number;
  readonly retryAfter: string | undefined;
}

/** The connections of the webhook channel. They stay open, follow no redirect, and lead to the public internet alone unless the option says so. */
export class WebhookAgent {
  connections = 0;
  created = 0;

  private constructor(
    private readonly agent: Agent,
    private readonly request: typeof Request,
  ) {
    agent.on('connect', () => {
      this.connections++;
      this.created++;
    });
    agent.on('disconnect', () => this.connections--);
  }

  /** undici takes 30 MiB: it is loaded when a webhook is called. */
  static async create({ allowPrivate, timeoutMs }: ResolvedOptions['webhook']): Promise<WebhookAgent> {
    const { Agent, request } = await import('undici');
    const agent = new Agent({
      connections: CONNECTIONS_PER_HOST,
      connect: { timeout: timeoutMs, ...(allowPrivate ? {} : { lookup: guardedLookup }) },
      headersTimeout: timeoutMs,
      bodyTimeout: timeoutMs,
    });
    return new WebhookAgent(agent, request);
  }

  async post(url: string, headers: Readonly<Record<string, string>>, body: string, signal: AbortSignal): Promise<WebhookAnswer> {
    const response = await this.request(url, { method: 'POST', dispatcher: this.agent, signal, headers, body });
    const after = response.headers['retry-after'];
    await response.body.dump({ limit: MAX_ANSWER_BYTES }).catch(() => undefined);
    return { status: response.statusCode, retryAfter: typeof after === 'string' ? after : undefined };
  }

  close(): Promise<void> {
    return this.agent.destroy();
  }
}

import { type Clock } from '../../model/clock.js';
import { type PoolStatistics } from '../transport.js';
import { HttpAgent, type HttpAgentOptions, type PostAnswer, type PostRequest } from './http-agent.js';

/** The connections of one channel that calls web services: they are opened at the first call, and counted. */
export class HttpConnections {
  private opening: Promise<HttpAgent> | undefined;
  private agent: HttpAgent | undefined;
  private inUse = 0;
  private failures = 0;

  constructor(
    private readonly options: HttpAgentOptions,
    private readonly clock: Clock,
  ) {}

  /** One call; never rejects. */
  async post(request: PostRequest, signal: AbortSignal): Promise<PostAnswer> {
    this.inUse++;
    try {
      const agent = await (this.opening ??= this.open());
      const answer = await agent.post(request, signal);
      if ('error' in answer) this.failures++;
      return answer;
    } finally {
      this.inUse--;
    }
  }

  pool(): PoolStatistics {
    const { inUse, failures } = this;
    const { connections = 0, created = 0 } = this.agent ?? {};
    const idle = Math.max(0, connections - inUse);
    return {
      size: this.options.connections,
      inUse,
      idle,
      waiting: Math.max(0, inUse - connections),
      created,
      failed: failures,
    };
  }

  async close(): Promise<void> {
    await (await this.opening)?.close();
  }

  private async open(): Promise<HttpAgent> {
    return (this.agent = await HttpAgent.create(this.options, this.clock));
  }
}

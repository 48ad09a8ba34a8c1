import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import { type AddressInfo } from 'node:net';
import { endAfterTest } from './resources.js';

export interface ProviderRequest {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: unknown;
}

/** Undefined: it never answers. */
export type ProviderReply =
  { readonly status: number; readonly body?: unknown; readonly headers?: Readonly<Record<string, string>> } | undefined;

/** A provider's HTTP API on loopback, which answers as it is told. */
export class ProviderServer {
  readonly requests: ProviderRequest[] = [];
  url = '';
  reply: (request: ProviderRequest) => ProviderReply = () => ({ status: 200, body: {} });
  private readonly server = createServer((request, response) => {
    let text = '';
    request.on('data', (chunk) => (text += String(chunk)));
    request.on('end', () => {
      const received = { path: request.url ?? '', headers: request.headers, body: JSON.parse(text) as unknown };
      this.requests.push(received);
      const reply = this.reply(received);
      if (reply === undefined) return;
      response.writeHead(reply.status, { 'content-type': 'application/json', ...reply.headers });
      response.end(reply.body === undefined ? '' : JSON.stringify(reply.body));
    });
  });

  static async start(): Promise<ProviderServer> {
    const provider = new ProviderServer();
    provider.server.listen(0, '127.0.0.1');
    await once(provider.server, 'listening');
    provider.url = `http://127.0.0.1:${(provider.server.address() as AddressInfo).port}`;
    endAfterTest('the provider', () => provider.stop());
    return provider;
  }

  async stop(): Promise<void> {
    if (!this.server.listening) return;
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }
}

import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type ServerHttp2Session } from 'node:http2';
import { type AddressInfo } from 'node:net';
import { endAfterTest } from './resources.js';

export interface ApnsRequest {
  readonly device: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: unknown;
}

/** Undefined: it never answers. */
export type ApnsReply = { readonly status: number; readonly reason?: string } | undefined;

/** Apple's push service on loopback: HTTP/2 without TLS. */
export class ApnsServer {
  readonly requests: ApnsRequest[] = [];
  readonly sessions = new Set<ServerHttp2Session>();
  /** Connections that were made. */
  connections = 0;
  url = '';
  reply: (request: ApnsRequest) => ApnsReply = () => ({ status: 200 });
  private readonly server = createServer();

  static async start(): Promise<ApnsServer> {
    const apns = new ApnsServer();
    const { server } = apns;
    server.on('session', (session) => {
      apns.connections++;
      apns.sessions.add(session);
      session.once('close', () => apns.sessions.delete(session));
    });
    server.on('stream', (stream, headers) => {
      let text = '';
      stream.on('error', () => undefined);
      stream.on('data', (chunk) => (text += String(chunk)));
      stream.on('end', () => {
        const device = String(headers[':path']).replace('/3/device/', '');
        const request = { device, headers, body: JSON.parse(text) as unknown };
        apns.requests.push(request);
        const reply = apns.reply(request);
        if (reply === undefined || stream.destroyed) return;
        stream.respond({ ':status': reply.status, 'apns-id': String(headers['apns-id']) });
        stream.end(reply.reason === undefined ? '' : JSON.stringify({ reason: reply.reason }));
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    apns.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    endAfterTest('the push service', () => apns.stop());
    return apns;
  }

  async stop(): Promise<void> {
    if (!this.server.listening) return;
    for (const session of this.sessions) session.destroy();
    this.server.close();
    await once(this.server, 'close');
  }
}

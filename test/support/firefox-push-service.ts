import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { type AddressInfo } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';
import { endAfterTest } from './resources.js';

type Hello = { readonly messageType?: string; readonly channelID?: string; readonly uaid?: string };

interface Kept {
  readonly channelID: string;
  readonly body: Buffer;
}

/**
 * The push service that a Firefox talks to (https://mozilla-services.github.io/autopush-rs/architecture.html): WebSocket to the browser, RFC 8030 over HTTP
 * to the application. What comes while the browser is not connected is kept.
 */
export class FirefoxPushService {
  /** Status of each request of the application. */
  readonly answers: number[] = [];
  private readonly tokens = new Map<string, string>();
  private readonly kept: Kept[] = [];
  private socket: WebSocket | undefined;

  private constructor(
    private readonly server: Server,
    readonly port: number,
  ) {}

  static async start(): Promise<FirefoxPushService> {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const service = new FirefoxPushService(server, (server.address() as AddressInfo).port);
    const sockets = new WebSocketServer({ server });
    endAfterTest('the push service of Firefox', async () => {
      for (const socket of sockets.clients) socket.terminate();
      sockets.close();
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    });
    sockets.on('connection', (socket) => service.serve(socket));
    service.answer();
    return service;
  }

  /** Breaks the connection of the browser, which comes back by itself. */
  disconnect(): void {
    this.socket?.terminate();
    this.socket = undefined;
  }

  private serve(socket: WebSocket): void {
    socket.on('message', (data: Buffer) => {
      const { messageType, channelID = '', uaid } = JSON.parse(data.toString()) as Hello;
      const say = (message: object): void => socket.send(JSON.stringify(message));
      switch (messageType) {
        case undefined:
          say({});
          return;
        case 'hello':
          this.socket = socket;
          // A browser that gets another id than its own drops its subscriptions.
          say({ messageType, uaid: uaid ?? randomUUID().replaceAll('-', ''), status: 200, use_webpush: true, broadcasts: {} });
          for (const kept of this.kept.splice(0)) this.deliver(kept);
          return;
        case 'register': {
          const token = randomUUID();
          this.tokens.set(token, channelID);
          say({ messageType, channelID, status: 200, pushEndpoint: `http://127.0.0.1:${this.port}/wpush/v2/${token}` });
          return;
        }
        case 'unregister':
          for (const [token, known] of this.tokens) if (known === channelID) this.tokens.delete(token);
          say({ messageType, channelID, status: 200 });
          return;
        default:
          return;
      }
    });
    socket.on('close', () => {
      if (this.socket === socket) this.socket = undefined;
    });
  }

  private answer(): void {
    this.server.on('request', (request, response) => {
      const parts: Buffer[] = [];
      request.on('data', (part: Buffer) => parts.push(part));
      request.on('end', () => {
        const channelID = this.tokens.get((request.url ?? '').split('/').pop() ?? '');
        const status = channelID === undefined ? 410 : request.headers['ttl'] === undefined ? 400 : 201;
        if (channelID !== undefined && status === 201) this.deliver({ channelID, body: Buffer.concat(parts) });
        this.answers.push(status);
        response.writeHead(status, { ttl: String(request.headers['ttl'] ?? 0) }).end();
      });
    });
  }

  private deliver(kept: Kept): void {
    if (this.socket === undefined) {
      this.kept.push(kept);
      return;
    }
    const { channelID, body } = kept;
    const data = body.toString('base64url');
    this.socket.send(
      JSON.stringify({ messageType: 'notification', channelID, version: randomUUID(), data, headers: { encoding: 'aes128gcm' } }),
    );
  }
}

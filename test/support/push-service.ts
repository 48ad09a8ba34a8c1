import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import { type AddressInfo } from 'node:net';
import { type WebPushDevice } from '../../src/model/push-device.js';
import { decryptWebPush, PushReceiver } from './push-receiver.js';
import { endAfterTest } from './resources.js';

/** A message that a subscription got. */
export interface Pushed {
  /** The subscription's name. */
  readonly device: string;
  readonly headers: IncomingHttpHeaders;
  readonly payload: Readonly<Record<string, unknown>>;
}

type PushAnswer = number | { readonly status: number; readonly retryAfter: string } | 'reset';

/** A push service as RFC 8030 has it, over HTTP: it checks what such services check, and decrypts as the browsers would. */
export class PushService {
  readonly pushed: Pushed[] = [];
  requests = 0;
  /** What happens to a request instead of the usual; undefined: the usual. */
  script: (device: string, request: number) => PushAnswer | undefined = () => undefined;
  private readonly subscriptions = new Map<string, PushReceiver>();

  private constructor(
    private readonly server: Server,
    readonly origin: string,
  ) {}

  static async start(): Promise<PushService> {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const service = new PushService(server, `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    endAfterTest('the push service', async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    });
    service.serve();
    return service;
  }

  /** What a browser gets when it subscribes. */
  subscribe(device: string): WebPushDevice {
    const receiver = new PushReceiver();
    this.subscriptions.set(device, receiver);
    return { kind: 'web', endpoint: `${this.origin}/push/${device}`, keys: receiver.keys };
  }

  unsubscribe(device: string): void {
    this.subscriptions.delete(device);
  }

  private serve(): void {
    this.server.on('request', (request, response) => {
      const parts: Buffer[] = [];
      request.on('data', (part: Buffer) => parts.push(part));
      request.on('end', () => {
        this.requests++;
        const device = (request.url ?? '').split('/').pop() ?? '';
        const scripted = this.script(device, this.requests);
        if (scripted === 'reset') return void request.socket.resetAndDestroy();
        if (typeof scripted === 'object')
          return void response.writeHead(scripted.status, { 'retry-after': scripted.retryAfter }).end();
        if (scripted !== undefined) return void response.writeHead(scripted).end();
        response.writeHead(this.take(device, request.headers, Buffer.concat(parts))).end();
      });
    });
  }

  private take(device: string, headers: IncomingHttpHeaders, body: Buffer): number {
    const receiver = this.subscriptions.get(device);
    if (receiver === undefined) return 410;
    if (!/^\d+$/.test(String(headers['ttl']))) return 400;
    if (!/^[A-Za-z0-9_-]{1,32}$/.test(String(headers['topic']))) return 400;
    if (headers['content-encoding'] !== 'aes128gcm') return 400;
    if (!/^vapid t=[^.]+\.[^.]+\.[^,]+, k=[A-Za-z0-9_-]{87}$/.test(headers.authorization ?? '')) return 401;
    if (body.length > 4_096) return 413;
    const payload = JSON.parse(decryptWebPush(body, receiver).toString()) as Pushed['payload'];
    this.pushed.push({ device, headers, payload });
    return 201;
  }
}

import { once } from 'node:events';
import { Agent, type IncomingMessage, type OutgoingHttpHeaders, request as openRequest } from 'node:http';
import { connect } from 'node:net';
import { type CanActivate } from '@nestjs/common';
import { describe, expect, it } from '@jest/globals';
import { type NotificationModuleOptions } from '../../src/config/options.js';
import { ConnectionDrain } from '../../src/http/connection-drain.js';
import { NotificationTransport } from '../../src/transports/notification-transport.decorator.js';
import { type OutgoingMessage, type SendResult, type Transport } from '../../src/transports/transport.js';
import { AUTHORIZED, CANARIES } from '../support/canaries.js';
import { EventStream } from '../support/event-stream.js';
import { ADAPTERS, HttpApplication } from '../support/http-application.js';
import { endAfterTest } from '../support/resources.js';
import { timeLimitMs } from '../support/time-limit.js';

const notification = { type: 'update', channel: 'gate', to: 'x', title: 'Hello', priority: 'critical' };

interface Gate {
  readonly entered: Promise<unknown>;
  readonly enter: () => void;
  readonly opened: Promise<unknown>;
  readonly open: () => void;
}

function gate(): Gate {
  const entered = Promise.withResolvers<undefined>();
  const opened = Promise.withResolvers<undefined>();
  return {
    entered: entered.promise,
    enter: () => entered.resolve(undefined),
    opened: opened.promise,
    open: () => opened.resolve(undefined),
  };
}

/** Sends nothing before its gate is opened: the stop waits for it. */
@NotificationTransport('gate')
class GateTransport implements Transport {
  readonly batching = false;
  readonly gate = gate();

  async send(messages: readonly OutgoingMessage[]): Promise<readonly SendResult[]> {
    this.gate.enter();
    await this.gate.opened;
    return messages.map(() => ({ status: 'accepted' }));
  }
}

interface Answered {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: Record<string, unknown>;
}

/** A client that keeps one connection. */
class KeepAliveClient {
  private readonly agent = new Agent({ keepAlive: true, maxSockets: 1 });
  /** Connections that it needed. */
  readonly ports = new Set<number>();

  constructor(private readonly base: string) {
    endAfterTest('the client', () => this.agent.destroy());
  }

  async ask(method: string, path: string, body?: unknown): Promise<Answered> {
    const headers: OutgoingHttpHeaders = { ...AUTHORIZED, ...(body === undefined ? {} : { 'content-type': 'application/json' }) };
    const request = openRequest(this.base + path, { method, headers, agent: this.agent });
    request.once('socket', (socket) => socket.once('ready', () => this.ports.add(socket.localPort ?? 0)));
    request.end(body === undefined ? undefined : JSON.stringify(body));
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    const text = (await response.toArray()).join('');
    return { status: response.statusCode ?? 0, headers: response.headers, body: JSON.parse(text) as Record<string, unknown> };
  }
}

type Start = (options: NotificationModuleOptions, transport: GateTransport) => Promise<HttpApplication>;
const STARTS: readonly (readonly [string, Start])[] = [
  [
    'the stand-alone application',
    (options, one) => HttpApplication.start(options, [{ provide: GateTransport, useFactory: () => one }]),
  ],
  ...ADAPTERS.map(
    (adapter) =>
      [
        `a host on ${adapter}`,
        (options: NotificationModuleOptions, one: GateTransport) =>
          HttpApplication.mount(adapter, options, [{ provide: GateTransport, useFactory: () => one }]),
      ] as const,
  ),
];

describe.each(STARTS)('G9 the stop of %s', (_name, start) => {
  it('answers what comes over open connections with 503 and closes them; health tells its own', async () => {
    const transport = new GateTransport();
    const http = await start({}, transport);
    const client = (): KeepAliveClient => new KeepAliveClient(http.base);
    const [caller, looker, probe, idle] = [client(), client(), client(), client()];
    expect((await caller.ask('POST', '', notification)).status).toBe(202);
    for (const one of [looker, probe, idle]) expect((await one.ask('GET', '/health/live')).status).toBe(200);
    await transport.gate.entered;
    const closed = http.close();
    for (const answer of [await caller.ask('POST', '', notification), await looker.ask('GET', '/stats')]) {
      expect(answer).toMatchObject({ status: 503, body: { code: 'shutting_down' }, headers: { connection: 'close' } });
      expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/);
      expect(Number(answer.headers['retry-after'])).toBeGreaterThanOrEqual(1);
    }
    const health = await probe.ask('GET', '/health');
    expect(health).toMatchObject({ status: 503, body: { shuttingDown: true }, headers: { connection: 'close' } });
    for (const one of [caller, looker, probe]) expect(one.ports.size).toBe(1);
    transport.gate.open();
    await closed;
  });

  it('finishes requests that are being answered, and those whose body is still being sent', async () => {
    const held = gate();
    const holds: CanActivate = {
      canActivate: async () => {
        held.enter();
        await held.opened;
        return true;
      },
    };
    const http = await start({ http: { apiToken: CANARIES.apiToken, guards: [holds] } }, new GateTransport());
    const asked = new KeepAliveClient(http.base).ask('GET', '/stats');
    await held.entered;
    const body = JSON.stringify(notification);
    const headers = { ...AUTHORIZED, 'content-type': 'application/json', 'content-length': body.length, expect: '100-continue' };
    const sending = openRequest(http.base, { method: 'POST', headers, agent: new Agent({ keepAlive: true }) });
    sending.flushHeaders();
    await once(sending, 'continue');
    const closed = http.close();
    sending.end(body);
    const [refused] = (await once(sending, 'response')) as [IncomingMessage];
    expect([refused.statusCode, refused.headers.connection]).toEqual([503, 'close']);
    refused.resume();
    held.open();
    expect(await asked).toMatchObject({ status: 200, headers: { connection: 'close' } });
    await closed;
  });

  it('lingers for idle connections: their next request is told 503', async () => {
    const http = await start({}, new GateTransport());
    const clients = [new KeepAliveClient(http.base), new KeepAliveClient(http.base)];
    for (const client of clients) expect((await client.ask('GET', '/stats')).status).toBe(200);
    const drain = http.app.get(ConnectionDrain, { strict: false });
    drain.onModuleDestroy();
    const ended = drain.end(timeLimitMs(5));
    for (const client of clients) {
      expect(await client.ask('POST', '', notification)).toMatchObject({ status: 503, headers: { connection: 'close' } });
      expect(client.ports.size).toBe(1);
    }
    await ended;
  });

  it('ends event streams, and is not kept by connections on which nothing was asked', async () => {
    const http = await start({ http: true }, new GateTransport());
    const stream = await EventStream.open(`${http.base}/stream?user=ann`);
    const silent = connect(Number(new URL(http.base).port), '127.0.0.1');
    endAfterTest('the silent client', () => silent.destroy());
    await once(silent, 'connect');
    silent.on('error', () => undefined);
    const ended = stream.end();
    await http.close();
    await ended;
  });

  it('is not kept for longer than SHUTDOWN_GRACE_MS by a request that never ends', async () => {
    const held = gate();
    const holds: CanActivate = {
      canActivate: async () => {
        held.enter();
        await held.opened;
        return true;
      },
    };
    const http = await start({ shutdown: { graceMs: 1 }, http: { guards: [holds] } }, new GateTransport());
    const asked = new KeepAliveClient(http.base).ask('GET', '/stats');
    const failed = expect(asked).rejects.toMatchObject({ code: 'ECONNRESET' });
    await held.entered;
    await http.close();
    await failed;
    held.open();
  });
});

import { once } from 'node:events';
import { connect } from 'node:net';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type CanActivate, type ExecutionContext, Injectable, type Provider } from '@nestjs/common';
import { WsAdapter } from '@nestjs/platform-ws';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type NotificationModuleOptions } from '../../src/config/options.js';
import { SseHub } from '../../src/transports/sse/sse-hub.js';
import { NotificationGateway } from '../../src/websocket.js';
import { watchFor } from '../support/canaries.js';
import { EventStream, type ReceivedEvent } from '../support/event-stream.js';
import { type AdapterName, ADAPTERS, HttpApplication } from '../support/http-application.js';
import { SocketStream } from '../support/socket-stream.js';

const AT_ONCE = { aggregation: { rules: [{ channel: 'sse', windowMs: 0, maxCount: 1 }] } };
const BY_THREE = { aggregation: { rules: [{ channel: 'sse', windowMs: 60_000, maxCount: 3 }] } };

/** A reader, whatever its line is. */
interface Reader {
  readonly status: number;
  events(count: number): Promise<readonly ReceivedEvent[]>;
  position(): Promise<string>;
  end(): Promise<void>;
}

/** A kind of line to the hub. */
interface Line {
  /** The status of one that is open. */
  readonly opened: number;
  open(url: string, headers?: Record<string, string>): Promise<Reader>;
  /** The request that opens it, as text. */
  request(path: string): string;
}

const LINES: Readonly<Record<string, Line>> = {
  'an event stream': {
    opened: 200,
    open: async (url, headers = {}) => {
      const stream = await EventStream.open(url, headers);
      return Object.assign(stream, { status: stream.response.status });
    },
    request: (path) => `GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`,
  },
  'a WebSocket': {
    opened: 101,
    open: (url, headers = {}) => SocketStream.open(url, { headers }),
    request: (path) =>
      `GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n` +
      'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
  },
};

let folder: string;
let http: HttpApplication;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'nestjs-digest-'));
});
afterEach(async () => {
  await http.close();
  rmSync(folder, { recursive: true });
});

let adapter: AdapterName = 'express';
async function start(options: NotificationModuleOptions = {}, providers: readonly Provider[] = []): Promise<void> {
  const all = { store: { path: join(folder, 'store.db') }, http: true, ...options };
  http = await HttpApplication.mount(adapter, all, [NotificationGateway, ...providers], undefined, [], (app) => {
    app.useWebSocketAdapter(new WsAdapter(app));
  });
}
async function say(to: string, title: string): Promise<string> {
  const answer = await http.post('', { type: 'news', channel: 'sse', to, title });
  expect(answer.status).toBe(202);
  return (answer.json as { deliveries: [{ id: string }] }).deliveries[0].id;
}
function titles(events: readonly ReceivedEvent[]): unknown[] {
  return events.flatMap(({ event, data }) =>
    event === 'batch' ? (data['events'] as { title: string }[]).map(({ title }) => title) : [data['title']],
  );
}

const EVENT_STREAM = 'an event stream';
const ON_ADAPTERS = Object.entries(LINES).flatMap(([name, line]) =>
  // Event streams on Fastify are in the tests of tickets and of the stop.
  ADAPTERS.filter((one) => name !== EVENT_STREAM || one === 'express').map((one) => [name, one, line] as const),
);

describe.each(ON_ADAPTERS)('the in-app stream over %s on %s', (_name, chosen, line) => {
  beforeEach(() => {
    adapter = chosen;
  });
  const open = (query: string, headers?: Record<string, string>) => line.open(`${http.base}/stream?${query}`, headers);

  it('gives what is for the user, its topics and everybody, with the ids and the data of every other line', async () => {
    await start(AT_ONCE);
    const reader = await open('user=ann&topic=t');
    expect(reader.status).toBe(line.opened);
    const others = await Promise.all(Object.values(LINES).map((other) => other.open(`${http.base}/stream?user=ann&topic=t`)));
    await Promise.all([reader, ...others].map((one) => one.position()));
    for (const to of ['ann', '*', 'bob', 'topic:t', 'topic:u', 'ann']) await say(to, `for ${to}`);
    const events = await reader.events(4);
    expect(titles(events).toSorted()).toEqual(['for *', 'for ann', 'for ann', 'for topic:t']);
    for (const other of others) expect(await other.events(4)).toEqual(events);
  });

  it('goes on at an id, in the middle of a batch and over a restart, without gap or repeat', async () => {
    await start(BY_THREE);
    const first = await open('user=ann&batch=false');
    const began = await first.position();
    for (const title of ['a', 'b', 'c']) await say('ann', title);
    const had = await first.events(3);
    expect(had.map(({ event }) => event)).toEqual(['notification', 'notification', 'notification']);
    await http.close();
    await start(BY_THREE);
    const middle = await open(`user=ann&batch=false&lastEventId=${had[1]?.id ?? ''}`);
    const whole = await open(`user=ann&lastEventId=${began}`);
    for (const title of ['d', 'e', 'f']) await say('ann', title);
    expect(titles(await middle.events(4))).toEqual(['c', 'd', 'e', 'f']);
    expect((await middle.events(1))[0]).toEqual(had[2]);
    expect(titles(await whole.events(2))).toEqual(['a', 'b', 'c', 'd', 'e', 'f']);
    expect((await whole.events(2))[0]?.data).toMatchObject({ count: 3, reason: 'size' });
  });

  it('tells a reader whose place is unknown to read everything again', async () => {
    await start(AT_ONCE);
    const reader = await open('user=ann&lastEventId=nonsense');
    expect((await reader.events(1))[0]).toMatchObject({ event: 'resync', data: { reason: 'this Last-Event-ID is unknown' } });
    await say('ann', 'after');
    expect(titles((await reader.events(2)).slice(1))).toEqual(['after']);
  });

  it('cuts off a reader that does not read, with an event that says so', async () => {
    await start(AT_ONCE);
    const hub = http.app.get(SseHub, { strict: false });
    const { hostname, port } = new URL(http.base);
    const socket = connect(Number(port), hostname);
    socket.write(line.request('/notifications/stream?user=ann'));
    await once(socket, 'readable');
    const one = JSON.stringify({ type: 'news', channel: 'sse', to: 'ann', title: 'long', body: 'x'.repeat(60_000) });
    const lines = Array.from({ length: 10 }, () => one);
    for (let round = 0; hub.connections === 1 && round < 50; round++) {
      const delivered = http.ended('delivered', lines.length);
      await http.post('/bulk', lines.join('\n'), { 'Content-Type': 'application/x-ndjson' });
      await delivered;
    }
    expect(hub.connections).toBe(0);
    let text = '';
    socket.on('data', (chunk) => (text += chunk.toString('latin1')));
    while (!text.includes('"reason":"slow"')) await once(socket, 'data');
    expect(text).toContain('cutoff');
    socket.destroy();
  });

  it('refuses a query that is wrong', async () => {
    await start();
    expect((await open('user=*')).status).toBe(400);
    expect((await open('user=ann&topik=x')).status).toBe(400);
  });

  it('opens to the API token and to a ticket that allows it, and to no other', async () => {
    const token = 'canary-line-token';
    watchFor('the API token', token);
    const bearer = { Authorization: `Bearer ${token}` };
    await start({ ...AT_ONCE, http: { apiToken: token } });
    const issued = await http.post('/stream/tickets', { user: 'ann', topics: ['t'] }, bearer);
    const ticket = encodeURIComponent(String(issued.json['ticket']));
    expect((await open('user=ann', bearer)).status).toBe(line.opened);
    expect((await open(`user=ann&topic=t&ticket=${ticket}`)).status).toBe(line.opened);
    for (const query of ['user=ann', `user=bob&ticket=${ticket}`, `topic=u&ticket=${ticket}`, 'user=ann&ticket=none']) {
      expect((await open(query)).status).toBe(401);
    }
  });

  it('G9 ends when the application stops', async () => {
    await start();
    const reader = await open('user=ann');
    await reader.position();
    await Promise.all([http.close(), reader.end()]);
    if (reader instanceof SocketStream) expect(reader.closeCode).toBe(1001);
  });
});

@Injectable()
class SignedIn implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const { headers } = context.switchToHttp().getRequest<{ headers: Record<string, string> }>();
    return headers['cookie'] === 'session=ann';
  }
}

describe.each(ADAPTERS)('the WebSocket gateway on %s', (chosen) => {
  beforeEach(() => {
    adapter = chosen;
  });
  const open = (query: string, headers: Record<string, string> = {}) =>
    SocketStream.open(`${http.base}/stream?${query}`, { headers });

  it('lets pages of its own origin and of http.origins upgrade, and no others', async () => {
    await start({ http: { origins: ['https://app.example'] } });
    const own = new URL(http.base).origin;
    expect((await open('user=ann', { Origin: own })).status).toBe(101);
    expect((await open('user=ann', { Origin: 'https://app.example' })).status).toBe(101);
    expect((await open('user=ann', { Origin: 'https://evil.example' })).status).toBe(403);
    expect((await open('user=ann', { Origin: 'null' })).status).toBe(403);
    expect((await open('user=ann', { Origin: own, 'Sec-Fetch-Site': 'cross-site' })).status).toBe(403);
  });

  it('serves only the names of http.hosts', async () => {
    await start({ http: { hosts: ['notify.example'] } });
    expect((await open('user=ann')).status).toBe(403);
    expect((await open('user=ann', { Host: 'notify.example' })).status).toBe(101);
  });

  it('asks the host’s guards', async () => {
    await start({ http: { guards: [SignedIn] } }, [SignedIn]);
    expect((await open('user=ann')).status).toBe(403);
    expect((await open('user=ann', { Cookie: 'session=ann' })).status).toBe(101);
  });

  it('takes what was read upstream, only for its own user', async () => {
    await start({ aggregation: { rules: [{ channel: 'sse', windowMs: 60_000, maxCount: 50 }] } });
    const reader = await open('user=ann');
    const [mine, other] = [await say('ann', 'mine'), await say('bob', 'not mine')];
    reader.socket.send(JSON.stringify({ read: [mine, other, 'd-none-1'] }));
    expect(await reader.events(1)).toEqual([{ event: 'read', id: '', data: { read: [mine] } }]);
    expect((await http.get(`/deliveries/${mine}`)).json).toMatchObject({ state: 'cancelled', reason: 'read' });
    expect((await http.get(`/deliveries/${other}`)).json).toMatchObject({ state: 'gathering' });
    reader.socket.send(JSON.stringify({ read: [mine] }));
    expect((await reader.events(2))[1]?.data).toEqual({ read: [mine] });
  });

  it.each([
    ['no JSON', 'hello', 1003],
    ['another message', '{"write":["x"]}', 1003],
    ['an empty list', '{"read":[]}', 1003],
    ['more than it may say', '{"read":["x"],"user":"bob"}', 1003],
    ['bytes', Buffer.from([1, 2]), 1003],
    ['too much', JSON.stringify({ read: ['x'.repeat(20_000)] }), 1009],
  ])('closes the line of a client that sends %s', async (_what, message, code) => {
    await start();
    const reader = await open('user=ann');
    await reader.position();
    reader.socket.send(message);
    await reader.end();
    expect(reader.closeCode).toBe(code);
  });

  it('forgets a reader that goes away', async () => {
    await start();
    const hub = http.app.get(SseHub, { strict: false });
    const [first, second] = [await open('user=ann'), await open('user=ann')];
    await Promise.all([first.position(), second.position()]);
    expect(hub.connections).toBe(2);
    const [client] = [...hub['all']];
    const gone = client?.closed();
    await first.close();
    await gone;
    expect(hub.connections).toBe(1);
  });
});

import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { EventSource } from 'eventsource';
import { type NotificationModuleOptions } from '../../src/config/options.js';
import { SseHub } from '../../src/transports/sse/sse-hub.js';
import { ManualClock } from '../../src/testing/manual-clock.js';
import { watchFor } from '../support/canaries.js';
import { EventStream } from '../support/event-stream.js';
import { HttpApplication } from '../support/http-application.js';

const note = { type: 'comment', channel: 'sse', to: 'ann', title: 'Bob answered' };
const lasting = [{ channel: 'sse', windowMs: 60_000, maxCount: 3 }];

describe('the in-app stream', () => {
  let folder: string;
  let http: HttpApplication;
  const readers: EventStream[] = [];
  const start = (options: NotificationModuleOptions = {}, port = 0): Promise<HttpApplication> =>
    HttpApplication.start({ store: { path: join(folder, 'store.db') }, http: true, ...options }, [], port);
  const read = async (query: string, headers: Record<string, string> = {}): Promise<EventStream> => {
    const reader = await EventStream.open(`${http.base}/stream?${query}`, headers);
    readers.push(reader);
    return reader;
  };
  const say = async (over: object = {}): Promise<string> => {
    const answer = await http.post('', { ...note, ...over });
    expect(answer.status).toBe(202);
    return (answer.json as { deliveries: [{ id: string }] }).deliveries[0].id;
  };

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'nestjs-digest-'));
  });
  afterEach(async () => {
    for (const reader of readers.splice(0)) reader.close();
    await http.close();
    rmSync(folder, { recursive: true });
  });

  it('gives a burst as one batch after 100 ms, with what a client needs', async () => {
    const clock = new ManualClock();
    http = await HttpApplication.startOn(clock, { http: true });
    const reader = await read('user=ann');
    expect(reader.response.headers.get('content-type')).toMatch(/^text\/event-stream/);
    expect(reader.response.headers.get('x-accel-buffering')).toBe('no');
    expect(reader.response.headers.get('cache-control')).toContain('no-cache');
    const id = await say({ body: 'Yes\nand no', actor: { id: '7', name: 'Bob' }, data: { url: '/x' } });
    await say({ title: 'Eve answered' });
    await say({ to: 'bob' });
    clock.advance(99);
    expect((await http.get(`/deliveries/${id}`)).json).toMatchObject({ state: 'gathering' });
    clock.advance(1);
    const [event] = await reader.events(1);
    expect(event).toMatchObject({ id: expect.stringMatching(/^\d+$/), event: 'batch' });
    expect(event?.data).toMatchObject({ batchId: expect.any(String), type: 'comment', reason: 'time', count: 2 });
    expect((event?.data['events'] as unknown[])[0]).toEqual({
      id,
      type: 'comment',
      title: 'Bob answered',
      body: 'Yes\nand no',
      actor: { id: '7', name: 'Bob' },
      data: { url: '/x' },
      priority: 'normal',
      at: expect.any(String),
    });
    expect((await http.get(`/deliveries/${id}`)).json).toMatchObject({ state: 'delivered', channel: 'sse' });
  });

  it('says why a batch came: full, or sent on', async () => {
    http = await start({ aggregation: { rules: lasting } });
    const reader = await read('user=ann');
    for (let i = 0; i < 4; i++) await say({ title: `n${i}` });
    await http.post('/flush', { channel: 'sse' });
    const events = await reader.events(2);
    expect(events.map(({ data }) => [data['reason'], data['count']])).toEqual([
      ['size', 3],
      ['flush', 1],
    ]);
  });

  it('keeps the newest of a dedupe key', async () => {
    http = await start({ aggregation: { rules: lasting } });
    const reader = await read('user=ann');
    for (const title of ['1 %', '50 %', '99 %']) await say({ title, dedupeKey: 'upload' });
    await http.post('/flush', { channel: 'sse' });
    const [event] = await reader.events(1);
    expect(event?.data['events']).toMatchObject([{ title: '99 %' }]);
  });

  it('shows what is critical at once, after what was gathering: the order holds', async () => {
    http = await start({ aggregation: { rules: [{ channel: 'sse', windowMs: 60_000, maxCount: 50 }] } });
    const reader = await read('user=ann&batch=false');
    await say({ title: 'first' });
    await say({ title: 'second' });
    await say({ title: 'failed', type: 'error' });
    await say({ title: 'third' });
    await say({ title: 'fire', priority: 'critical' });
    const events = await reader.events(5);
    expect(events.map(({ event, data }) => [event, data['title']])).toEqual([
      ['notification', 'first'],
      ['notification', 'second'],
      ['notification', 'failed'],
      ['notification', 'third'],
      ['notification', 'fire'],
    ]);
  });

  it('resumes after a restart without gap or repeat, in the middle of a batch too', async () => {
    http = await start({ aggregation: { rules: lasting } });
    const first = await read('user=ann&batch=false');
    for (const title of ['a', 'b', 'c']) await say({ title });
    const [a, b, c] = await first.events(3);
    expect([a, b, c].map((event) => event?.id.split('.').length)).toEqual([2, 2, 1]);
    const heard = http.ended('delivered', 3);
    for (const title of ['d', 'e', 'f']) await say({ title });
    await heard;
    await http.close();
    http = await start({ aggregation: { rules: lasting } });

    const middle = await read('user=ann&batch=false', { 'Last-Event-ID': b?.id ?? '' });
    expect((await middle.events(4)).map(({ data }) => data['title'])).toEqual(['c', 'd', 'e', 'f']);
    const whole = await read(`user=ann&lastEventId=${c?.id ?? ''}`);
    const [batch] = await whole.events(1);
    expect(batch?.data).toMatchObject({ count: 3, events: [{ title: 'd' }, { title: 'e' }, { title: 'f' }] });
    for (const title of ['g', 'h', 'i']) await say({ title });
    expect((await middle.events(7)).slice(4).map(({ data }) => data['title'])).toEqual(['g', 'h', 'i']);
    expect((await whole.events(2))[1]?.data).toMatchObject({ count: 3, events: [{ title: 'g' }, {}, {}] });
    expect(Number((await whole.events(2))[1]?.id)).toBeGreaterThan(Number(batch?.id));
  });

  it('tells a reader whose place is unknown to read everything again', async () => {
    http = await start();
    for (const lastEventId of ['nonsense', '5']) {
      const reader = await read('user=ann', { 'Last-Event-ID': lastEventId });
      expect((await reader.events(1))[0]?.event).toBe('resync');
    }
  });

  it('is read by EventSource, also over a restart', async () => {
    http = await start({ aggregation: { rules: lasting } });
    const source = new EventSource(`${http.base}/stream?user=ann`);
    const titles: string[] = [];
    let changed = (): void => undefined;
    source.addEventListener('batch', ({ data }) => {
      titles.push(...(JSON.parse(String(data)) as { events: { title: string }[] }).events.map(({ title }) => title));
      changed();
    });
    const until = async (count: number): Promise<void> => {
      while (titles.length < count) await new Promise<void>((resolve) => (changed = resolve));
    };
    await once(source as never, 'open');
    for (const title of ['a', 'b', 'c']) await say({ title });
    await until(3);
    const { port } = new URL(http.base);
    await http.close();
    http = await start({ aggregation: { rules: lasting } }, Number(port));
    for (const title of ['d', 'e', 'f']) await say({ title });
    await until(6);
    source.close();
    expect(titles).toEqual(['a', 'b', 'c', 'd', 'e', 'f']);
  });

  it('cuts off a reader that does not read, and keeps at most so much for it', async () => {
    http = await start({ aggregation: { rules: [{ channel: 'sse', windowMs: 0, maxCount: 1 }] } });
    const hub = http.app.get(SseHub, { strict: false });
    const { hostname, port } = new URL(http.base);
    const socket = connect(Number(port), hostname);
    socket.write('GET /notifications/stream?user=ann HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n');
    await once(socket, 'readable');
    expect(hub.connections).toBe(1);
    const body = 'x'.repeat(60_000);
    const line = JSON.stringify({ ...note, body });
    let said = 0;
    while (hub.connections === 1 && said < 500) {
      const delivered = http.ended('delivered', 10);
      const lines = Array.from({ length: 10 }, () => line).join('\n');
      expect(await http.post('/bulk', lines, { 'Content-Type': 'application/x-ndjson' })).toMatchObject({
        json: { accepted: 10 },
      });
      await delivered;
      said += 10;
    }
    expect(said).toBeLessThan(500);
    let text = '';
    socket.on('data', (chunk) => (text += chunk.toString('latin1')));
    await once(socket, 'end');
    expect(text).toMatch(/event: cutoff\ndata: \{"reason":"slow"/);
    socket.destroy();
  });

  it('G9 ends its streams when the application stops', async () => {
    http = await start();
    const reader = await read('user=ann');
    await Promise.all([http.close(), reader.end()]);
    http = await start();
  });

  describe('with an API token', () => {
    const token = 'canary-stream-token';
    beforeEach(() => watchFor('the API token', token));
    const bearer = { Authorization: `Bearer ${token}` };

    it('opens to the token, or to a ticket of this user that has not expired', async () => {
      http = await start({ http: { apiToken: token } });
      expect((await read('user=ann')).response.status).toBe(401);
      expect((await read('user=ann', bearer)).response.status).toBe(200);
      expect(await http.post('/stream/tickets', { user: 'ann' })).toMatchObject({ status: 401 });
      const answer = await http.post('/stream/tickets', { user: 'ann', ttlMs: 60_000 }, bearer);
      expect(answer).toMatchObject({ status: 201, json: { ticket: expect.any(String), expiresAt: expect.any(String) } });
      const ticket = encodeURIComponent(String(answer.json['ticket']));
      expect((await read(`user=ann&ticket=${ticket}`)).response.status).toBe(200);
      expect((await read(`user=bob&ticket=${ticket}`)).response.status).toBe(401);
      expect((await read(`user=ann&ticket=${ticket.slice(0, -1)}`)).response.status).toBe(401);
      expect(JSON.stringify(answer.json)).not.toContain(token);
    });
  });
});

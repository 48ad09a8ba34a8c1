import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type NotificationModuleOptions } from '../../src/config/options.js';
import { ManualClock } from '../../src/testing/manual-clock.js';
import { watchFor } from '../support/canaries.js';
import { EventStream, type ReceivedEvent } from '../support/event-stream.js';
import { HttpApplication } from '../support/http-application.js';

const AT_ONCE = { aggregation: { rules: [{ channel: 'sse', windowMs: 0, maxCount: 1 }] } };
const WINDOW = { aggregation: { rules: [{ channel: 'sse', windowMs: 60_000, maxCount: 100 }] } };

describe('everybody and topics on the in-app stream', () => {
  let folder: string;
  let http: HttpApplication;
  const readers: EventStream[] = [];
  const start = async (options: NotificationModuleOptions = {}): Promise<void> => {
    http = await HttpApplication.start({ store: { path: join(folder, 'store.db') }, http: true, ...options });
  };
  const read = async (query: string, headers: Record<string, string> = {}): Promise<EventStream> => {
    const reader = await EventStream.open(`${http.base}/stream?${query}`, headers);
    readers.push(reader);
    return reader;
  };
  const say = async (to: string | readonly string[], title: string, more: object = {}) => {
    const answer = await http.post('', { type: 'news', channel: 'sse', to, title, ...more });
    expect(answer.status).toBe(202);
    return (answer.json as { deliveries: { id: string; messageId: string }[] }).deliveries;
  };
  const titles = (events: readonly ReceivedEvent[]): unknown[] =>
    events.flatMap(({ data }) => (data['events'] as { title: string }[]).map(({ title }) => title));

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'nestjs-digest-'));
  });
  afterEach(async () => {
    for (const reader of readers.splice(0)) reader.close();
    await http.close();
    rmSync(folder, { recursive: true });
  });

  it('a reader gets what is for it, for its topics and for everybody, in one order, and nothing else', async () => {
    await start(AT_ONCE);
    const ann = await read('user=ann&topic=deploys&topic=disk');
    const bob = await read('user=bob');
    const nobody = await read('topic=disk');
    const all = await read('');
    for (const [to, title] of [
      ['ann', 'a1'],
      ['*', 'all1'],
      ['topic:deploys', 'd1'],
      ['topic:disk', 'k1'],
      ['bob', 'b1'],
      ['topic:other', 'o1'],
      ['*', 'all2'],
    ] as const) {
      const ended = http.ended('delivered', 1);
      await say(to, title);
      await ended;
    }
    const seen = await ann.events(5);
    expect(titles(seen)).toEqual(['a1', 'all1', 'd1', 'k1', 'all2']);
    const ids = seen.map(({ id }) => Number(id));
    expect(ids).toEqual(ids.toSorted((a, b) => a - b));
    expect(titles(await bob.events(3))).toEqual(['all1', 'b1', 'all2']);
    expect(titles(await nobody.events(3))).toEqual(['all1', 'k1', 'all2']);
    expect(titles(await all.events(2))).toEqual(['all1', 'all2']);
    expect((await all.events(2))[0]?.id).toBe(seen[1]?.id);
  });

  it('is one delivery and one window, however many read it', async () => {
    const clock = new ManualClock();
    http = await HttpApplication.startOn(clock, { http: true, ...WINDOW });
    const all = await Promise.all(Array.from({ length: 20 }, (_, index) => read(`user=u${index}&topic=t`)));
    const [first, second, topic] = [await say('*', 'one'), await say('*', 'two'), await say('topic:t', 'three')];
    expect(first[0]?.messageId).toBe(second[0]?.messageId);
    expect(topic[0]?.messageId).not.toBe(first[0]?.messageId);
    clock.advance(60_000);
    for (const reader of all) expect(titles(await reader.events(2)).toSorted()).toEqual(['one', 'three', 'two']);
    const { counts } = (await http.get('/stats')).json as { counts: { byState: Record<string, number> } };
    expect(counts.byState).toMatchObject({ delivered: 3 });
  });

  it('goes on with one id over a restart: own, topic and broadcast events without gap or repeat', async () => {
    await start(AT_ONCE);
    const reader = await read('user=ann&topic=t');
    await say(['ann', '*', 'topic:t'], 'before');
    const had = await reader.events(3);
    await http.close();
    await start(AT_ONCE);
    const ended = http.ended('delivered', 6);
    for (const title of ['x', 'y']) await say(['*', 'topic:t', 'ann'], title);
    await ended;
    const back = await read('user=ann&topic=t', { 'Last-Event-ID': had[1]?.id ?? '' });
    await say('*', 'z');
    const events = await back.events(8);
    expect(events[0]).toEqual(had[2]);
    expect(titles(events).slice(1, 7).toSorted()).toEqual(['x', 'x', 'x', 'y', 'y', 'y']);
    expect(titles(events)[7]).toBe('z');
    const ids = events.map(({ id }) => Number(id));
    expect(ids).toEqual([...new Set(ids)].toSorted((a, b) => a - b));
  });

  it('says `direct` for what was not gathered, and takes an event that has only data', async () => {
    await start({ aggregation: { rules: [{ channel: 'sse', windowMs: 60_000, maxCount: 2, leading: true }] } });
    const reader = await read('user=ann');
    await http.post('', { type: 'progress', channel: 'sse', to: '*', data: { done: 5 } });
    expect((await reader.events(1))[0]?.data).toMatchObject({ reason: 'direct', count: 1, events: [{ data: { done: 5 } }] });
    for (const title of ['one', 'two']) await say('*', title, { type: 'progress' });
    await say('*', 'fire', { priority: 'critical' });
    const events = await reader.events(3);
    expect(events.map(({ data }) => [data['reason'], data['count']])).toEqual([
      ['direct', 1],
      ['size', 2],
      ['direct', 1],
    ]);
    await say('*', 'disk failed', { type: 'error' });
    expect((await reader.events(4))[3]?.data).toMatchObject({ reason: 'direct', type: 'error' });
  });

  it('refuses what is neither a user nor a topic', async () => {
    await start();
    for (const [query, path] of [
      ['user=*', 'user'],
      ['user=topic:x', 'user'],
      ['user=', 'user'],
      ['topic=', 'topic'],
      [`topic=a&topic=${'x'.repeat(101)}`, 'topic'],
      [Array.from({ length: 51 }, (_, index) => `topic=t${index}`).join('&'), 'topic'],
    ] as const) {
      expect(await http.get(`/stream?${query}`)).toMatchObject({
        status: 400,
        json: { code: 'invalid_request', errors: [{ path }] },
      });
    }
    expect(await http.post('', { type: 'x', channel: 'sse', to: 'topic:', title: 'x' })).toMatchObject({ status: 400 });
  });

  it('three kinds of thirty events of ten servers are three events for each reader, or one by a rule', async () => {
    const clock = new ManualClock();
    const restart = async (): Promise<void> => {
      for (const type of ['server_stopping', 'server_starting', 'server_online']) {
        for (let server = 0; server < 10; server++) {
          await http.post('', { type, channel: 'sse', to: '*', data: { server: `s${server}`, state: type } });
        }
      }
      clock.advance(100);
    };
    http = await HttpApplication.startOn(clock, { http: true });
    const three = await read('user=ann');
    await restart();
    expect((await three.events(3)).map(({ data }) => [data['type'], data['count']])).toEqual([
      ['server_stopping', 10],
      ['server_starting', 10],
      ['server_online', 10],
    ]);
    await http.close();

    const rule = { channel: 'sse', windowMs: 100, maxCount: 50, groupBy: 'none', dedupeBy: 'data.server' } as const;
    http = await HttpApplication.startOn(clock, { http: true, aggregation: { rules: [rule] } });
    const one = await read('user=ann');
    await restart();
    const [event] = await one.events(1);
    expect(event?.data).toMatchObject({ count: 10, type: 'server_online' });
    expect((event?.data['events'] as { data: { state: string } }[]).every(({ data }) => data.state === 'server_online')).toBe(
      true,
    );
  });

  describe('with an API token', () => {
    const token = 'canary-broadcast-token';
    const bearer = { Authorization: `Bearer ${token}` };
    beforeEach(() => watchFor('the API token', token));
    const ticketFor = async (scope: object): Promise<string> => {
      const answer = await http.post('/stream/tickets', scope, bearer);
      expect(answer.status).toBe(201);
      return encodeURIComponent(String(answer.json['ticket']));
    };
    const statusOf = async (query: string): Promise<number> =>
      (await read(query, { Authorization: 'Bearer none' })).response.status;

    it('a ticket opens its user, its topics and everybody’s events, and no others', async () => {
      await start({ ...AT_ONCE, http: { apiToken: token } });
      const ticket = await ticketFor({ user: 'ann', topics: ['a', 'b'], ttlMs: 60_000 });
      for (const query of ['user=ann', 'user=ann&topic=a&topic=b', 'topic=b', '']) {
        expect(await statusOf(`${query}&ticket=${ticket}`)).toBe(200);
      }
      for (const query of ['user=bob', 'user=ann&topic=c', 'topic=a&topic=c']) {
        expect(await statusOf(`${query}&ticket=${ticket}`)).toBe(401);
      }
      expect(await statusOf('')).toBe(401);
      const topics = await ticketFor({ topics: ['a'] });
      expect(await statusOf(`topic=a&ticket=${topics}`)).toBe(200);
      expect(await statusOf(`user=ann&ticket=${topics}`)).toBe(401);
      expect(await statusOf(`ticket=${await ticketFor({})}`)).toBe(200);
      expect(await http.post('/stream/tickets', { user: '*' }, bearer)).toMatchObject({ status: 400 });
      expect(await http.post('/stream/tickets', { topics: 'a' }, bearer)).toMatchObject({ status: 400 });
      expect(await http.post('/stream/tickets', { topics: [''] }, bearer)).toMatchObject({ status: 400 });
    });
  });
});

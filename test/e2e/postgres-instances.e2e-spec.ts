import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { NotificationEvents } from '../../src/index.js';
import { EventStream } from '../support/event-stream.js';
import { HttpApplication } from '../support/http-application.js';
import { PostgresServer } from '../support/postgres-server.js';
import { SlackServer } from '../support/slack-server.js';
import { SmtpSink } from '../support/smtp-sink.js';

const TOKEN = 'xoxb-test-1';
const MAILS_PER_SECOND = 4;
const AT_ONCE = { windowMs: 0, maxCount: 1 };

/** The whole module, three times, on one PostgreSQL, as three processes would be. */
describe('three instances on PostgreSQL', () => {
  let slack: SlackServer;
  let sink: SmtpSink;
  let all: readonly HttpApplication[];
  let delivered = 0;
  let wake: () => void = () => undefined;

  beforeAll(async () => {
    const server = await PostgresServer.start();
    [slack, sink] = [await SlackServer.start({ token: TOKEN }), await SmtpSink.start()];
    const url = `${server.url}?schema=${server.newSchema()}`;
    const start = async (): Promise<HttpApplication> => {
      const one = await HttpApplication.start({
        http: true,
        store: { url },
        slack: { botToken: TOKEN, apiUrl: slack.url },
        email: { smtpUrl: sink.url },
        perChannel: { email: { messagesPerSecond: MAILS_PER_SECOND } },
        aggregation: { rules: ['slack', 'email', 'sse'].map((channel) => ({ channel, ...AT_ONCE })) },
        batch: { timeoutMs: 0 },
      });
      one.app.get(NotificationEvents).on('delivered', () => {
        delivered++;
        wake();
      });
      return one;
    };
    all = [await start(), await start(), await start()];
  });
  afterAll(async () => {
    for (const one of all) await one.close();
  });

  const say = async (on: number, channel: string, to: string, title: string): Promise<void> => {
    const answer = await all[on % 3]!.post('', { type: 'comment', channel, to, title });
    expect(answer.status).toBe(202);
  };
  /** Waits until all instances together delivered so many more. */
  const deliveredBy = async (work: () => Promise<void>, count: number): Promise<void> => {
    const until = delivered + count;
    await work();
    while (delivered < until) await new Promise<void>((resolve) => (wake = resolve));
  };
  const title = ({ data }: { readonly data: Record<string, unknown> }): unknown =>
    (data['events'] as { readonly title: string }[])[0]?.title;

  it('readers on all of them get what any of them sends, in one order, and go on at another one', async () => {
    const read = (on: HttpApplication, lastEventId?: string): Promise<EventStream> =>
      EventStream.open(`${on.base}/stream?user=ann`, lastEventId === undefined ? {} : { 'Last-Event-ID': lastEventId });
    const readers = await Promise.all(all.map((one) => read(one)));
    // From its position on, a reader gets everything.
    await Promise.all(readers.map((reader) => reader.position()));
    await Promise.all(Array.from({ length: 30 }, (_, n) => say(n, 'sse', 'ann', `n${n}`)));
    const seen = await Promise.all(
      readers.map(async (reader) => (await reader.events(30)).map((event) => [event.id, title(event)])),
    );
    expect(new Set(seen[0]?.map(([, name]) => name)).size).toBe(30);
    expect(seen[1]).toEqual(seen[0]);
    expect(seen[2]).toEqual(seen[0]);
    readers[0]?.close();
    await say(1, 'sse', 'ann', 'after');
    const later = await read(all[2]!, String(seen[0]?.[19]?.[0]));
    const rest = (await later.events(11)).map(title);
    expect(rest).toEqual([...(seen[0]?.slice(20).map(([, name]) => name) ?? []), 'after']);
    for (const reader of [...readers, later]) reader.close();
  });

  it('keep together to the pace of a Slack channel, and to the rate of a channel', async () => {
    const startedAt = Date.now();
    await deliveredBy(async () => {
      await Promise.all(Array.from({ length: 4 }, (_, n) => say(n, 'slack', 'C1', `n${n}`)));
      await Promise.all(Array.from({ length: 12 }, (_, n) => say(n, 'email', `reader-${n}@example.com`, `n${n}`)));
    }, 16);
    // One post a second. Whatever delays them makes it longer.
    expect((slack.posts.at(-1)?.at ?? 0) - startedAt).toBeGreaterThanOrEqual(3_000 - 50);
    expect(new Set(slack.posts.map(({ text }) => /\bn\d+\b/.exec(text)?.[0])).size).toBe(4);
    expect(await sink.count()).toBe(12);
    // A second's worth goes at once, the rest at the rate.
    expect(Date.now() - startedAt).toBeGreaterThanOrEqual((12 / MAILS_PER_SECOND - 1) * 1_000 - 50);
  });

  it('G7 answer with the same statistics, and name each other', async () => {
    const stats = await Promise.all(all.map(async (one) => (await one.get('/stats')).json));
    const counts = stats.map(({ counts: found }) => (found as { readonly byState: unknown }).byState);
    expect(counts[0]).toMatchObject({ delivered: 47, queued: 0, sending: 0, gathering: 0 });
    expect(counts[1]).toEqual(counts[0]);
    expect(counts[2]).toEqual(counts[0]);
    for (const { instances } of stats) expect(instances).toHaveLength(3);
    const listed = await Promise.all(all.map(async (one) => (await one.get('/deliveries?channel=slack&state=delivered')).json));
    expect(listed.map(({ items }) => (items as readonly unknown[]).length)).toEqual([4, 4, 4]);
  });
});

import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo } from 'node:net';
import { createRequire } from 'node:module';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type NotificationModuleOptions } from '../../src/config/options.js';
import { ManualClock } from '../../src/testing/manual-clock.js';
import { openBrowser, openPage } from '../support/browser.js';
import { CANARIES } from '../support/canaries.js';
import { HttpApplication } from '../support/http-application.js';

interface Posted {
  readonly path: string;
  readonly card: { readonly id: string; readonly body: readonly Record<string, unknown>[] };
}

describe('Teams', () => {
  let server: Server;
  let url: string;
  let http: HttpApplication;
  let clock: ManualClock;
  let posts: Posted[];
  let answer: (response: ServerResponse, post: number, posted: Posted) => void;

  const optionsOf = (teams: NotificationModuleOptions['teams'] = {}): NotificationModuleOptions => ({
    teams: {
      webhooks: { ops: `${url}/ops?sig=${CANARIES.teamsSignature}`, sales: `${url}/sales?sig=${CANARIES.teamsSignature}` },
      allowPrivate: true,
      timeoutMs: 60_000,
      ...teams,
    },
    aggregation: { rules: [{ channel: 'teams', type: 'deploy', windowMs: 0, maxCount: 1 }] },
    batch: { timeoutMs: 0, retryBaseMs: 1 },
  });
  const start = async (): Promise<void> => {
    http = await HttpApplication.startOn(clock, optionsOf());
  };
  const enqueue = async (over: object = {}): Promise<string> => {
    const answered = await http.post('', { type: 'deploy', channel: 'teams', to: 'ops', title: 'Deployed', ...over });
    expect(answered.status).toBe(202);
    return (answered.json as { deliveries: [{ id: string }] }).deliveries[0].id;
  };
  const find = async (id: string) => (await http.get(`/deliveries/${id}`)).json;

  beforeEach(async () => {
    posts = [];
    clock = new ManualClock();
    answer = (response) => response.writeHead(202).end();
    server = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk) => (body += String(chunk)));
      request.on('end', () => {
        const { type, attachments } = JSON.parse(body) as {
          readonly type: string;
          readonly attachments: readonly [{ readonly contentType: string; readonly content: Posted['card'] }];
        };
        expect([type, attachments[0].contentType]).toEqual(['message', 'application/vnd.microsoft.card.adaptive']);
        const posted = { path: request.url ?? '', card: attachments[0].content };
        posts.push(posted);
        answer(response, posts.length, posted);
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterEach(async () => {
    await http.close();
    server.closeAllConnections();
    server.close();
  });

  it('gets a digest as one card that its own reader understands, with nothing in it that a notification smuggled in', async () => {
    await start();
    const hostile = '<at>all</at> [x](https://evil.example) ![i](https://evil.example/i.png) <b>bold</b>';
    for (const title of ['Build 7 is green', hostile, 'Build 9 is green']) {
      await enqueue({ type: 'announcement', title, body: 'Two lines\nof text', data: { url: 'https://ci.example.com/7' } });
    }
    const delivered = http.ended('delivered', 3);
    expect((await http.post('/flush', { channel: 'teams' })).json).toMatchObject({ flushed: 1 });
    await delivered;
    expect(posts).toHaveLength(1);

    const page = await openPage(await openBrowser());
    await page.addScriptTag({ path: createRequire(import.meta.url).resolve('adaptivecards/dist/adaptivecards.min.js') });
    const read = await page.evaluate((card) => {
      // What the script in the page defines.
      const { AdaptiveCards } = globalThis as unknown as {
        AdaptiveCards: Record<string, new () => never> & { AdaptiveCard: { onProcessMarkdown?: unknown } };
      };
      AdaptiveCards.AdaptiveCard.onProcessMarkdown = (text: string, result: { outputHtml: string; didProcess: boolean }) => {
        result.outputHtml = text.replace(/&/g, '&amp;').replace(/</g, '&lt;');
        result.didProcess = true;
      };
      type Parsed = {
        parse(card: unknown, context: unknown): void;
        validateProperties(): { validationEvents: { message: string }[] };
        render(): { querySelectorAll(selector: string): { length: number }; textContent: string };
      };
      const parsed = new (AdaptiveCards['AdaptiveCard'] as unknown as new () => Parsed)();
      const context = new (AdaptiveCards['SerializationContext'] as unknown as new () => { eventCount: number })();
      parsed.parse(card, context);
      const html = parsed.render();
      return {
        events: context.eventCount,
        failures: parsed.validateProperties().validationEvents.map(({ message }) => message),
        images: html.querySelectorAll('img').length,
        text: html.textContent,
      };
    }, posts[0]?.card as never);
    expect(read).toMatchObject({ events: 0, failures: [], images: 0 });
    expect(read.text).toContain('Build 9 is green');
    expect(read.text).not.toContain('<at>');
    expect(read.text).toContain('\\[x\\]');
  });

  it('addresses a webhook by its name, and never shows its URL', async () => {
    await start();
    const refused = await http.post('', { type: 'deploy', channel: 'teams', to: 'nobody', title: 'x' });
    expect(refused).toMatchObject({ status: 400, json: { errors: [{ path: 'to' }] } });
    expect(refused.text).toContain('ops, sales');
    const delivered = http.ended('delivered', 1);
    const id = await enqueue({ to: 'sales' });
    await delivered;
    expect(posts[0]).toMatchObject({ path: `/sales?sig=${CANARIES.teamsSignature}` });
    expect(posts[0]?.card.id).toBe((await find(id))['messageId']);
  });

  it.each([
    [401, 'address_rejected'],
    [403, 'address_rejected'],
    [404, 'address_rejected'],
    [410, 'address_rejected'],
    [422, 'content_rejected'],
    [302, 'address_rejected'],
  ])('%i is final: %s', async (status, reason) => {
    await start();
    answer = (response) => response.writeHead(status, { Location: `${url}/elsewhere` }).end();
    const dead = http.ended('dead', 1);
    const id = await enqueue();
    await dead;
    expect(await find(id)).toMatchObject({ state: 'dead', attempts: 1, lastError: { reason } });
    expect(posts).toHaveLength(1);
  });

  it('a card that is refused is posted once more as plain text, and one that is too large once more with half of its entries', async () => {
    await start();
    answer = (response, post) => response.writeHead([400, 202, 413, 202][post - 1] ?? 500).end();
    const first = http.ended('delivered', 1);
    const id = await enqueue({ body: 'the text' });
    await first;
    expect(await find(id)).toMatchObject({ state: 'delivered', attempts: 1 });
    expect(posts[1]?.card.body).toHaveLength(1);

    clock.advance(1_000);
    for (let i = 0; i < 4; i++) await enqueue({ type: 'announcement', title: `News ${i}` });
    const second = http.ended('delivered', 4);
    await http.post('/flush', { channel: 'teams' });
    await second;
    // The headline names the first ones once more.
    const titles = posts.slice(2).map(({ card }) => new Set(JSON.stringify(card).match(/News \d/g)).size);
    expect(titles).toEqual([4, 2]);
  });

  it('refused twice it is dead', async () => {
    await start();
    answer = (response) => response.writeHead(400).end();
    const dead = http.ended('dead', 1);
    const id = await enqueue();
    await dead;
    expect(await find(id)).toMatchObject({ state: 'dead', attempts: 1, lastError: { reason: 'content_rejected' } });
    expect(posts).toHaveLength(2);
  });

  it('a webhook gets one message per second, another one does not wait for it, and a critical one goes first', async () => {
    await start();
    const two = http.ended('delivered', 2);
    await enqueue({ title: 'one' });
    await enqueue({ to: 'sales', title: 'other' });
    await two;
    await enqueue({ title: 'two' });
    await enqueue({ title: 'now', priority: 'critical' });
    clock.advance(999);
    expect(posts.map(({ path }) => path.slice(1, 4))).toEqual(['ops', 'sal']);
    const third = http.ended('delivered', 1);
    clock.advance(1);
    await third;
    expect(JSON.stringify(posts[2]?.card)).toContain('now');
    const fourth = http.ended('delivered', 1);
    clock.advance(1_000);
    await fourth;
    expect(JSON.stringify(posts[3]?.card)).toContain('two');
  });

  it('waits as long as Retry-After says, without losing an attempt', async () => {
    await start();
    answer = (response, post) => response.writeHead(post === 1 ? 429 : 202, { 'Retry-After': '7' }).end();
    const told = http.ended('released', 1);
    const id = await enqueue();
    await told;
    clock.advance(6_999);
    expect(posts).toHaveLength(1);
    const delivered = http.ended('delivered', 1);
    clock.advance(1);
    await delivered;
    expect(await find(id)).toMatchObject({ state: 'delivered', attempts: 1 });
  });

  it('an error that stands in the text of a good answer is one', async () => {
    answer = (response, post) =>
      post === 1
        ? response
            .writeHead(200)
            .end('Webhook message delivery failed with error: Microsoft Teams endpoint returned HTTP error 429 with ContextId x')
        : response.writeHead(202).end('{"status":"accepted"}');
    await start();
    const retried = http.ended('retry', 1);
    const id = await enqueue();
    await retried;
    expect(await find(id)).toMatchObject({ state: 'queued', lastError: { reason: 'rate_limited' } });
    const delivered = http.ended('delivered', 1);
    clock.advance(60_000);
    await delivered;
    expect(posts).toHaveLength(2);
  });

  it('a call without an answer is uncertain, and repeated with the same id', async () => {
    await start();
    answer = (response, post) => (post === 1 ? response.socket?.resetAndDestroy() : response.writeHead(202).end());
    const retried = http.ended('retry', 1);
    const id = await enqueue();
    await retried;
    expect(await find(id)).toMatchObject({ lastError: { reason: 'uncertain' } });
    const delivered = http.ended('delivered', 1);
    clock.advance(1_000);
    await delivered;
    expect(posts.map(({ card }) => card.id)).toEqual([posts[0]?.card.id, posts[0]?.card.id]);
  });

  it('refuses a URL that is none of a workflow, without showing it', async () => {
    await start();
    const wrong = { ...optionsOf(), teams: { webhooks: { ops: `https://evil.example/?sig=${CANARIES.teamsSignature}` } } };
    await expect(HttpApplication.start(wrong)).rejects.toThrow(
      /TEAMS_WEBHOOKS\.ops: got a value that is not shown; it must be .*logic\.azure\.com/,
    );
    await expect(HttpApplication.start({ teams: { webhooks: { 'a b': url } } })).rejects.toThrow(/"a b" does not/);
  });
});

import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createServer, request as httpRequest, type Server } from 'node:http';
import { createRequire } from 'node:module';
import { type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { type Browser, type Page } from 'playwright-core';
import { type NotificationModuleOptions } from '../../src/config/options.js';
import { NotificationTransport } from '../../src/transports/notification-transport.decorator.js';
import { type SendResult, type Transport } from '../../src/transports/transport.js';
import { AUTHORIZED, CANARIES, watch } from '../support/canaries.js';
import { complaintsOf, openBrowser, openPage } from '../support/browser.js';
import { HttpApplication } from '../support/http-application.js';

const EVIL = `<img src=x onerror="document.title='owned'"><script>document.title='owned'</script>`;
const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** Refuses until it is told otherwise. */
@NotificationTransport('wall')
class WallTransport implements Transport {
  static open = false;

  send(messages: readonly unknown[]): Promise<readonly SendResult[]> {
    const failure = { reason: 'address_rejected', message: `550 ${EVIL}` } as const;
    const refused: SendResult = { status: 'failed', kind: 'permanent', failure };
    return Promise.resolve(messages.map(() => (WallTransport.open ? { status: 'accepted' } : refused)));
  }
}

describe('the dashboard', () => {
  let browser: Browser;
  let http: HttpApplication;
  let page: Page;
  let complaints: string[];
  let server: Server | undefined;

  beforeAll(async () => {
    browser = await openBrowser();
  });
  afterEach(async () => {
    for (const context of browser.contexts()) await context.close();
    await http.close();
    server?.close();
    server = undefined;
    expect(complaints).toEqual([]);
  });

  async function start(options: NotificationModuleOptions = {}, port = 0): Promise<void> {
    WallTransport.open = false;
    http = await HttpApplication.start({ http: true, ...options, batch: { timeoutMs: 1 } }, [WallTransport], port);
  }
  async function open(url = `${http.base}/dashboard`, context: Parameters<Browser['newContext']>[0] = {}): Promise<void> {
    page = await openPage(browser, context);
    complaints = complaintsOf(page);
    await page.goto(url);
    await page.locator('#link[data-state=live]').waitFor();
  }
  const answer = (text: string | RegExp): Promise<void> => page.locator('#answer', { hasText: text }).waitFor();
  const say = async (over: object = {}): Promise<string> => {
    const update = { type: 'system_update', channel: 'email', to: 'ann@example.com', title: 'Version 2' };
    const said = await http.post('', { ...update, ...over });
    expect(said.status).toBe(202);
    return (said.json as { deliveries: [{ id: string }] }).deliveries[0].id;
  };

  it('says what to do on an empty system, and is accessible in light, dark and narrow', async () => {
    await start();
    for (const context of [{}, { colorScheme: 'dark' }, { viewport: { width: 360, height: 700 } }] as const) {
      await open(undefined, context);
      await page.locator('#empty', { hasText: 'curl' }).waitFor();
      await page.evaluate(axe);
      const violations = await page.evaluate(
        `axe.run().then(({ violations }) => violations.filter(({ impact }) => impact === 'serious' || impact === 'critical').map(({ id, nodes }) => id + ' ' + nodes[0].html))`,
      );
      expect(violations).toEqual([]);
    }
  });

  it('is accessible when it is full, and shows the figures live', async () => {
    await start();
    await open();
    const dead = http.ended('dead', 1);
    for (let i = 0; i < 4; i++) await say({ title: `Version ${i}`, groupKey: `p${i}` });
    await say({ channel: 'wall', to: 'brick', priority: 'critical' });
    await dead;
    await page.locator('#figure-pending', { hasText: '4' }).waitFor();
    await page.getByRole('button', { name: 'Show' }).first().click();
    await page.locator('#window-rows > li').nth(3).waitFor();
    await page.evaluate(axe);
    const violations = await page.evaluate(
      `axe.run().then(({ violations }) => violations.filter(({ impact }) => impact === 'serious' || impact === 'critical').map(({ id, nodes }) => id + ' ' + nodes[0].html))`,
    );
    expect(violations).toEqual([]);
  });

  it('says what is on its way to trouble', async () => {
    await start({ queue: { maxPending: 10 } });
    await open();
    await page.locator('#health', { hasText: 'everything is healthy' }).waitFor();
    await say({ to: Array.from({ length: 9 }, (_, i) => `r${i}@example.com`) });
    await page.reload();
    await page.locator('#health', { hasText: 'limits: 9 of QUEUE_MAX_PENDING=10 are pending' }).waitFor();
  });

  it('pauses and resumes a channel', async () => {
    await start();
    await open();
    await page.getByRole('button', { name: 'Pause email' }).click();
    await answer('email is paused');
    expect((await http.get('/stats')).json).toMatchObject({ channels: { email: { paused: expect.anything() } } });
    await page.getByRole('button', { name: 'Resume email' }).click();
    await answer('email goes on');
  });

  it('searches windows, sends one, and all that match after asking', async () => {
    await start();
    await say({ title: 'Needle' });
    await say({ title: 'Hay', to: 'bob@example.com' });
    await say({ title: 'Hay', to: 'eve@example.com' });
    await open();
    await page.getByLabel('Title').fill('needle');
    await page.getByRole('button', { name: 'Show' }).first().click();
    await page.locator('#window-rows > li').first().waitFor();
    expect(await page.locator('#window-rows > li').count()).toBe(1);
    await page.getByRole('button', { name: 'Send now: system_update for ann@example.com' }).click();
    await answer('Sent on: 1 for ann@example.com');
    await page.getByLabel('Title').fill('');
    await page.getByRole('button', { name: 'Send all that match…' }).click();
    await page.getByRole('button', { name: 'No', exact: true }).click();
    expect((await http.get('/windows')).json['items']).toHaveLength(2);
    await page.getByRole('button', { name: 'Send all that match…' }).click();
    await page.getByRole('button', { name: 'Send them', exact: true }).click();
    await answer('2 windows were sent on');
  });

  it('finds a delivery by id and by address, shows its time line, and cancels it', async () => {
    await start();
    const id = await say();
    await open();
    await page.getByLabel('Id or address').fill('ann@example.com');
    await page.getByRole('button', { name: 'Find' }).click();
    await page.locator('#delivery-rows > li', { hasText: 'gathering' }).waitFor();
    await page.getByLabel('Id or address').fill(id);
    await page.getByRole('button', { name: 'Find' }).click();
    await page.getByRole('button', { name: 'Cancel Version 2' }).click();
    await answer(`${id} is cancelled`);
    await page.locator('#delivery-rows > li', { hasText: 'cancelled' }).waitFor();
    await page.getByLabel('Id or address').fill('d-none-1');
    await page.getByRole('button', { name: 'Find' }).click();
    await answer('It could not be found');
  });

  it('sends dead letters again, one and many with a progress', async () => {
    await start();
    const dead = http.ended('dead', 3);
    for (const to of ['a', 'b', 'c']) await say({ channel: 'wall', to, title: `For ${to}`, priority: 'critical' });
    await dead;
    await open();
    WallTransport.open = true;
    const one = http.ended('delivered', 1);
    await page.getByRole('button', { name: 'Send again: For c' }).click();
    await answer('1 put back');
    await one;
    const rest = http.ended('delivered', 2);
    await page.getByRole('button', { name: 'Send all that match again…' }).click();
    await page.getByRole('button', { name: 'Send them again', exact: true }).click();
    await answer('2 put back');
    await rest;
    expect(await page.locator('#replay-progress progress').getAttribute('value')).toBeTruthy();
    await page.locator('#dead-note', { hasText: 'No dead letter' }).waitFor();
  });

  it('shows the mails of the mailbox, rendered, and only while there is one', async () => {
    await start();
    const sent = http.ended('delivered', 1);
    await say({ title: 'Rendered mail', priority: 'critical' });
    await sent;
    await open();
    await page.getByRole('link', { name: 'Mailbox', exact: true }).click();
    await page.frameLocator('#mails').getByText('Rendered mail').first().waitFor();
    await page.getByRole('button', { name: 'Reload' }).click();
    await page.frameLocator('#mails').getByText('Rendered mail').first().waitFor();
    await http.close();
    await start({ email: { smtpUrl: 'smtp://127.0.0.1:1' } });
    await page.goto(`${http.base}/dashboard`);
    await page.locator('#link[data-state=live]').waitFor();
    expect(await page.locator('#mailbox').isVisible()).toBe(false);
    complaints.length = 0;
  });

  it('renders what is hostile in every field as text, on the mailbox page too', async () => {
    await start();
    const dead = http.ended('dead', 1);
    const evil = { title: EVIL, body: EVIL, actor: { id: EVIL, name: EVIL }, data: { url: EVIL, x: EVIL }, groupKey: EVIL };
    await say({ ...evil });
    await say({ ...evil, channel: 'wall', to: EVIL, priority: 'critical' });
    const sent = http.ended('delivered', 1);
    await say({ ...evil, priority: 'critical' });
    await Promise.all([dead, sent]);
    await open();
    await page.locator('#window-rows > li h3').first().waitFor();
    await page.locator('#dead-rows > li h3', { hasText: '<script>' }).waitFor();
    await page.getByLabel('Id or address').fill(EVIL);
    await page.getByRole('button', { name: 'Find' }).click();
    await page.locator('#delivery-rows > li', { hasText: '<script>' }).waitFor();
    expect(await page.title()).toBe('Notifications');
    expect(await page.locator('main img, main script').count()).toBe(0);
    await page.goto(`${http.base}/mailbox`);
    expect(await page.title()).not.toBe('owned');
    complaints.length = 0;
  });

  it('comes back by itself when the server does', async () => {
    await start();
    await open();
    const { port } = new URL(http.base);
    await http.close();
    await page.locator('#link[data-state=lost]').waitFor();
    await start({}, Number(port));
    await page.locator('#link[data-state=live]').waitFor();
    complaints.length = 0;
  });

  it('tells when the token is wrong', async () => {
    await start({ http: { apiToken: CANARIES.apiToken } });
    // The browser answers the challenge of the wrong header with a wrong password, and the page is told of the second refusal.
    await open(undefined, { extraHTTPHeaders: AUTHORIZED, httpCredentials: { username: 'anybody', password: 'wrong' } });
    await page.setExtraHTTPHeaders({ Authorization: 'Bearer wrong' });
    await page.getByRole('button', { name: 'Pause email' }).click();
    await answer('The API token is missing or wrong');
    watch('the page', await page.content());
    expect((await http.get('/dashboard', { Authorization: '' })).status).toBe(401);
  });

  it('works under another prefix and behind a proxy’s sub-path', async () => {
    await start({ http: { prefix: 'deep/inside' } });
    const { port } = new URL(http.base);
    server = createServer((request, response) => {
      const path = (request.url ?? '').replace(/^\/sub/, '');
      const upstream = httpRequest({ port, path, method: request.method, headers: request.headers }, (answered) => {
        response.writeHead(answered.statusCode ?? 500, answered.headers);
        answered.pipe(response);
      });
      upstream.on('error', () => response.destroy());
      request.pipe(upstream);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    await open(`http://127.0.0.1:${(server.address() as AddressInfo).port}/sub/deep/inside/dashboard`);
    await page.getByRole('button', { name: 'Pause email' }).click();
    await answer('email is paused');
  });

  it('asks no other host for anything, and runs no script but its own', async () => {
    await start();
    const hosts = new Set<string>();
    page = await openPage(browser);
    complaints = complaintsOf(page);
    page.on('request', (request) => hosts.add(new URL(request.url()).host));
    const response = await page.goto(`${http.base}/dashboard`);
    await page.locator('#link[data-state=live]').waitFor();
    expect([...hosts].filter((host) => host !== '')).toEqual([new URL(http.base).host]);
    expect(response?.headers()['content-security-policy']).toContain("default-src 'none'; script-src 'self'");
    expect((await http.get('/dashboard/..%2f..%2fpackage.json')).status).toBe(404);
  });

  it('an EventSource of this browser resumes over a restart, without gap or repeat', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'nestjs-digest-'));
    const options = { store: { path: join(folder, 'store.db') } };
    const stream = { channel: 'sse', to: '7', type: 'error' };
    const hears = (count: number): Promise<unknown> =>
      page.evaluate(
        `new Promise((resolve) => { const look = () => heard.length >= ${count} ? resolve() : requestAnimationFrame(look); look(); })`,
      );
    await start(options);
    await open();
    await page.evaluate(`globalThis.heard = [];
      const source = new EventSource('stream?user=7');
      source.addEventListener('batch', ({ data }) => heard.push(...JSON.parse(data).events.map(({ title }) => title)));
      new Promise((resolve) => source.addEventListener('open', resolve))`);
    await say({ ...stream, title: 'one' });
    await hears(1);
    const { port } = new URL(http.base);
    await http.close();
    await start(options, Number(port));
    const delivered = http.ended('delivered', 1);
    await say({ ...stream, title: 'while it was away' });
    await delivered;
    await hears(2);
    await say({ ...stream, title: 'three' });
    await hears(3);
    expect(await page.evaluate('heard')).toEqual(['one', 'while it was away', 'three']);
    complaints.length = 0;
    rmSync(folder, { recursive: true });
  });

  it('an EventSource of this browser hears the user’s stream', async () => {
    await start();
    await open();
    await page.evaluate(`
      const source = new EventSource('stream?user=7');
      globalThis.heard = new Promise((resolve) => source.addEventListener('batch', ({ data }) => resolve(JSON.parse(data).events[0].title)));
      new Promise((resolve) => source.addEventListener('open', resolve))`);
    await say({ channel: 'sse', to: '7', type: 'error', title: 'Hello' });
    expect(await page.evaluate('heard')).toBe('Hello');
  });
});

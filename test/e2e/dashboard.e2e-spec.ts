import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, request as httpRequest, type Server } from 'node:http';
import { type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { type Browser } from 'playwright-core';
import { NotificationStore } from '../../src/storage/notification-store.js';
import { AUTHORIZED, CANARIES, watch } from '../support/canaries.js';
import { complaintsOf, openBrowser, openPage } from '../support/browser.js';
import { DashboardUnderTest, EVIL, type Place } from '../support/dashboard.js';

describe('the dashboard', () => {
  let browser: Browser;
  let dashboard: DashboardUnderTest;
  let server: Server | undefined;

  beforeAll(async () => {
    browser = await openBrowser();
    dashboard = new DashboardUnderTest(browser);
  });
  afterEach(async () => {
    for (const context of browser.contexts()) await context.close();
    await dashboard.http.close();
    server?.close();
    server = undefined;
    expect(dashboard.complaints).toEqual([]);
  });

  it('says what to do on an empty system, and is accessible in light, dark and narrow', async () => {
    await dashboard.start();
    for (const context of [{}, { colorScheme: 'dark' }, { viewport: { width: 360, height: 700 } }] as const) {
      const page = await dashboard.open('#/now', context);
      await page.locator('#empty', { hasText: 'curl' }).waitFor();
      await page.locator('#troubles', { hasText: 'Nothing is wrong' }).waitFor();
      expect(await dashboard.violations()).toEqual([]);
    }
  });

  it('is accessible in every section when it is full, in both themes, and never scrolls sideways', async () => {
    await dashboard.start({ aggregation: { rules: [{ type: 'x', windowMs: 60_000, maxCount: 3 }] } });
    const dead = dashboard.http.ended('dead', 1);
    const id = await dashboard.say({
      title: `A title without a place to break${'-'.repeat(80)}`,
      to: `${'a'.repeat(60)}@example.com`,
    });
    await dashboard.say({ channel: 'wall', to: 'brick', priority: 'critical', type: 'a'.repeat(64) });
    await dead;
    await dashboard.http.post('/channels/sse/pause');
    const { items } = (await dashboard.http.get('/windows')).json as { items: [{ messageId: string }] };
    const sections: readonly (readonly [Place, string])[] = [
      ['#/now', '#plot-latency .u-legend'],
      ['#/deliveries', '#delivery-rows tbody tr'],
      ['#/windows', '#window-rows tbody tr'],
      ['#/dead', '.groups > li'],
      [`#/deliveries/${id}`, '.frame iframe'],
      [`#/messages/${items[0].messageId}`, '#message-deliveries tbody tr'],
      ['#/channels/wall', '.facts a'],
      ['#/rules', '.rows tbody tr'],
    ];
    const page = await dashboard.open();
    for (const [place, selector] of sections) {
      await page.evaluate(`location.hash = ${JSON.stringify(place)}`);
      await page.locator(selector).first().waitFor();
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme });
        expect([place, colorScheme, await dashboard.violations()]).toEqual([place, colorScheme, []]);
      }
      for (const width of [320, 390, 720, 1440]) {
        await page.setViewportSize({ width, height: 900 });
        expect([place, width, await dashboard.tooWide()]).toEqual([place, width, []]);
      }
    }
  });

  it('G7 shows a ledger that adds up, and each part leads to its deliveries', async () => {
    await dashboard.start();
    const dead = dashboard.http.ended('dead', 1);
    for (let i = 0; i < 4; i++) await dashboard.say({ title: `Version ${i}`, groupKey: `p${i}` });
    await dashboard.say({ channel: 'wall', to: 'brick', priority: 'critical' });
    await dead;
    const page = await dashboard.open();
    const part = (name: string, text: string): Promise<void> => page.locator(`#ledger-${name}`, { hasText: text }).waitFor();
    await part('accepted', '5');
    await part('accepted', 'adds up');
    await part('gathering', 'in 4 windows');
    await part('dead', '1');
    await dashboard.say({ title: 'Another' });
    await part('accepted', '6');
    await page.locator('#ledger-other').getByRole('link', { name: '0' }).first().click();
    expect(dashboard.place).toBe('#/deliveries?state=cancelled');
    await page.locator('#note', { hasText: 'No delivery matches' }).waitFor();
  });

  it('says what is wrong, since when, and what to do; the title of the page counts it', async () => {
    await dashboard.start({ queue: { maxPending: 10 } });
    const page = await dashboard.open();
    await page.locator('#troubles', { hasText: 'Nothing is wrong' }).waitFor();
    expect(await page.title()).toBe('Notifications');
    const dead = dashboard.http.ended('dead', 1);
    await dashboard.say({ channel: 'wall', to: 'brick', priority: 'critical' });
    await dead;
    const trouble = (key: string) => page.locator(`[data-trouble="${key}"]`);
    await trouble('dead').getByText('1 dead letter, the last on wall: address_rejected').waitFor();
    await trouble('dead').getByText('Correct the address first').waitFor();
    await trouble('channel wall').getByText('wall: 100 % of 1 attempt in the last minute failed (address_rejected)').waitFor();
    await page.locator('tr[data-channel=wall]', { hasText: 'degraded: 100 % fail' }).waitFor();
    expect(await page.title()).toBe('(2) Notifications');
    await trouble('dead').getByRole('link', { name: 'Show 1' }).click();
    await page.locator('[data-group="wall address_rejected"]').waitFor();
    // Health is told of with a new page at once.
    await dashboard.say({ to: Array.from({ length: 9 }, (_, i) => `r${i}@example.com`) });
    await dashboard.open();
    const limits = dashboard.page.locator('[data-trouble=limits]');
    await limits.getByText('Limits: 9 of QUEUE_MAX_PENDING=10 are pending').waitFor();
    await limits.locator('time').waitFor();
  });

  it('pauses a channel, says that it is paused, and resumes it from there', async () => {
    await dashboard.start();
    const page = await dashboard.open();
    await page.getByRole('button', { name: 'Pause email' }).click();
    await dashboard.answer('email is paused');
    expect((await dashboard.http.get('/stats')).json).toMatchObject({ channels: { email: { state: 'paused_by_operator' } } });
    await dashboard.say({ priority: 'critical' });
    const trouble = page.locator('[data-trouble="channel email"]', {
      hasText: 'email is paused by an operator: 1 delivery waits',
    });
    await trouble.locator('time[title^=since]').waitFor();
    await page.locator('#ledger-queued', { hasText: '1 held by email' }).waitFor();
    await page.locator('tr[data-channel=email]', { hasText: 'paused by hand' }).waitFor();
    // The button keeps the focus over the figures that come meanwhile.
    const sent = dashboard.http.ended('delivered', 1);
    await trouble.getByRole('button', { name: 'Resume' }).click();
    await dashboard.answer('email goes on');
    await sent;
    await page.locator('#troubles', { hasText: 'Nothing is wrong' }).waitFor();
    await page.getByRole('button', { name: 'Close the message' }).click();
    expect(await page.locator('#answer').isVisible()).toBe(false);
  });

  it('shows a channel in detail, with its busiest addresses', async () => {
    await dashboard.start();
    const dead = dashboard.http.ended('dead', 1);
    await dashboard.say({ channel: 'wall', to: 'brick', priority: 'critical' });
    await dead;
    const page = await dashboard.open();
    await page.locator('#channels').getByRole('link', { name: 'wall' }).click();
    await page.getByText('address_rejected, ').waitFor();
    await page.getByRole('link', { name: 'brick' }).waitFor();
    await page.getByRole('button', { name: 'Pause wall' }).click();
    await page.getByRole('button', { name: 'Resume wall' }).waitFor();
    await page.getByRole('link', { name: 'dead', exact: true }).click();
    expect(dashboard.place).toBe('#/deliveries?channel=wall&state=dead');
  });

  it('plots ranges of the past with axes and values, and says where nothing ran', async () => {
    await dashboard.start();
    const minute = Math.floor(Date.now() / 60_000) * 60_000;
    const row = (ago: number, name: string, value: number) => ({ at: minute - ago * 60_000, stepMs: 60_000, name, value });
    await dashboard.http.app
      .get(NotificationStore, { strict: false })
      .record([
        row(1_440, 'samples', 1),
        ...[...Array(20).keys()].flatMap((ago) => [row(ago + 2, 'samples', 1), row(ago + 2, 'standing.pending', 1_806)]),
      ]);
    const page = await dashboard.open();
    await page.locator('#plot-backlog', { hasText: 'at most 1,806 pending' }).waitFor();
    await page.locator('#past-note', { hasText: 'nothing ran' }).waitFor();
    const over = page.locator('#plot-backlog .u-over');
    const box = await over.boundingBox();
    await over.hover({ position: { x: Math.round((box?.width ?? 0) * 0.85), y: 20 } });
    await page.locator('#plot-backlog .u-legend', { hasText: '1,806' }).waitFor();
    // The plots share the place of the pointer.
    expect(await page.locator('#plot-latency .u-legend').textContent()).toMatch(/\d+\/\d+\/\d+/);
    await page.getByRole('link', { name: '31d' }).click();
    expect(dashboard.place).toBe('#/now?range=31d');
    await page.locator('#plot-throughput', { hasText: 'In the last 31 days' }).waitFor();
    await page.setViewportSize({ width: 500, height: 800 });
    await page.waitForFunction(`document.querySelector('#plot-backlog .uplot').clientWidth < 480`);
    await page.getByRole('link', { name: '1h', exact: true }).click();
    await page.locator('#plot-throughput .u-over').click({ position: { x: 40, y: 40 } });
    expect(dashboard.place).toMatch(/^#\/deliveries\?from=\d+&to=\d+$/);
  });

  it('lists the instances that share the store', async () => {
    await dashboard.start();
    const { json } = await dashboard.http.get('/stats');
    const [self] = json['instances'] as readonly object[];
    const stats = { ...json, instances: [self, { ...self, name: 'other-7', self: false, channels: [] }] };
    const page = await openPage(browser);
    dashboard.complaints = complaintsOf(page);
    await page.route('**/dashboard/live', (route) =>
      route.fulfill({ contentType: 'text/event-stream', body: `event: stats\ndata: ${JSON.stringify(stats)}\n\n` }),
    );
    await page.goto(`${dashboard.http.base}/dashboard`);
    await page.locator('#instance', { hasText: '2 instances share the store' }).waitFor();
    await page.locator('tr', { hasText: 'other-7' }).getByText('nothing: it only accepts').waitFor();
  });

  it('is steered by the keyboard: the skip link, the search, and the heading of a new section', async () => {
    await dashboard.start();
    const id = await dashboard.say();
    const page = await dashboard.open();
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    expect(await page.evaluate('document.activeElement.id')).toBe('main');
    expect(dashboard.place).toBe('#/now');
    await page.keyboard.press('/');
    await page.keyboard.type(id);
    await page.keyboard.press('Enter');
    await page.locator('#title', { hasText: 'Version 2' }).waitFor();
    expect(await page.evaluate('document.activeElement.id')).toBe('title');
    await page.keyboard.press('/');
    await page.keyboard.press('Control+A');
    await page.keyboard.type('ann@example.com');
    await page.keyboard.press('Enter');
    await page.locator('#delivery-rows tbody tr').waitFor();
    expect(dashboard.place).toBe('#/deliveries?address=ann%40example.com');
  });

  it('renders what is hostile in every field as text', async () => {
    await dashboard.start();
    const dead = dashboard.http.ended('dead', 1);
    const evil = { title: EVIL, body: EVIL, actor: { id: EVIL, name: EVIL }, data: { url: EVIL, x: EVIL }, groupKey: EVIL };
    const id = await dashboard.say({ ...evil });
    await dashboard.say({ ...evil, channel: 'wall', to: EVIL, priority: 'critical' });
    await dead;
    const page = await dashboard.open();
    await page.locator('[data-trouble=dead]', { hasText: '<script>' }).waitFor();
    const places: readonly (readonly [Place, string])[] = [
      ['#/windows', '#window-rows tbody tr'],
      ['#/dead', '#dead-rows tbody tr'],
      [`#/deliveries?address=${encodeURIComponent(EVIL)}`, '#delivery-rows tbody tr'],
      [`#/deliveries/${id}`, '#title'],
    ];
    for (const [place, selector] of places) {
      await page.evaluate(`location.hash = ${JSON.stringify(place)}`);
      await page.locator(selector, { hasText: '<script>' }).first().waitFor();
      expect(await page.locator('main img, main script').count()).toBe(0);
    }
    await page.frameLocator('.frame iframe').locator('p', { hasText: '<script>' }).first().waitFor();
    for (const form of ['Text', 'Headers', 'JSON']) await page.getByRole('link', { name: form, exact: true }).click();
    expect(await page.title()).not.toBe('owned');
  });

  it('says that the server is gone, acts no more, and comes back by itself', async () => {
    await dashboard.start();
    const page = await dashboard.open();
    await page.locator('#channels tbody tr').first().waitFor();
    const { port } = new URL(dashboard.http.base);
    await dashboard.http.close();
    await page.locator('#link[data-state=lost]').waitFor();
    await page.locator('.figures[data-stale=true]').waitFor();
    await page.locator('footer', { hasText: /\(\d+ s ago\)/ }).waitFor();
    expect(await page.getByRole('button', { name: 'Pause email' }).isDisabled()).toBe(true);
    await dashboard.start({}, Number(port));
    await dashboard.isLive();
    await page.getByRole('button', { name: 'Pause email' }).click();
    await dashboard.answer('email is paused');
    dashboard.complaints.length = 0;
  });

  it('tells when the token is wrong, and its own answer stays', async () => {
    await dashboard.start({ http: { apiToken: CANARIES.apiToken } });
    // The browser answers the challenge of the wrong header with a wrong password, and the page is told of the second refusal.
    const wrong = { extraHTTPHeaders: AUTHORIZED, httpCredentials: { username: 'anybody', password: 'wrong' } };
    const page = await dashboard.open('#/now', wrong);
    await page.setExtraHTTPHeaders({ Authorization: 'Bearer wrong' });
    await page.getByRole('button', { name: 'Pause email' }).click();
    await dashboard.answer('The API token is missing or wrong');
    watch('the page', await page.content());
    expect((await dashboard.http.get('/dashboard', { Authorization: '' })).status).toBe(401);
  });

  it('works under another prefix and behind a proxy’s sub-path', async () => {
    await dashboard.start({ http: { prefix: 'deep/inside' } });
    const { port } = new URL(dashboard.http.base);
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
    const page = await dashboard.open('#/now', {}, `http://127.0.0.1:${(server.address() as AddressInfo).port}/sub/deep/inside`);
    await page.getByRole('button', { name: 'Pause email' }).click();
    await dashboard.answer('email is paused');
  });

  it('asks no other host for anything, and runs no script but its own', async () => {
    await dashboard.start();
    const hosts = new Set<string>();
    const page = await openPage(browser);
    dashboard.complaints = complaintsOf(page);
    page.on('request', (request) => hosts.add(new URL(request.url()).host));
    const response = await page.goto(`${dashboard.http.base}/dashboard`);
    await page.locator('#link[data-state=live]').waitFor();
    await page.locator('#plot-latency .u-legend').waitFor();
    expect([...hosts].filter((host) => host !== '')).toEqual([new URL(dashboard.http.base).host]);
    expect(response?.headers()['content-security-policy']).toContain("default-src 'none'; script-src 'self'");
    for (const file of [
      '..%2f..%2fpackage.json',
      'dashboard.html',
      'directives/..%2f..%2fpackage.json',
      'directives/async-append.js',
    ])
      expect((await dashboard.http.get(`/dashboard/${file}`)).status).toBe(404);
  });

  it('an EventSource of this browser resumes over a restart, without gap or repeat', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'nestjs-digest-'));
    const options = { store: { path: join(folder, 'store.db') } };
    const stream = { channel: 'sse', to: '7', type: 'error' };
    const hears = (count: number): Promise<unknown> =>
      dashboard.page.evaluate(
        `new Promise((resolve) => { const look = () => heard.length >= ${count} ? resolve() : requestAnimationFrame(look); look(); })`,
      );
    await dashboard.start(options);
    const page = await dashboard.open();
    await page.evaluate(`globalThis.heard = [];
      const source = new EventSource('stream?user=7');
      source.addEventListener('batch', ({ data }) => heard.push(...JSON.parse(data).events.map(({ title }) => title)));
      new Promise((resolve) => source.addEventListener('open', resolve))`);
    await dashboard.say({ ...stream, title: 'one' });
    await hears(1);
    const { port } = new URL(dashboard.http.base);
    await dashboard.http.close();
    await dashboard.start(options, Number(port));
    const delivered = dashboard.http.ended('delivered', 1);
    await dashboard.say({ ...stream, title: 'while it was away' });
    await delivered;
    await hears(2);
    await dashboard.say({ ...stream, title: 'three' });
    await hears(3);
    expect(await page.evaluate('heard')).toEqual(['one', 'while it was away', 'three']);
    dashboard.complaints.length = 0;
    rmSync(folder, { recursive: true });
  });
});

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type Browser } from 'playwright-core';
import { complaintsOf, openBrowser, openPage } from '../support/browser.js';
import { violationsOf } from '../support/dashboard.js';
import { HttpApplication } from '../support/http-application.js';

let folder: string;
let http: HttpApplication | undefined;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'nestjs-digest-'));
});
afterEach(async () => {
  await http?.close();
  rmSync(folder, { recursive: true });
});

it('keeps the mails of the mailbox over a restart, and shows the older ones on further pages', async () => {
  const start = async (): Promise<HttpApplication> =>
    (http = await HttpApplication.start({ store: { path: join(folder, 'store.db') } }));
  const first = await start();
  const delivered = first.ended('delivered', 60);
  for (let i = 1; i <= 60; i++) {
    await first.post('', {
      type: 'order',
      channel: 'email',
      to: `a${i}@example.com`,
      title: `Order ${i}.`,
      priority: 'critical',
    });
  }
  await delivered;
  await first.close();
  const second = await start();
  const page = await second.get('/mailbox');
  expect(page.text).toContain('60 mails so far, 50 of them on this page');
  const older = await second.get(`/mailbox${/href="(\?cursor=\d+)"/.exec(page.text)?.[1] ?? ''}`);
  const titles = [page, older].flatMap(({ text }) =>
    [...text.matchAll(/<h2 dir="auto">Order (\d+)\.<\/h2>/g)].map(([, number]) => Number(number)),
  );
  expect(titles.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 60 }, (_, i) => i + 1));
  expect(await second.get('/mailbox?cursor=x')).toMatchObject({ status: 400 });
  const found = await second.get('/mailbox?q=ORDER%207.');
  expect([...found.text.matchAll(/<h2 dir="auto">(.*)<\/h2>/g)].map(([, subject]) => subject)).toEqual(['Order 7.']);
  expect((await second.get('/mailbox?q=a12@EXAMPLE.com')).text).toContain('1 found on this page');
  expect((await second.get('/health')).text).toContain('60 so far');
});

describe('in a browser', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await openBrowser();
  });
  afterEach(async () => {
    for (const context of browser.contexts()) await context.close();
  });

  it('the mailbox has a list and a mail beside it, is searched, and is accessible in both themes and narrow', async () => {
    const evil = `<img src=x onerror="document.title='owned'">`;
    http = await HttpApplication.start({ http: true });
    const delivered = http.ended('delivered', 3);
    for (const title of ['Disk full', 'Certificate expires', evil])
      await http.post('', {
        type: 'alert',
        channel: 'email',
        to: 'ann@example.com',
        title,
        body: `${title}: look.`,
        priority: 'critical',
      });
    await delivered;
    const page = await openPage(browser, { viewport: { width: 1440, height: 900 } });
    const complaints = complaintsOf(page);
    await page.goto(`${http.base}/mailbox`);
    const article = page.locator('article:visible');
    await article.locator('h2', { hasText: 'onerror' }).waitFor();
    await page.getByRole('link', { name: /^Disk full/ }).click();
    await article.locator('h2', { hasText: 'Disk full' }).waitFor();
    expect(await article.count()).toBe(1);
    await article.frameLocator('iframe').locator('p', { hasText: 'Disk full: look.' }).waitFor();
    await article.getByText('Text', { exact: true }).click();
    await article.locator('pre', { hasText: 'Disk full: look.' }).waitFor();
    expect(await article.locator('iframe').isVisible()).toBe(false);
    await article.getByText('Headers', { exact: true }).click();
    await article.getByText('X-Notification-Type').waitFor();
    for (const [colorScheme, width] of [
      ['light', 1440],
      ['dark', 1440],
      ['light', 390],
    ] as const) {
      await page.emulateMedia({ colorScheme });
      await page.setViewportSize({ width, height: 900 });
      expect([colorScheme, width, await violationsOf(page)]).toEqual([colorScheme, width, []]);
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(width);
    }
    await page.getByRole('link', { name: '← All mails' }).click();
    await page.getByRole('link', { name: /^Certificate/ }).waitFor();
    expect(await article.count()).toBe(0);
    await page.getByLabel('Subject, address or text').fill('certificate');
    await page.keyboard.press('Enter');
    await page.waitForURL(/q=certificate/);
    expect(await page.locator('li').count()).toBe(1);
    await page.getByRole('link', { name: 'Dead letters' }).click();
    await page.locator('#title', { hasText: 'Dead letters' }).waitFor();
    expect(await page.title()).not.toBe('owned');
    expect(complaints).toEqual([]);
  });
});

import { afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { type Browser } from 'playwright-core';
import { openBrowser } from '../support/browser.js';
import { DashboardUnderTest } from '../support/dashboard.js';

const ANN = { addresses: { email: 'ann@example.com' }, timeZone: 'Europe/Vienna', name: 'Ann Keller' };
const WIDTHS = [320, 390, 720, 1440];

describe('the page of a recipient', () => {
  let browser: Browser;
  let dashboard: DashboardUnderTest;

  beforeAll(async () => {
    browser = await openBrowser();
    dashboard = new DashboardUnderTest(browser);
  });
  afterEach(async () => {
    for (const context of browser.contexts()) await context.close();
    await dashboard.http.close();
    expect(dashboard.complaints).toEqual([]);
  });

  async function annWithComments(): Promise<void> {
    await dashboard.start({ recipients: {} });
    await dashboard.http.request('PUT', '/recipients/42', ANN);
    const choices = [{ type: 'comment', channel: 'email', frequency: 'daily' }];
    await dashboard.http.request('PATCH', '/recipients/42/preferences', {
      choices,
      hours: [{ days: [1, 2], from: '07:00', to: '22:00' }],
    });
    for (const title of ['First', '<b>Second</b>']) await dashboard.say({ type: 'comment', to: 'user:42', title });
  }

  it('says what waits, why and until when, what is in it, and who decided what; the search leads there', async () => {
    await annWithComments();
    const page = await dashboard.open('#/recipients');
    await page.getByLabel('Id', { exact: true }).fill('user:42');
    await page.getByRole('button', { name: 'Show' }).click();
    const row = page.locator('#waiting-rows tbody tr');
    await row.waitFor();
    expect(dashboard.place).toBe('#/recipients/42');
    expect(await page.locator('#title').textContent()).toContain('Ann Keller');
    expect(await row.allTextContents()).toEqual([
      expect.stringMatching(/comment[\s\S]+<b>Second<\/b>[\s\S]+email[\s\S]+2[\s\S]+daily \(the person\)/),
    ]);
    const facts = await page.locator('.facts').first().textContent();
    for (const fact of ['a…@example.com', 'Europe/Vienna', 'Mon, Tue 07:00–22:00']) expect(facts).toContain(fact);
    expect(facts).not.toContain('ann@example.com');
    const effective = page.locator('#effective-rows tbody tr', { hasText: /comment\s+email/ });
    expect(await effective.textContent()).toMatch(/email[\s\S]+daily[\s\S]+the person/);
    await page.getByRole('link', { name: 'Preview comment on email' }).click();
    await page.locator('#preview iframe').waitFor();
    expect(dashboard.place).toMatch(/^#\/recipients\/42\?preview=m-/);
    await page.reload();
    await page.locator('#preview').getByRole('link', { name: 'Text' }).click();
    await page.locator('#preview pre', { hasText: 'First' }).waitFor();
    await page.locator('#find input').fill('user:42');
    await page.locator('#find input').press('Enter');
    await page.locator('#preview').waitFor({ state: 'detached' });
    expect(dashboard.place).toBe('#/recipients/42');
  });

  it('is accessible in both themes, and never scrolls sideways', async () => {
    await annWithComments();
    for (const colorScheme of ['light', 'dark'] as const) {
      const page = await dashboard.open('#/recipients/42', { colorScheme });
      await page.locator('#waiting-rows tbody tr').waitFor();
      for (const width of WIDTHS) {
        await page.setViewportSize({ width, height: 900 });
        expect([colorScheme, width, await dashboard.tooWide()]).toEqual([colorScheme, width, []]);
      }
      expect([colorScheme, await dashboard.violations()]).toEqual([colorScheme, []]);
    }
  });

  it('ends a mute, sends what waits, and erases the person, each asked for before it cannot be undone', async () => {
    await annWithComments();
    await dashboard.http.post('/recipients/42/mute', { until: '2099-01-01T00:00:00Z' });
    const page = await dashboard.open('#/recipients/42');
    await page.getByRole('button', { name: 'End the mute' }).click();
    await dashboard.answer('42 is no longer muted.');
    await page.getByRole('button', { name: 'Send all now…' }).click();
    await page.locator('#ask-text', { hasText: 'Send 1 message with 2 deliveries to 42 now' }).waitFor();
    await page.getByRole('button', { name: 'Send now', exact: true }).click();
    await dashboard.answer('1 message was sent on.');
    await page.locator('#note', { hasText: 'Nothing waits.' }).waitFor();
    await page.getByRole('button', { name: 'Erase this person…' }).click();
    await page.locator('#ask-no').click();
    expect(dashboard.place).toBe('#/recipients/42');
    await page.getByRole('button', { name: 'Erase this person…' }).click();
    await page.locator('#ask-yes').click();
    await dashboard.answer('42 is erased');
    await page.locator('#title', { hasText: 'Recipients' }).waitFor();
    expect(dashboard.place).toBe('#/recipients');
    expect((await dashboard.http.get('/recipients/42')).status).toBe(404);
  });
});

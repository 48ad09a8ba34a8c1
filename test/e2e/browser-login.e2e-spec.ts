import { afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { type Browser, type Page } from 'playwright-core';
import { openBrowser, openPage } from '../support/browser.js';
import { CANARIES } from '../support/canaries.js';
import { AppProcess } from '../support/app-process.js';

/** The browser answers the challenge of the server itself: it sends no password before it is asked for one in a way that it knows. */
describe('the login of a browser', () => {
  let browser: Browser;
  let app: AppProcess;

  beforeAll(async () => {
    browser = await openBrowser();
    app = await AppProcess.start({ STORE_PATH: ':memory:' });
  });
  afterEach(async () => {
    for (const context of browser.contexts()) await context.close();
  });

  async function open(path: string, password: string): Promise<{ readonly page: Page; readonly status: number | undefined }> {
    const page = await openPage(browser, { httpCredentials: { username: 'anybody', password } });
    const response = await page.goto(app.base + path);
    return { page, status: response?.status() };
  }

  it('opens the dashboard with its live figures, and lets it act', async () => {
    const { page, status } = await open('/dashboard', CANARIES.apiToken);
    expect(status).toBe(200);
    await page.locator('#link[data-state=live]').waitFor();
    await page.getByRole('button', { name: 'Pause email' }).click();
    await page.locator('#answer', { hasText: 'email is paused' }).waitFor();
    await page.getByRole('button', { name: 'Resume email' }).click();
    await page.locator('#answer', { hasText: 'email goes on' }).waitFor();
  });

  it('opens the mailbox and the description of the API', async () => {
    const mailbox = await open('/mailbox', CANARIES.apiToken);
    expect(mailbox.status).toBe(200);
    const docs = await open('/docs', CANARIES.apiToken);
    expect(docs.status).toBe(200);
    await docs.page.getByText('/notifications/bulk').first().waitFor();
  });

  it.each(['/dashboard', '/mailbox', '/docs'])('%s tells a person with a wrong password what to do', async (path) => {
    const { page, status } = await open(path, 'wrong-password');
    expect(status).toBe(401);
    await page.getByRole('heading', { name: 'This page asks for the API token' }).waitFor();
  });
});

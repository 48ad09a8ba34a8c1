import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { ensureProgram } from './provision.js';
import { endAfterTest } from './resources.js';

const CHROMIUM = ensureProgram('chromium', { package: 'chromium' });

/** Debian's Chromium. It has no time limits of its own: the test's limit is the only one. */
export async function openBrowser(): Promise<Browser> {
  const browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'], timeout: 0 });
  endAfterTest('the browser', () => browser.close());
  return browser;
}

/** A page in its own context, without time limits. */
export async function openPage(browser: Browser, options: BrowserContextOptions = {}): Promise<Page> {
  const context = await browser.newContext(options);
  context.setDefaultTimeout(0);
  return context.newPage();
}

/** What a page complained of: errors of scripts, and what its policy refused. */
export function complaintsOf(page: Page): string[] {
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => {
    // An answer that is no success is told in the page itself.
    if (message.type() === 'error' && !message.text().startsWith('Failed to load resource')) complaints.push(message.text());
  });
  return complaints;
}

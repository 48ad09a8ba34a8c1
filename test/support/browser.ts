import { type Browser, chromium, type Page } from 'playwright-core';
import { ensureProgram } from './provision.js';

/** Debian's Chromium. */
export async function openBrowser(): Promise<Browser> {
  const executablePath = ensureProgram('chromium', { package: 'chromium' });
  return chromium.launch({ executablePath, args: ['--no-sandbox'] });
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

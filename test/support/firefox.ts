import puppeteer, { type Browser } from 'puppeteer-core';
import { ensureProgram } from './provision.js';
import { endAfterTest } from './resources.js';

const FIREFOX = ensureProgram('firefox-esr', { package: 'firefox-esr' });

/** Debian's Firefox, without a window, driven by WebDriver BiDi; its push service is the one at `pushService` (`ws://…`). */
export async function openFirefox(pushService: string): Promise<Browser> {
  const browser = await puppeteer.launch({
    browser: 'firefox',
    executablePath: FIREFOX,
    headless: true,
    timeout: 0,
    protocolTimeout: 0,
    extraPrefsFirefox: {
      // The recommended ones of remote control turn push messages off.
      'remote.prefs.recommended': false,
      'dom.push.serverURL': pushService,
      'dom.push.testing.allowInsecureServerURL': true,
      'dom.push.connection.enabled': true,
      'permissions.default.desktop-notification': 1,
    },
  });
  endAfterTest('Firefox', () => browser.close());
  return browser;
}

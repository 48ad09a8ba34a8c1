import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { type Browser, type Page } from 'playwright-core';
import { type NotificationModuleOptions } from '../../src/config/options.js';
import { NotificationTransport } from '../../src/transports/notification-transport.decorator.js';
import { type SendResult, type Transport } from '../../src/transports/transport.js';
import { complaintsOf, openPage } from './browser.js';
import { HttpApplication } from './http-application.js';

/** Markup that says so when it is taken as such. */
export const EVIL = `<img src=x onerror="document.title='owned'"><script>document.title='owned'</script>`;

/** The dashboard's own address of a place in it. */
export type Place = `#/${string}`;

const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** Refuses until it is told otherwise. */
@NotificationTransport('wall')
export class WallTransport implements Transport {
  static open = false;

  send(messages: readonly unknown[]): Promise<readonly SendResult[]> {
    const failure = { reason: 'address_rejected', message: `550 ${EVIL}` } as const;
    const refused: SendResult = { status: 'failed', kind: 'permanent', failure };
    return Promise.resolve(messages.map(() => (WallTransport.open ? { status: 'accepted' } : refused)));
  }
}

/** An application and its dashboard in a browser. */
export class DashboardUnderTest {
  http!: HttpApplication;
  page!: Page;
  complaints: string[] = [];

  constructor(private readonly browser: Browser) {}

  async start(options: NotificationModuleOptions = {}, port = 0): Promise<void> {
    WallTransport.open = false;
    this.http = await HttpApplication.start({ http: true, ...options, batch: { timeoutMs: 1 } }, [WallTransport], port);
  }

  /** A new page, once it is live. */
  async open(place: Place = '#/now', context: Parameters<Browser['newContext']>[0] = {}, base = this.http.base): Promise<Page> {
    this.page = await openPage(this.browser, context);
    this.complaints = complaintsOf(this.page);
    await this.page.goto(`${base}/dashboard${place}`);
    await this.isLive();
    return this.page;
  }

  isLive(): Promise<void> {
    return this.page.locator('#link[data-state=live]').waitFor();
  }

  /** Waits for what the page answers to an action. */
  answer(text: string | RegExp): Promise<void> {
    return this.page.locator('#answer', { hasText: text }).waitFor();
  }

  /** The address within the page. */
  get place(): string {
    return new URL(this.page.url()).hash;
  }

  /** Has a notification accepted; it gathers unless `over` says otherwise. @returns the id of its delivery */
  async say(over: object = {}): Promise<string> {
    const update = { type: 'system_update', channel: 'email', to: 'ann@example.com', title: 'Version 2' };
    const said = await this.http.post('', { ...update, ...over });
    if (said.status !== 202) throw new Error(said.text);
    return (said.json as { deliveries: [{ id: string }] }).deliveries[0].id;
  }

  /** The elements because of which the page scrolls sideways; none when it does not. */
  tooWide(): Promise<unknown> {
    return this.page.evaluate(`document.documentElement.scrollWidth <= innerWidth ? [] : [...document.querySelectorAll('body *')]
      .filter((element) => element.getBoundingClientRect().right > innerWidth)
      .map((element) => element.cloneNode().outerHTML)`);
  }

  violations(): Promise<unknown> {
    return violationsOf(this.page);
  }
}

/** What axe finds to be moderate or worse. */
export async function violationsOf(page: Page): Promise<unknown> {
  if (!(await page.evaluate('"axe" in globalThis'))) await page.evaluate(axe);
  return page.evaluate(
    `axe.run().then(({ violations }) => violations.filter(({ impact }) => impact !== 'minor').map(({ id, nodes }) => id + ' ' + nodes[0].html))`,
  );
}

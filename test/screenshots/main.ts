import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { ensureProgram } from '../support/provision.ts';
import { mailboxScene, troubledScene } from './scene.ts';

/**
 * `npm run screenshots [-- FOLDER]`: the pictures of the pages in `docs`, taken in Chromium of an application in which something is wrong. With
 * `--all` also those that only a designer looks at: every section, in both themes, at 390 and 1440 px.
 */
const args = process.argv.slice(2);
const isAll = args.includes('--all');
const folder = resolve(args.find((arg) => !arg.startsWith('--')) ?? join(import.meta.dirname, '../../docs'));
const WIDE: BrowserContextOptions = { viewport: { width: 1440, height: 900 } };
const NARROW: BrowserContextOptions = { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2 };

interface Picture {
  readonly name: string;
  /** Behind the address of the routes. */
  readonly path: string;
  readonly context: BrowserContextOptions;
  readonly fullPage?: boolean;
  /** Until it is there. */
  readonly selector: string;
}

const DARK = { colorScheme: 'dark' } as const;
const NOW = { path: 'dashboard#/now', selector: '#plot-latency .u-legend' };
const DOCS: readonly Picture[] = [
  { name: 'dashboard-light', context: WIDE, ...NOW },
  { name: 'dashboard-dark', context: { ...WIDE, ...DARK }, ...NOW },
  { name: 'dashboard-narrow', context: NARROW, ...NOW },
  { name: 'dashboard-dead', context: WIDE, path: 'dashboard#/dead', selector: '.groups > li' },
];
const SECTIONS: readonly (readonly [name: string, path: string, selector: string])[] = [
  ['now', NOW.path, NOW.selector],
  ['deliveries', 'dashboard#/deliveries', '#delivery-rows tbody tr'],
  ['windows', 'dashboard#/windows', '#window-rows tbody tr'],
  ['dead', 'dashboard#/dead', '.groups > li'],
  ['channel', 'dashboard#/channels/email', '.facts a'],
  ['rules', 'dashboard#/rules', '.rows'],
];
const LOOKS = [
  ['light-1440', WIDE],
  ['dark-1440', { ...WIDE, ...DARK }],
  ['light-390', NARROW],
  ['dark-390', { ...NARROW, ...DARK }],
] as const;

mkdirSync(folder, { recursive: true });
const browser = await chromium.launch({
  executablePath: ensureProgram('chromium', { package: 'chromium' }),
  args: ['--no-sandbox'],
});
try {
  const scene = await troubledScene();
  const all = LOOKS.flatMap(([look, context]) =>
    SECTIONS.map(([name, path, selector]): Picture => ({ name: `${name}-${look}`, path, selector, context, fullPage: true })),
  );
  for (const picture of isAll ? all : DOCS) await take(browser, scene.base, picture);
  for (const [look, context] of isAll ? LOOKS : [['', WIDE] as const]) await takeMessage(browser, scene.base, look, context);
  await scene.close();
  const mailbox = await mailboxScene();
  for (const [look, context] of isAll ? LOOKS : [['', WIDE] as const]) {
    const name = isAll ? `mailbox-${look}` : 'mailbox';
    await take(browser, mailbox.base, { name, path: 'mailbox', context, selector: 'main' });
  }
  await mailbox.close();
} finally {
  await browser.close();
}

async function take(from: Browser, base: string, { name, path, context, selector, fullPage = false }: Picture): Promise<void> {
  const page = await (await from.newContext(context)).newPage();
  await page.goto(`${base}/${path}`);
  await page.locator(selector).first().waitFor();
  await save(page, name, fullPage);
}

/** A digest, found by way of its window or delivery as a person would. */
async function takeMessage(from: Browser, base: string, look: string, context: BrowserContextOptions): Promise<void> {
  const page = await (await from.newContext(context)).newPage();
  await page.goto(`${base}/dashboard#/windows`);
  await page.locator('#window-rows tbody a').first().click();
  await page.locator('.frame iframe').waitFor();
  await page.frameLocator('.frame iframe').locator('h1').waitFor();
  await save(page, isAll ? `message-${look}` : 'dashboard-message', isAll);
}

async function save(page: Page, name: string, fullPage: boolean): Promise<void> {
  await page.waitForLoadState('load');
  await page.screenshot({ path: join(folder, `${name}.png`), fullPage });
  await page.context().close();
  console.log(join(folder, `${name}.png`));
}

import { describe, expect, it } from '@jest/globals';
import { type Page } from 'puppeteer-core';
import { generateVapidKeys } from '../../src/index.js';
import { openFirefox } from '../support/firefox.js';
import { FirefoxPushService } from '../support/firefox-push-service.js';
import { HttpApplication } from '../support/http-application.js';

interface Pushed {
  readonly kind: string;
  readonly message: { readonly title: string; readonly count: number; readonly body: string };
}

/** What the script of an application's page does; see docs/push.md. */
async function subscribe(page: Page): Promise<string> {
  return page.evaluate(async () => {
    type Registration = { pushManager: { subscribe(options: object): Promise<{ toJSON(): object }> } };
    const global = globalThis as unknown as {
      readonly navigator: {
        serviceWorker: {
          register(path: string, options: object): Promise<unknown>;
          ready: Promise<Registration>;
          addEventListener(name: string, listener: (event: { data: unknown }) => void): void;
        };
      };
      pushed: unknown[];
      waiting?: () => void;
    };
    const workers = global.navigator.serviceWorker;
    global.pushed = [];
    workers.addEventListener('message', ({ data }) => {
      global.pushed.push(data);
      global.waiting?.();
    });
    await workers.register('/notifications/push/worker.js', { scope: '/' });
    const registration = await workers.ready;
    const { publicKey } = (await (await fetch('/notifications/push/key')).json()) as { publicKey: string };
    const subscription = await registration.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: publicKey });
    const answer = await fetch('/notifications/push/devices', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ user: 'ann', device: subscription.toJSON() }),
    });
    return `${answer.status}`;
  });
}

/** The messages that the page was told of, once there are so many. */
async function pushedTo(page: Page, count: number): Promise<readonly Pushed[]> {
  return page.evaluate(async (wanted) => {
    const global = globalThis as unknown as { pushed: Pushed[]; waiting?: () => void };
    while (global.pushed.length < wanted) await new Promise<void>((resolve) => (global.waiting = resolve));
    return global.pushed;
  }, count);
}

async function unsubscribe(page: Page): Promise<boolean> {
  return page.evaluate(async () => {
    type Ready = { pushManager: { getSubscription(): Promise<{ unsubscribe(): Promise<boolean> } | null> } };
    const { navigator } = globalThis as unknown as { readonly navigator: { serviceWorker: { ready: Promise<Ready> } } };
    const subscription = await (await navigator.serviceWorker.ready).pushManager.getSubscription();
    return subscription === null ? false : subscription.unsubscribe();
  });
}

describe('Web Push in Firefox', () => {
  it('subscribes, gets a digest of three, comes back after a lost connection, and unsubscribes', async () => {
    const service = await FirefoxPushService.start();
    const http = await HttpApplication.start({
      http: { open: true },
      push: { subject: 'mailto:ops@example.com', ...generateVapidKeys(), allowPrivate: true, timeoutMs: 60_000 },
      batch: { timeoutMs: 0, retryBaseMs: 1 },
    });
    const firefox = await openFirefox(`ws://127.0.0.1:${service.port}/`);
    const page = await firefox.newPage();
    page.setDefaultTimeout(0);
    await page.goto(`${http.base}/dashboard`);
    expect(await subscribe(page)).toBe('201');

    const digest = http.ended('delivered', 3);
    for (const title of ['one', 'two', 'three']) {
      await http.post('', { type: 'announcement', channel: 'push', to: 'ann', title });
    }
    await http.post('/flush', { channel: 'push' });
    await digest;
    const [first] = await pushedTo(page, 1);
    expect(first).toMatchObject({
      kind: 'nestjs-digest:pushed',
      message: { title: '3 announcements', count: 3, body: 'one\ntwo\nthree' },
    });

    service.disconnect();
    const second = http.ended('delivered', 1);
    await http.post('', { type: 'announcement', channel: 'push', to: 'ann', title: 'four', priority: 'critical' });
    await second;
    expect((await pushedTo(page, 2))[1]).toMatchObject({ message: { title: 'four' } });

    expect(await unsubscribe(page)).toBe(true);
    const dead = http.ended('dead', 1);
    await http.post('', { type: 'announcement', channel: 'push', to: 'ann', title: 'five', priority: 'critical' });
    await dead;
    expect(service.answers).toEqual([201, 201, 410]);
    expect((await http.get('/push/devices?user=ann')).json).toEqual({ items: [] });
  });
});

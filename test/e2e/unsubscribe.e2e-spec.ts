import { generateKeyPairSync } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { afterEach, describe, expect, it } from '@jest/globals';
import { type Page } from 'playwright-core';
import PostalMime from 'postal-mime';
import { type NotificationModuleOptions } from '../../src/config/options.js';
import { unsubscribeToken } from '../../src/model/unsubscribe-token.js';
import { RecipientService } from '../../src/recipients/recipient.service.js';
import { ManualClock } from '../../src/testing/manual-clock.js';
import { complaintsOf, openBrowser, openPage } from '../support/browser.js';
import { watchFor } from '../support/canaries.js';
import { verifyDkim } from '../support/dkim.js';
import { ADAPTERS, type Answer, HttpApplication } from '../support/http-application.js';
import { SmtpScriptServer } from '../support/smtp-script.js';

const SECRET = 'the-first-secret-of-links';
const OLD_SECRET = 'the-secret-before-it-was-replaced';
watchFor('the secret of links', SECRET);
watchFor('the old secret of links', OLD_SECRET);
const T0 = Date.UTC(2026, 10, 24, 10);
const ANN = { addresses: { email: 'ann@example.com' }, timeZone: 'Europe/Vienna', locale: 'de-AT', name: 'Ann' };
const FORM = { 'Content-Type': 'application/x-www-form-urlencoded' };
const ONE_CLICK = 'List-Unsubscribe=One-Click';
const options = (over: NotificationModuleOptions = {}): NotificationModuleOptions => ({
  http: { publicUrl: 'https://mail.example' },
  recipients: { required: ['security'], unsubscribeSecrets: [SECRET, OLD_SECRET] },
  aggregation: { rules: [{ windowMs: 300_000, maxCount: 20 }] },
  ...over,
});
const comment = { type: 'comment', channel: 'email', to: 'user:42', title: 'Bob replied' };
const linkTo = (types: readonly string[] | '*', secret = SECRET): string =>
  `/unsubscribe?t=${unsubscribeToken({ recipientId: '42', channel: 'email', types }, secret)}`;
const people = (http: HttpApplication): RecipientService => http.app.get(RecipientService, { strict: false });

async function idOf(http: HttpApplication, over: object = {}): Promise<string> {
  const { status, json } = await http.post('', { ...comment, ...over });
  expect(status).toBe(202);
  return (json['deliveries'] as readonly { readonly id: string }[])[0]?.id ?? '';
}

async function endOf(http: HttpApplication, id: string): Promise<readonly unknown[]> {
  const { json } = await http.get(`/deliveries/${id}`);
  return [json['state'], json['reason']];
}

/** Without the API token and whatever else a browser of the application would send. */
const open = { Authorization: '' };
const press = (http: HttpApplication, link: string, body: string | Record<string, string>): Promise<Answer> =>
  http.post(link, typeof body === 'string' ? body : new URLSearchParams(body).toString(), { ...open, ...FORM });

describe.each(['stand-alone', ...ADAPTERS] as const)('a link to unsubscribe, %s', (kind) => {
  const start = (): Promise<HttpApplication> =>
    kind === 'stand-alone' ? HttpApplication.start(options()) : HttpApplication.mount(kind, options());

  it('GET changes nothing, one POST acts without a credential, a second one changes nothing more, and forged ones are 404', async () => {
    const http = await start();
    await people(http).put('42', ANN);
    const waiting = await idOf(http);
    const other = await idOf(http, { type: 'reminder' });
    const link = linkTo(['comment']);
    const page = await http.get(link, open);
    expect([page.status, page.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
    expect(page.text).not.toContain('ann@');
    expect(page.text).not.toContain('<script');
    expect(page.headers.get('content-security-policy')).toMatch(/^default-src 'none'; style-src 'sha256-/);
    expect(await endOf(http, waiting)).toEqual(['gathering', undefined]);

    const forged = link.replace(/.$/, (last) => (last === 'A' ? 'B' : 'A')).replace(/\.(.)/, '.x$1');
    for (const bad of [forged, '/unsubscribe', '/unsubscribe?t=x', linkTo(['comment'], 'a-secret-of-somebody-else')]) {
      expect([bad, (await http.get(bad, open)).status, (await press(http, bad, ONE_CLICK)).status]).toEqual([bad, 404, 404]);
    }
    for (const body of ['List-Unsubscribe=one-click', 'a=b', `${ONE_CLICK}&a=b`, '', 'action=save&frequency=never']) {
      expect([body, (await press(http, link, body)).status]).toEqual([body, 400]);
    }
    expect((await http.post(link, { 'List-Unsubscribe': 'One-Click' }, open)).status).toBe(415);
    expect(await endOf(http, waiting)).toEqual(['gathering', undefined]);

    for (let click = 1; click <= 2; click++) {
      const clicked = await press(http, link, ONE_CLICK);
      expect([clicked.status, clicked.headers.get('set-cookie'), clicked.headers.get('location')]).toEqual([200, null, null]);
      expect(await endOf(http, waiting)).toEqual(['cancelled', 'preference']);
    }
    expect(await endOf(http, await idOf(http))).toEqual(['cancelled', 'preference']);
    expect(await endOf(http, other)).toEqual(['gathering', undefined]);
    expect((await people(http).find('42')).preferences).toEqual({
      choices: [{ type: 'comment', channel: 'email', frequency: 'off' }],
    });
  });

  it('takes the form of a mail provider in both of its types, and links that were signed before the secret was replaced', async () => {
    const http = await start();
    await people(http).put('42', ANN);
    const form = new FormData();
    form.set('List-Unsubscribe', 'One-Click');
    const encoded = new Response(form);
    const type = encoded.headers.get('content-type') ?? '';
    const body = new Uint8Array(await encoded.arrayBuffer());
    const answer = await http.post(linkTo(['comment'], OLD_SECRET), body, { ...open, 'Content-Type': type });
    expect([answer.status, answer.text]).toEqual([200, 'unsubscribed\n']);
    expect(await endOf(http, await idOf(http))).toEqual(['cancelled', 'preference']);
    const broken = await http.post(linkTo(['comment']), 'nonsense', { ...open, 'Content-Type': type });
    expect(broken).toMatchObject({ status: 400, json: { code: expect.stringMatching(/^invalid_/) } });
  });

  it('the forms of the page turn types on and off, choose how often, turn all off, and undo', async () => {
    const http = await start();
    await people(http).put('42', ANN);
    const kept = { channel: 'push', frequency: 'daily' } as const;
    await people(http).prefer('42', { choices: [kept], digestAt: '18:00' });
    const link = linkTo(['comment']);
    const shown = 'comment reminder security';
    const choices = async () => (await people(http).find('42')).preferences.choices?.filter(({ channel }) => channel === 'email');
    const saved = await press(http, link, { action: 'save', shown, 'on.comment': '1', frequency: 'daily' });
    expect(saved.text).toContain('gespeichert');
    expect(await choices()).toEqual([
      { channel: 'email', frequency: 'daily' },
      { type: 'reminder', channel: 'email', frequency: 'off' },
    ]);
    const restore = /name="choices" value="([^"]*)"/.exec(saved.text)?.[1]?.replaceAll('&quot;', '"') ?? '';
    expect(restore).toBe('[]');
    await press(http, link, { action: 'save', shown, 'on.comment': '1', 'on.reminder': '1', frequency: 'daily' });
    expect(await choices()).toEqual([{ channel: 'email', frequency: 'daily' }]);
    const off = await press(http, link, { action: 'all_off' });
    expect(await endOf(http, await idOf(http, { type: 'unheard_of' }))).toEqual(['cancelled', 'preference']);
    expect(await endOf(http, await idOf(http, { type: 'security' }))).toEqual(['gathering', undefined]);
    const before = /name="choices" value="([^"]*)"/.exec(off.text)?.[1]?.replaceAll('&quot;', '"') ?? '';
    await press(http, link, { action: 'restore', choices: before });
    expect(await choices()).toEqual([{ channel: 'email', frequency: 'daily' }]);
    await press(http, link, { action: 'restore', choices: restore });
    expect((await people(http).find('42')).preferences).toEqual({ choices: [kept], digestAt: '18:00' });
    for (const wrong of ['nonsense', '[{"channel":"push","frequency":"off"}]', '[{"channel":"email","frequency":"x"}]', '[1]']) {
      expect([wrong, (await press(http, link, { action: 'restore', choices: wrong })).status]).toEqual([wrong, 400]);
    }
    expect((await people(http).find('42')).preferences).toEqual({ choices: [kept], digestAt: '18:00' });
  });

  it('refuses the forms of other pages; and who is gone has nothing to choose', async () => {
    const http = await start();
    await people(http).put('42', ANN);
    const from = (headers: Record<string, string>) =>
      http.post(linkTo(['comment']), 'action=unsubscribe', { ...open, ...FORM, ...headers });
    expect((await from({ Origin: 'https://evil.example' })).status).toBe(403);
    expect((await from({ Origin: new URL(http.base).origin })).status).toBe(200);
    await people(http).forget('42');
    expect((await http.get(linkTo(['comment']), open)).status).toBe(404);
    expect((await press(http, linkTo(['comment']), ONE_CLICK)).status).toBe(200);
  });
});

describe('the mails of recipients', () => {
  let server: SmtpScriptServer;
  let http: HttpApplication;
  afterEach(async () => {
    await http.close();
    await server.stop();
  });

  it('have both headers under a DKIM signature, and none of them where the type is required or the address is not https', async () => {
    const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 });
    const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
    const dkim = { domainName: 'example.com', keySelector: 'k1', privateKey: pem };
    server = await SmtpScriptServer.start();
    const email = { smtpUrl: server.url, from: 'robot@example.com', dkim };
    http = await HttpApplication.startOn(new ManualClock(T0), options({ email, batch: { timeoutMs: 0 } }));
    await people(http).put('42', ANN);
    const sent = http.ended('delivered', 2);
    await idOf(http, { priority: 'critical' });
    await idOf(http, { priority: 'critical', type: 'security', title: 'New login' });
    await sent;
    const mails = server.contents;
    const mail = mails.find((text) => text.includes('X-Notification-Type: comment')) ?? '';
    const header = (name: string) => new RegExp(`^${name}: (.*)\\r$`, 'm').exec(mail)?.[1];
    const link =
      /^<(https:\/\/mail\.example\/notifications\/unsubscribe\?t=\S+)>$/.exec(header('List-Unsubscribe') ?? '')?.[1] ?? '';
    expect(header('List-Unsubscribe-Post')).toBe(ONE_CLICK);
    const signed = /DKIM-Signature:[^]*?\bh=([^;]*);/.exec(mail)?.[1]?.toLowerCase().replace(/\s/g, '').split(':');
    expect(signed).toEqual(expect.arrayContaining(['list-unsubscribe', 'list-unsubscribe-post']));
    const key = publicKey.export({ type: 'spki', format: 'der' }).toString('base64');
    expect(verifyDkim(mail, key).valid).toBe(true);
    expect((await PostalMime.parse(Buffer.from(mail, 'latin1'))).text).toContain(link);
    expect(mails.find((text) => text.includes('X-Notification-Type: security'))).not.toMatch(/unsubscribe/i);
    const path = link.replace('https://mail.example/notifications', '');
    expect((await press(http, path, ONE_CLICK)).status).toBe(200);
    expect(await endOf(http, await idOf(http, { priority: 'critical' }))).toEqual(['cancelled', 'preference']);
  });

  it('have the link of the host where there is no https address', async () => {
    server = await SmtpScriptServer.start();
    const email = { smtpUrl: server.url, unsubscribeUrl: 'https://host.example/leave?who={address}' };
    const plain = { http: { publicUrl: 'http://mail.example' }, email, batch: { timeoutMs: 0 } };
    http = await HttpApplication.startOn(new ManualClock(T0), options(plain));
    await people(http).put('42', ANN);
    const sent = http.ended('delivered', 1);
    await idOf(http, { priority: 'critical' });
    await sent;
    expect(server.contents[0]).toContain('List-Unsubscribe: <https://host.example/leave?who=ann%40example.com>');
  });
});

describe('the page of a link', () => {
  it('is accessible and usable without a script, in light, dark and at 320 px, in the language of its reader', async () => {
    const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
    const http = await HttpApplication.start(options({ email: { brandName: 'Shop & Sons' } }));
    await people(http).put('42', ANN);
    const browser = await openBrowser();
    const contexts = [{}, { colorScheme: 'dark' }, { viewport: { width: 320, height: 640 } }] as const;
    for (const [index, context] of contexts.entries()) {
      const page = await openPage(browser, context);
      const complaints = complaintsOf(page);
      const check = async (): Promise<void> => {
        // The policy of the page allows no script: the test's own has a context apart.
        const session = await page.context().newCDPSession(page);
        const { frameTree } = await session.send('Page.getFrameTree');
        const world = await session.send('Page.createIsolatedWorld', { frameId: frameTree.frame.id, grantUniveralAccess: true });
        const evaluate = async (expression: string): Promise<unknown> => {
          const { executionContextId: contextId } = world;
          const answer = await session.send('Runtime.evaluate', {
            expression,
            contextId,
            awaitPromise: true,
            returnByValue: true,
          });
          return answer.result.value as unknown;
        };
        await evaluate(`${axe}; 0`);
        expect(
          await evaluate(`axe.run().then(({ violations }) => violations.map(({ id, nodes }) => id + ' ' + nodes[0].html))`),
        ).toEqual([]);
        expect(await evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true);
      };
      await page.goto(http.base + linkTo(['comment']));
      await check();
      await takePicture(page, `${index}-open`);
      expect(await page.locator('html').getAttribute('lang')).toBe('de');
      await page.getByRole('heading', { name: 'Benachrichtigungen einstellen' }).waitFor();
      await page.getByText('E-Mails von Shop & Sons').waitFor();
      expect(await page.getByRole('switch', { name: 'security' }).isDisabled()).toBe(true);
      await page.getByRole('button', { name: 'Abbestellen: comment' }).click();
      await page.getByRole('status').getByText('Sie bekommen nicht mehr: comment').waitFor();
      await check();
      await takePicture(page, `${index}-stopped`);
      expect(await page.getByRole('switch', { name: 'comment' }).isChecked()).toBe(false);
      expect(await endOf(http, await idOf(http))).toEqual(['cancelled', 'preference']);
      await page.getByRole('button', { name: 'Rückgängig machen' }).click();
      await page.getByRole('button', { name: 'Abbestellen: comment' }).waitFor();
      expect(await page.getByRole('switch', { name: 'comment' }).isChecked()).toBe(true);
      await page.getByRole('switch', { name: 'Erinnerung' }).uncheck();
      await page.getByLabel('Wie oft').selectOption({ label: 'Einmal am Tag' });
      await page.getByRole('button', { name: 'Speichern' }).click();
      await page.getByRole('status').getByText('gespeichert').waitFor();
      expect(await page.getByRole('switch', { name: 'Erinnerung' }).isChecked()).toBe(false);
      expect(await page.getByLabel('Wie oft').inputValue()).toBe('daily');
      await page.getByRole('button', { name: 'Rückgängig machen' }).click();
      await page.getByRole('button', { name: 'Abbestellen: comment' }).waitFor();
      expect((await people(http).find('42')).preferences).toEqual({});
      await page.goto(`${http.base}/unsubscribe?t=forged`);
      await check();
      expect(complaints).toEqual([]);
      await page.context().close();
    }
  });
});

/** For a look at the page: set the variable to a folder. */
async function takePicture(page: Page, name: string): Promise<void> {
  const folder = process.env['UNSUBSCRIBE_PICTURES'];
  if (folder !== undefined) await page.screenshot({ path: `${folder}/${name}.png`, fullPage: true });
}

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
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
    [...text.matchAll(/<h2>Order (\d+)\.<\/h2>/g)].map(([, number]) => Number(number)),
  );
  expect(titles.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 60 }, (_, i) => i + 1));
  expect(await second.get('/mailbox?cursor=x')).toMatchObject({ status: 400 });
  expect((await second.get('/health')).text).toContain('60 so far');
});

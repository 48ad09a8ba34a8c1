import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Browser, chromium } from 'playwright-core';
import { createEmailFormatter } from '../../dist/formatting/email/email.formatter.js';
import { type ClaimedMessage } from '../../dist/model/message.js';
import { type NotificationContent } from '../../dist/model/notification.js';
import { type ReaderSettings } from '../../dist/model/reader-settings.js';
import { type EmailContent } from '../../dist/transports/email/email-content.js';
import { ensureProgram } from '../support/provision.ts';

/** `npm run pictures`: the pictures of mails in `docs`, made of what the built-in formatter makes. They are not part of the package. */
const DOCS = join(import.meta.dirname, '../../docs');
const START_AT = Date.UTC(2026, 10, 24, 6, 8);
const MINUTE_MS = 60_000;
const phrases = {
  en: {
    types: {
      comment: { name: 'comment', one: '{count} comment', other: '{count} comments' },
      build_failed: { name: 'failed build', one: '{count} failed build', other: '{count} failed builds' },
    },
  },
};
const formatter = createEmailFormatter(
  { brandName: 'Acme Ops', brand: { color: '#3949ab' }, unsubscribeUrl: 'https://acme.example/leave?who={address}' },
  'priority',
  phrases,
);

type Said = Pick<NotificationContent, 'type' | 'title'> & Partial<NotificationContent>;
const link = { url: 'https://acme.example/1' };
const comment = (name: string, title: string, body: string): Said => ({
  type: 'comment',
  title,
  body,
  actor: { id: name, name },
  data: link,
});
const TEN: readonly Said[] = [
  comment('Ann Keller', 'New comment on “Budget 2027”', 'Can we move the travel budget to Q2? The fair is in May.'),
  { type: 'build_failed', title: 'Build 4711 of api failed' },
  { type: 'build_failed', title: 'Build 4712 of web failed' },
  comment('Bob Okafor', 'New comment on “Lisbon offsite”', 'The hotel holds twelve rooms until Friday.'),
  { type: 'build_failed', title: 'Build 4713 of api failed' },
  {
    type: 'approval_request',
    title: 'Approve the expense report “Lisbon offsite”',
    priority: 'high',
    body: '12 receipts, 1 842.50 €',
    data: link,
  },
  { type: 'reminder', title: 'Rotate the API key of billing' },
  { type: 'announcement', title: 'The office is closed on Friday' },
  { type: 'reminder', title: 'Rotate the API key of billing' },
  { type: 'reminder', title: 'Rotate the API key of billing' },
];
const CRITICAL: Said = {
  type: 'alert',
  title: 'The database is down',
  priority: 'critical',
  body: 'db-1 does not answer since 07:02.\nReplica db-2 took over.',
  data: link,
};

function mailOf(contents: readonly Said[], readerSettings: ReaderSettings = {}, from = 0): EmailContent {
  const [first] = contents;
  const message: ClaimedMessage = {
    messageId: 'm-picture',
    channel: 'email',
    address: 'you@example.com',
    type: first?.type ?? 'alert',
    priority: first?.priority ?? 'normal',
    lane: 'normal',
    attempt: 1,
    openedAt: START_AT,
    queuedAt: START_AT,
    entries: contents.map((content, i) => ({
      deliveryId: `d-${i}`,
      route: 'aggregate',
      acceptedAt: START_AT + (from + i) * 9 * MINUTE_MS,
      content: { channel: 'email', priority: 'normal', ...content },
    })),
    readerSettings: { locale: 'en', timeZone: 'Europe/Vienna', ...readerSettings },
  };
  return formatter.format(message);
}

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** A mail as it is, in a frame of that height. */
function framed({ html }: EmailContent, style = ''): string {
  return `<iframe style="${style}" srcdoc="${escaped(html)}" onload="this.style.height=this.contentDocument.documentElement.scrollHeight+'px'"></iframe>`;
}

/** A mail as lists of mails show it. */
function listed({ subject, html }: EmailContent, index: number): string {
  const at = new Date(START_AT + index * 9 * MINUTE_MS).toLocaleTimeString('en-GB', {
    timeZone: 'Europe/Vienna',
    timeStyle: 'short',
  });
  const preview = /mso-hide:all">([^<]*)</.exec(html)?.[1] ?? '';
  return `<li><i></i><b>Acme Ops</b><time>${at}</time><p><b>${escaped(subject)}</b> <span>${preview}</span></p></li>`;
}

const PAGE_STYLE = `
  :root { color-scheme: light dark } body { margin: 0; padding: 28px; font: 14px/20px system-ui, sans-serif; background: light-dark(#eef1f6, #1c2027) }
  main { display: flex; gap: 28px; align-items: flex-start } section { flex: 1; min-width: 0 } h2 { margin: 0 0 12px; font-size: 17px }
  ul { list-style: none; margin: 0; padding: 0 } iframe, ul { width: 100%; border: 1px solid light-dark(#d4d9e2, #3a404b); border-radius: 10px; background: light-dark(#fff, #121212); box-sizing: border-box }
  li { position: relative; padding: 10px 16px 10px 34px; border-top: 1px solid light-dark(#e4e8ef, #2a2f38) } li:first-child { border-top: 0 }
  li i { position: absolute; left: 14px; top: 16px; width: 8px; height: 8px; border-radius: 4px; background: #3b82f6 }
  li time { float: right; color: light-dark(#57606a, #a2abb8); font-size: 12px } li p { margin: 0; overflow: hidden; white-space: nowrap; text-overflow: ellipsis } li span { color: light-dark(#57606a, #a2abb8) }`;

async function picture(
  browser: Browser,
  name: string,
  body: string,
  { width, scheme }: { readonly width: number; readonly scheme: 'light' | 'dark' },
): Promise<void> {
  const page = await browser.newPage({ viewport: { width, height: 300 }, colorScheme: scheme });
  await page.setContent(`<!doctype html><html lang="en"><style>${PAGE_STYLE}</style><body><main>${body}</main></body></html>`, {
    waitUntil: 'load',
  });
  await page.evaluate('Promise.all([...document.images].map((image) => image.decode()))');
  await writeFile(join(DOCS, name), await page.screenshot({ fullPage: true }));
  await page.close();
}

const section = (heading: string, content: string): string => `<section><h2>${heading}</h2>${content}</section>`;
const digest = mailOf(TEN);
const mails = TEN.map((one, index) => listed(mailOf([one], {}, index), index)).join('');
const hebrew = mailOf(TEN.slice(5), { locale: 'he' });
const browser = await chromium.launch({
  executablePath: ensureProgram('chromium', { package: 'chromium' }),
  args: ['--no-sandbox'],
});
try {
  const beside = section('Ten mails', `<ul>${mails}</ul>`) + section('or one digest', framed(digest));
  await picture(browser, 'digest-beside-mails.png', beside, { width: 1200, scheme: 'light' });
  const looks =
    section('What is critical goes at once', framed(mailOf([CRITICAL]))) + section('What can wait is gathered', framed(digest));
  await picture(browser, 'digests-light.png', looks, { width: 1200, scheme: 'light' });
  await picture(browser, 'digests-dark.png', looks, { width: 1200, scheme: 'dark' });
  const narrow =
    section('Narrow', framed(mailOf(TEN.slice(5)), 'width:360px')) + section('From right to left', framed(hebrew, 'width:360px'));
  await picture(browser, 'digests-narrow.png', narrow, { width: 804, scheme: 'light' });
} finally {
  await browser.close();
}

import { html, type Html } from '../formatting/email/html.js';
import { MAILBOX_CAPACITY, type MailboxPage as Mails, type StoredMail } from '../storage/mailbox-store.js';
import { MAILBOX_STYLE } from './mailbox-style.js';

/** What the page may do: show itself, and ask itself. No script, no image, nothing from elsewhere, in no frame of another page. */
export const MAILBOX_CSP =
  "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'self'; frame-ancestors 'self'";

/** Which part of the mailbox was asked for. */
interface MailboxPart {
  readonly limit?: number | undefined;
  readonly cursor?: string | undefined;
  readonly q?: string | undefined;
}

/** A page and the headers that it must be served with. */
export interface MailboxPage {
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
}

const SECTIONS = [
  ['now', 'Now'],
  ['deliveries', 'Deliveries'],
  ['windows', 'Windows'],
  ['dead', 'Dead letters'],
  ['rules', 'Rules'],
] as const;

/**
 * The page of `GET /notifications/mailbox`: the list on the left, one mail on the right, and no script. All mails of the page are in it, and the
 * address (`#mail-7`) says which one is shown. A mail's own HTML stands in a frame without any right (`sandbox`), all else is escaped. Addresses are
 * relative, so that it works under any prefix.
 *
 * @param mails newest first; `next` leads to the older ones
 * @param query what was asked for: links keep it
 * @param address of the notifications, for an example; by default the one of `npm start`
 */
export function renderMailboxPage(mails: Mails, query: MailboxPart = {}, address?: string): MailboxPage {
  return {
    body: page(mails, query, address).toString(),
    headers: {
      'Content-Type': 'text/html; charset=utf-8',
      'Content-Security-Policy': MAILBOX_CSP,
      'X-Frame-Options': 'SAMEORIGIN',
      'X-Content-Type-Options': 'nosniff',
      'Referrer-Policy': 'no-referrer',
      'Cache-Control': 'no-store',
    },
  };
}

function page(mails: Mails, query: MailboxPart, address: string | undefined): Html {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>Mailbox (${mails.total})</title>
        <style>
          ${MAILBOX_STYLE}
        </style>
      </head>
      <body>
        <header>
          <h1>Notifications</h1>
          <nav aria-label="Sections">
            ${SECTIONS.map(([name, label]) => html`<a href="dashboard#/${name}">${label}</a> `)}
            <a href="mailbox" aria-current="page">Mailbox</a>
          </nav>
        </header>
        <main>
          <form role="search" aria-label="Mails" method="get" action="mailbox">
            <label>Subject, address or text <input type="search" name="q" maxlength="200" value="${query.q ?? ''}" /></label>
            <button type="submit">Search</button>
            <a href="?${linkQuery(query)}">Reload</a>
            ${query.q === undefined ? '' : html`<a href="mailbox">All mails</a>`}
          </form>
          ${content(mails, query, address)}
        </main>
      </body>
    </html> `;
}

function content(mails: Mails, query: MailboxPart, address: string | undefined): Html {
  const { items, next, total } = mails;
  if (items.length === 0) return total === 0 ? empty(address) : html`<p>No mail matches.</p>`;
  const newest =
    query.cursor === undefined ? '' : html`<a href="?${linkQuery({ ...query, cursor: undefined })}">Newest mails</a>`;
  const older = next === undefined ? '' : html`<a href="?${linkQuery({ ...query, cursor: next })}">Older mails</a>`;
  return html`<p class="quiet">${summary(mails, query)}</p>
    <div class="panes">
      <section class="list" aria-label="List of mails">
        <ol id="list">
          ${items.map(row)}
        </ol>
        <p>${newest} ${older}</p>
      </section>
      <div class="mails">${items.map(article)}</div>
    </div>`;
}

function summary({ items, total }: Mails, { q }: MailboxPart): string {
  const mails = total === 1 ? '1 mail' : `${total} mails`;
  const found = q === undefined ? '' : `, ${items.length} found on this page`;
  const part = items.length < total && q === undefined ? `, ${items.length} of them on this page` : '';
  const kept = items.length < total ? `; the last ${MAILBOX_CAPACITY} are kept` : '';
  return `${mails} so far${found}${part}${kept}. Nothing was sent: set SMTP_URL to send.`;
}

function row({ number, subject, to, date, type, count }: StoredMail): Html {
  return html`<li>
    <a href="#mail-${number}">
      <strong dir="auto">${subject}</strong>
      <span class="quiet">${to} · ${type}${count > 1 ? ` · ${count} deliveries` : ''}</span>
      <time class="quiet" datetime="${date}">${readable(date)}</time>
    </a>
  </li> `;
}

/** Its forms close one another (`name`). A frame that is not shown is not loaded (`lazy`). */
function article(mail: StoredMail): Html {
  const { number, subject, to, from, date, messageId, headers, attachments = [] } = mail;
  return html`<article id="mail-${number}">
    <p class="back"><a href="#list">← All mails</a></p>
    <h2 dir="auto">${subject}</h2>
    <dl>
      ${fact('To', to)} ${fact('From', from)} ${fact('Date', html`<time datetime="${date}">${readable(date)}</time>`)}
      ${attachments.map(({ filename, size }) => fact('Attachment', `${filename} (${size} bytes)`))}
    </dl>
    <details name="form-${number}" open>
      <summary>HTML</summary>
      <iframe sandbox title="${subject}" loading="lazy" srcdoc="${mail.html}"></iframe>
    </details>
    <details name="form-${number}">
      <summary>Text</summary>
      <pre dir="auto" tabindex="0">${mail.text}</pre>
    </details>
    <details name="form-${number}">
      <summary>Headers</summary>
      <dl>${fact('Message-ID', messageId)} ${Object.entries(headers).map(([name, value]) => fact(name, value))}</dl>
    </details>
  </article> `;
}

function fact(name: string, value: string | Html): Html {
  return html`<dt>${name}</dt>
    <dd>${value}</dd> `;
}

/** `2026-11-24 08:02:14 UTC` */
function readable(date: string): string {
  return date.replace('T', ' ').replace(/(?:\.\d+)?Z$/, ' UTC');
}

function linkQuery(fields: MailboxPart): string {
  const given = Object.entries(fields).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, String(value)] as [string, string]],
  );
  return new URLSearchParams(given).toString();
}

const example = (address: string): string => `curl -i ${address} -H 'Content-Type: application/json' -d '{
  "type": "alert", "channel": "email", "to": "ann@example.com",
  "title": "Disk full", "body": "/var is at 100 %", "priority": "critical"
}'`;

function empty(address: string | undefined): Html {
  return html`<p>No mail yet. While no SMTP_URL is set, what would be sent by e-mail is shown here.</p>
    <p>
      Send one (with <code>-H 'Authorization: Bearer …'</code> when this application asks for a token), then load this page again:
    </p>
    <pre tabindex="0">${example(address ?? 'http://127.0.0.1:3000/notifications')}</pre>
    <p>What is not critical waits in its window first; <code>POST …/flush</code> sends it at once.</p> `;
}

import { html, type Html } from '../formatting/email/html.js';
import { MAILBOX_CAPACITY, type MailboxMail, type MailboxPage as Mails } from '../storage/mailbox-store.js';

/** What the page may do: show itself. No script, no image, no form, nothing from elsewhere, in no frame but the dashboard's. */
export const MAILBOX_CSP =
  "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'";

/** A page and the headers that it must be served with. */
export interface MailboxPage {
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * The page of `GET /notifications/mailbox`. Every mail's own HTML stands in a frame without any right (`sandbox`), all else is
 * escaped, and there is no address in it but those in the mails.
 *
 * @param mails newest first; `next` leads to the older ones
 */
export function renderMailboxPage(mails: Mails): MailboxPage {
  return {
    body: page(mails).toString(),
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

function page({ items, total, next }: Mails): Html {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width" />
        <meta name="color-scheme" content="light dark" />
        <title>Mailbox (${total})</title>
        <style>
          body {
            margin: 0 auto;
            padding: 1rem;
            max-width: 56rem;
            font:
              1rem/1.5 system-ui,
              sans-serif;
          }
          article {
            margin: 1rem 0;
            padding: 1rem;
            border: 1px solid #8888;
            border-radius: 6px;
          }
          h2 {
            margin: 0 0 0.5rem;
            font-size: 1.1rem;
            overflow-wrap: anywhere;
          }
          dl {
            display: grid;
            grid-template-columns: max-content 1fr;
            gap: 0 1rem;
            margin: 0 0 0.5rem;
            font-size: 0.9rem;
          }
          dd {
            margin: 0;
            overflow-wrap: anywhere;
          }
          pre {
            white-space: pre-wrap;
            overflow-wrap: anywhere;
            padding: 0.5rem;
            border: 1px solid #8884;
            border-radius: 4px;
          }
          iframe {
            width: 100%;
            height: 24rem;
            border: 1px solid #8884;
            border-radius: 4px;
          }
        </style>
      </head>
      <body>
        <main>
          <h1>Mailbox</h1>
          ${
            items.length === 0
              ? empty()
              : html`<p>${summary(items.length, total)}</p>
                  ${items.map(article)} ${next === undefined ? '' : older(next)}`
          }
        </main>
      </body>
    </html> `;
}

function summary(shown: number, total: number): string {
  const mails = total === 1 ? '1 mail' : `${total} mails`;
  const part = shown < total ? `, ${shown} of them on this page; the last ${MAILBOX_CAPACITY} are kept` : '';
  return `${mails} so far${part}. Nothing was sent: set SMTP_URL to send.`;
}

/** Relative to the page itself, so it holds under any prefix. */
function older(next: string): Html {
  return html`<p><a href="?cursor=${next}">Older mails</a></p>`;
}

function article(mail: MailboxMail): Html {
  return html`<article>
    <h2>${mail.subject}</h2>
    <dl>
      <dt>To</dt>
      <dd>${mail.to}</dd>
      <dt>From</dt>
      <dd>${mail.from}</dd>
      <dt>Date</dt>
      <dd><time datetime="${mail.date}">${mail.date}</time></dd>
      <dt>Message-ID</dt>
      <dd>${mail.messageId}</dd>
      ${Object.entries(mail.headers).map(
        ([name, value]) =>
          html`<dt>${name}</dt>
            <dd>${value}</dd> `,
      )}
      ${(mail.attachments ?? []).map(
        ({ filename, size }) =>
          html`<dt>Attachment</dt>
            <dd>${filename} (${size} bytes)</dd> `,
      )}
    </dl>
    <pre>${mail.text}</pre>
    <details>
      <summary>HTML</summary>
      <iframe sandbox title="${mail.subject}" loading="lazy" srcdoc="${mail.html}"></iframe>
    </details>
  </article> `;
}

const EXAMPLE = `curl -i http://127.0.0.1:3000/notifications -H 'Content-Type: application/json' -d '{
  "type": "alert", "channel": "email", "to": "ann@example.com",
  "title": "Disk full", "body": "/var is at 100 %", "priority": "critical"
}'`;

function empty(): Html {
  return html`<p>No mail yet. While no SMTP_URL is set, what would be sent by e-mail is shown here.</p>
    <p>
      Send one (put in this application's own address, and <code>-H 'Authorization: Bearer …'</code> when it asks for a token),
      then load this page again:
    </p>
    <pre>${EXAMPLE}</pre>
    <p>What is not critical waits in its window first; <code>POST …/flush</code> sends it at once.</p> `;
}

import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { claimedMessage } from '../../../test/support/claimed-message.js';
import { type ReaderSettings } from '../../model/reader-settings.js';
import { type EmailContent } from '../../transports/email/email-content.js';
import { type ImmediateFormatter } from '../formatter.js';
import { defineEmailTemplate } from './define-email-template.js';
import { createEmailFormatter } from './email.formatter.js';
import { EmailTemplateFormatter } from './email-template.formatter.js';

const builtIn = createEmailFormatter({});
const german = defineEmailTemplate({
  type: 'alert',
  locale: 'de',
  subject: `<%= it.count %> <%= it.plural(it.count, { one: 'Warnung', other: 'Warnungen' }) %>`,
  text: `<% it.entries.forEach((entry) => { %>* <%= entry.title %> (<%= entry.at %>)\n<% }) %>`,
  html: `<h1><%= it.summary %></h1><% it.entries.forEach((entry) => { %><p><%= entry.title %> <%= it.actors %></p><% }) %><% if (it.more > 0) { %>und <%= it.more %> weitere<% } %>`,
});
const english = defineEmailTemplate({ type: 'alert', subject: 'alerts', text: 'alerts', html: 'alerts' });
const all = defineEmailTemplate({ subject: 'all', text: 'all', html: 'all' });

/** Formats for a reader. */
function formatter(readerSettings: ReaderSettings = {}, templates = [all, english, german]): ImmediateFormatter<EmailContent> {
  const own = new EmailTemplateFormatter(templates, builtIn);
  return { format: (message) => own.format({ ...message, readerSettings }) };
}

describe('e-mail templates', () => {
  it('takes the one of the type and the reader’s language, then of the type, then for all', () => {
    const alert = claimedMessage([{ type: 'alert' }]);
    expect(formatter({ locale: 'de-AT' }).format(alert).subject).toBe('1 Warnung');
    expect(formatter({ locale: 'fr' }).format(alert).subject).toBe('alerts');
    expect(formatter().format(claimedMessage([{ type: 'reminder' }])).subject).toBe('all');
    expect(formatter().format(claimedMessage([{ type: 'alert' }, { type: 'reminder' }])).subject).toBe('all');
    const plain = claimedMessage([{ type: 'reminder', title: 'Plain' }]);
    expect(formatter({}, [english]).format(plain)).toEqual(builtIn.format(plain));
  });

  it('counts, names and dates in the reader’s language and zone', () => {
    const actors = ['Ann', 'Bob', 'Eve', 'Kim'].map((name) => ({ type: 'alert', title: name, actor: { id: name, name } }));
    const { subject, text, html } = formatter({ locale: 'de-AT', timeZone: 'Asia/Tokyo' }).format(claimedMessage(actors));
    expect(subject).toBe('4 Warnungen');
    expect(html).toContain('Ann, Bob und 2 weitere');
    // 09:00 UTC
    expect(text).toMatch(/\* Ann \(20\.(11\.|\D+)2026,? 18:00\)/);
  });

  it('escapes what is said, and takes nothing of it for a template', () => {
    const title = '<img src=x> <%= it.address %>';
    const { html, text } = formatter({ locale: 'de' }).format(claimedMessage([{ type: 'alert', title }]));
    expect(html).toContain('&lt;img src=x&gt; &lt;%= it.address %&gt;');
    expect(html).not.toContain('<img');
    expect(text).toContain(title);
  });

  it('knows the brand name, and where its reader unsubscribes', () => {
    const framed = defineEmailTemplate({ subject: 's', text: '<%= it.unsubscribeUrl %>', html: '<%= it.brandName %>' });
    const frame = { brandName: 'Shop & Sons', unsubscribeUrl: 'https://x.example/leave?who={address}' };
    const made = new EmailTemplateFormatter([framed], builtIn, 'priority', frame).format(
      claimedMessage([{}], { address: 'ann+b@example.com' }),
    );
    expect([made.html, made.text]).toEqual(['Shop &amp; Sons', 'https://x.example/leave?who=ann%2Bb%40example.com']);
  });

  it.each(['subject', 'text', 'html'] as const)('names the part that throws (%s), and the template', (part) => {
    const source = { subject: 's', text: 't', html: 'h', [part]: '<%= it.missing.name %>' };
    const broken = defineEmailTemplate({ type: 'alert', locale: 'de', ...source });
    expect(() => formatter({ locale: 'de-AT' }, [broken]).format(claimedMessage([{ type: 'alert' }]))).toThrow(
      new RegExp(`^the ${part} of the e-mail template for alert in de failed with TypeError: .*'name'`),
    );
  });

  it('stays under 80 kB and counts the rest, whatever is said', () => {
    const long = defineEmailTemplate({
      subject: 's',
      text: 't',
      html: `<% it.entries.forEach((entry) => { %><p><%= entry.title %><%= entry.body %></p><% }) %><%= it.more %>`,
    });
    fc.assert(
      fc.property(
        fc.array(fc.string({ unit: 'binary', minLength: 1, maxLength: 30_000 }), { minLength: 1, maxLength: 40 }),
        (bodies) => {
          const { html } = formatter({}, [long]).format(claimedMessage(bodies.map((body, i) => ({ title: `n${i}`, body }))));
          expect(Buffer.byteLength(html)).toBeLessThanOrEqual(80_000);
        },
      ),
      { numRuns: 30 },
    );
  });

  it('the built-in look shows times in the reader’s zone when it is known', () => {
    const readAt = (readerSettings?: ReaderSettings): string =>
      builtIn.format(claimedMessage([{}], readerSettings === undefined ? {} : { readerSettings })).html;
    expect(readAt({ timeZone: 'Asia/Tokyo' })).toContain('20 November 2026 at 18:00<');
    expect(readAt({ locale: 'en-US', timeZone: 'Asia/Tokyo' })).toContain('November 20, 2026 at 6:00 PM<');
    for (const readerSettings of [undefined, { timeZone: 'Nowhere/At-All' }])
      expect(readAt(readerSettings)).toContain('20 November 2026 at 09:00 UTC');
  });

  it('stops the start when it does not compile', () => {
    expect(() => defineEmailTemplate({ type: 'x', subject: 's', text: 't', html: '<% if ( %>' })).toThrow(
      /the html of the e-mail template for x does not compile/,
    );
  });

  it('the example of docs/templates.md stands here', () => {
    const docs = readFileSync('docs/templates.md', 'utf8');
    for (const part of [`locale: 'de'`, `it.plural(it.count, { one: 'Warnung', other: 'Warnungen' })`])
      expect(docs).toContain(part);
  });
});

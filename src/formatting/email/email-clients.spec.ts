import { caniemail } from 'caniemail';
import { describe, expect, it } from '@jest/globals';
import { HtmlValidate } from 'html-validate';
import { claimedMessage } from '../../../test/support/claimed-message.js';
import { BUILT_IN_LANGUAGES } from '../../model/phrases.js';
import { createEmailFormatter } from './email.formatter.js';

const validator = new HtmlValidate({
  root: true,
  extends: ['html-validate:standard', 'html-validate:a11y'],
  rules: {
    // Outlook on Windows lays out by the attributes of tables, and readers of mails drop elements like article.
    'no-deprecated-attr': 'off',
    'prefer-native-element': 'off',
  },
});
/** What most people read mail with. */
const CLIENTS = ['gmail.*', 'outlook.*', 'apple-mail.*', 'yahoo.*', 'samsung-email.*'] as const;
/** What some of them leave out, and what is there without it. */
const MAY_BE_MISSING: Readonly<Record<string, string>> = {
  'color-scheme CSS property': 'the scheme that the reader gives',
  'color-scheme meta tag': 'the same',
  '<style> element': 'text and links in the colours of the reader',
  '@media': 'the same',
  '<body> element': 'the margin of the reader; what is below it is kept',
  'system-ui, ui-serif, ui-sans-serif, ui-rounded, ui-monospace': 'the next font of the list',
  'border-radius': 'square corners',
  'overflow-wrap': 'word-break; without both a word of more than the width makes the column wider',
  'word-break': 'overflow-wrap',
  // Of the logo.
  'height property': 'the attribute',
  'white-space': 'breaks of lines; spaces in a row are one',
  'aria-label attribute': 'the title of the document',
  'role attribute': 'tables that are read out as tables',
  // The preview is hidden in four ways, of which one is enough.
  'display:none': 'mso-hide, a height and a font of almost nothing',
  'max-height property': 'the same',
  overflow: 'the same',
};

const brand = { url: 'https://shop.example', logoUrl: 'https://shop.example/l.png', color: '#7b1fa2', address: '1 Main St' };
const unsubscribeUrl = 'https://shop.example/leave?who={address}&all=1';
const formatters = [
  createEmailFormatter({ brandName: 'Shop', unsubscribeUrl }),
  createEmailFormatter({ brandName: 'Shop & <Sons>', brand, unsubscribeUrl }),
];
const entry = {
  title: 'Disk <1> "full"',
  body: 'Line\n  and & line',
  actor: { id: '1', name: 'Ann' },
  data: { url: 'https://example.com/?a=1&b=2' },
};
const contents = [
  [entry],
  [{ title: 'Bare' }],
  [{ ...entry, priority: 'critical' as const }, entry, entry, { title: 'Disk <2> "full"' }, { title: 'Lunch', type: 'reminder' }],
];
const mails = (locale: string): readonly string[] =>
  formatters.flatMap((formatter) =>
    contents.map((some) => formatter.format(claimedMessage(some, { readerSettings: { locale } })).html),
  );

describe('the HTML of a mail', () => {
  it.each(BUILT_IN_LANGUAGES)('is valid, in %s', async (locale) => {
    for (const html of mails(locale)) {
      const { results } = await validator.validateString(html);
      expect(results.flatMap(({ messages }) => messages)).toEqual([]);
    }
  });

  it('needs nothing that Gmail, Outlook, Apple Mail, Yahoo or Samsung leave out', () => {
    for (const html of mails('he')) {
      // What only Outlook on Windows reads is only for it.
      const { issues } = caniemail({ clients: [...CLIENTS], html: html.replace(/<!--\[if mso\]>[^]*?<!\[endif\]-->/g, '') });
      const missing = new Set([...issues.errors.values()].flatMap((errors) => errors.map(({ title }) => title)));
      expect([...missing].filter((feature) => !Object.hasOwn(MAY_BE_MISSING, feature))).toEqual([]);
    }
  });

  it('is laid out by tables, which Outlook on Windows is given as wide as others show them', () => {
    for (const html of mails('en')) {
      expect(html).not.toMatch(/float\s*:|display\s*:\s*(?:flex|grid)|position\s*:|[^-]opacity\s*:/);
      const opened = html.match(/<table\b/g)?.length;
      expect(html.match(/<\/table>/g)).toHaveLength(opened ?? 0);
      expect(html).toMatch(/<!--\[if mso\]><table [^>]*width="600"><tr><td><!\[endif\]-->/);
      expect(html).toContain('<!--[if mso]></td></tr></table><![endif]-->');
      expect(html.match(/max-width:600px/g)).toHaveLength(1);
    }
  });

  it('has one main heading, and fifty entries with links in less than 80 kB', () => {
    const many = Array.from({ length: 50 }, (_, i) => ({
      ...entry,
      title: `Merge request ${i * 7919} of the team ${'abcdefghij'[i % 10] ?? ''}${i} needs a review before the release`,
      body: 'It changes how prices are rounded in the basket and in invoices. '.repeat(4),
      data: { url: `https://git.example.com/shop/backend/merge-requests/${i * 7919}?from=digest` },
    }));
    for (const formatter of formatters) {
      const { html } = formatter.format(claimedMessage(many));
      expect(html.match(/<h1\b/g)).toHaveLength(1);
      expect(html.match(/>Investigate</g)).toHaveLength(50);
      expect(Buffer.byteLength(html)).toBeLessThan(80_000);
    }
  });
});

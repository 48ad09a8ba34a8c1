import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { claimedMessage } from '../../../test/support/claimed-message.js';
import { MAX_HTML_BYTES } from './email-html.js';
import { createEmailFormatter } from './email.formatter.js';
import { unsubscribeHeaders } from './unsubscribe-headers.js';

const formatter = createEmailFormatter({});
const of = (type: string, count: number): readonly { type: string; title: string }[] =>
  Array.from({ length: count }, (_, i) => ({ type, title: `${type} ${i}` }));

describe('the e-mail formatter', () => {
  it.each([
    [[{ title: 'Just this' }], 'Just this'],
    [of('system_update', 12), '12 system updates: system_update 0, 1, 2 and 9 more'],
    [of('build_failed', 3), '3 build failed notifications: build_failed 0, 1, 2'],
    [[{ title: 'Disk full' }, { title: 'Ann is back' }], '2 alerts'],
    [[...of('reminder', 2), ...of('alert', 3)], '5 notifications: 3 alerts, 2 reminders'],
    [[...of('reminder', 1), ...of('alert', 1)], '2 notifications: 1 alert, 1 reminder'],
    [[...of('a', 5), ...of('b', 4), ...of('c', 3), ...of('d', 2), ...of('e', 1)], '15 notifications: 5 a, 4 b, 3 c, 3 more'],
    [[{ title: 'same' }, { title: 'same' }], '2 alerts: same'],
    [of('constructor', 2), '2 constructor notifications: constructor 0, 1'],
  ])('%#: says how many there are, of what, and what they have in common', (contents, subject) => {
    expect(formatter.format(claimedMessage(contents)).subject).toBe(subject);
  });

  it('has every title in its text, repeats counted', () => {
    const message = claimedMessage([{ title: 'One' }, { title: 'Two', body: 'why' }, { title: 'One' }]);
    const { text, headers } = formatter.format(message);
    expect(text).toBe('3 alerts\n\n* One (2 times)\n\n* Two\n\n  why\n');
    // The transport alone writes what every mail carries.
    expect(headers).toEqual({});
  });

  it('shows what is alike under what it has in common', () => {
    const titles = ['Disk of web-3 is 91 % full', 'Ann <3 Bob', 'Disk of db&12 is 97 % full'];
    const { subject, text, html } = formatter.format(claimedMessage(titles.map((title) => ({ title }))));
    expect(subject).toBe('3 alerts');
    expect(text).toBe(
      '3 alerts\n\nDisk of web-3, db&12 is 91, 97 % full (2)\n\n* Disk of web-3 is 91 % full\n\n* Disk of db&12 is 97 % full\n\n* Ann <3 Bob\n',
    );
    expect(html).toMatch(
      /Disk of web-3, db&amp;12 is 91, 97 % full<\/p>[\s\S]*>Disk of web-3 is[\s\S]*>Disk of db&amp;12 is[\s\S]*Ann &lt;3 Bob/,
    );
  });

  it('has the brand name in its header and footer, and a link to unsubscribe in its footer', () => {
    const branded = createEmailFormatter({ brandName: 'Shop & Sons', unsubscribeUrl: 'https://x.example/leave?who={address}' });
    const { text, html, headers } = branded.format(claimedMessage([{ title: 'Hello' }], { address: 'ann+b@example.com' }));
    expect(text).toBe('Hello\n\n-- \nShop & Sons\nUnsubscribe: https://x.example/leave?who=ann%2Bb%40example.com\n');
    expect(html.match(/Shop &amp; Sons/g)).toHaveLength(2);
    expect(html.indexOf('Shop &amp; Sons')).toBeLessThan(html.indexOf('<p style="margin:0;font-weight:600'));
    expect(html).toMatch(/Hello[\s\S]*<a href="https:\/\/x\.example\/leave\?who=ann%2Bb%40example\.com">Unsubscribe<\/a>/);
    expect(headers).toMatchObject({ 'List-Unsubscribe': '<https://x.example/leave?who=ann%2Bb%40example.com>' });
    const plain = createEmailFormatter({}).format(claimedMessage([{ title: 'Hello' }]));
    expect(plain.text + plain.html).not.toMatch(/Unsubscribe|-- \n/);
    const german = createEmailFormatter({ unsubscribeUrl: 'mailto:a@b.c' });
    expect(
      german.format(claimedMessage([{ title: 'Hallo' }, { title: 'Welt' }], { readerSettings: { locale: 'de' } })).html,
    ).toContain('>Abbestellen</a>');
  });

  it('speaks the language of its reader, English to one of a language that it has no words for', () => {
    const contents = [
      ...of('alert', 60),
      { title: 'Ja', type: 'alert', actor: { id: '1', name: 'Ann' }, priority: 'high' as const },
    ];
    const german = createEmailFormatter({}).format(
      claimedMessage(contents, { readerSettings: { locale: 'de-AT', timeZone: 'Europe/Vienna' } }),
    );
    expect(german.subject).toBe('61 Warnungen');
    expect(german.text).toMatch(/^61 Warnungen\nVon Ann\n\n\* \[dringend\] Ja\n {2}von Ann\n/);
    expect(german.text).toContain('und 11 weitere');
    expect(german.html).toContain('<html lang="de-AT">');
    expect(german.html).toMatch(/dringend &middot; Warnung &middot; von Ann &middot; \d\d\.\d\d\.\d{4}, \d\d:\d\d/);
    const other = createEmailFormatter({}).format(
      claimedMessage(contents, { readerSettings: { locale: 'ja', timeZone: 'Asia/Tokyo' } }),
    );
    expect(other.html).toContain('<html lang="en">');
    expect(other.subject).toBe('61 alerts');
  });

  it('shows 50 and counts the rest', () => {
    const { text, html } = formatter.format(claimedMessage(of('alert', 60)));
    expect(text.match(/^\* /gm)).toHaveLength(50);
    expect(text).toContain('and 10 more');
    expect(html).toContain('and 10 more');
  });

  it('stays under the size at which mail readers cut, and counts what had to go', () => {
    for (const count of [1, 50]) {
      const contents = Array.from({ length: count }, (_, i) => ({
        title: `${i}${'"'.repeat(190)}`,
        body: '"'.repeat(60_000),
        actor: { id: '1', name: '&'.repeat(5000) },
        data: { url: `https://example.com/?${'&'.repeat(2000)}` },
      }));
      const { html } = formatter.format(claimedMessage(contents));
      expect(Buffer.byteLength(html)).toBeLessThanOrEqual(MAX_HTML_BYTES);
      if (count === 1) continue;
      const shown = html.match(/font-weight:600/g)?.length ?? 0;
      expect(shown).toBeGreaterThan(0);
      expect(html).toContain(`and ${50 - shown} more`);
    }
  });

  it('lets nobody write markup', () => {
    const tags = (html: string): readonly string[] =>
      html.match(/<[^>]*>/g)?.map((tag) => /^<\/?[a-z!]+/i.exec(tag)?.[0] ?? tag) ?? [];
    const plain = tags(formatter.format(claimedMessage([{ title: 'x', body: 'y', actor: { id: 'z' } }])).html);
    const nasty = fc.string({ unit: fc.constantFrom('<', '>', '"', "'", '&', '/', 'a', ' ', '`', '='), minLength: 1 });
    fc.assert(
      fc.property(nasty, nasty, nasty, (title, body, id) => {
        const { html } = formatter.format(claimedMessage([{ title, body, actor: { id } }]));
        expect(tags(html)).toEqual(plain);
      }),
    );
  });

  it.each([
    ['https://example.com/a?b=1', true],
    ['http://example.com/', true],
    ['mailto:ann@example.com', true],
    ['javascript:alert(1)', false],
    [' JaVaScRiPt:alert(1)', false],
    ['data:text/html,x', false],
    ['//example.com', false],
    [`https://example.com/${'a'.repeat(3000)}`, false],
    [{ href: 'https://example.com' }, false],
  ])('links %j: %s', (url, linked) => {
    const { html } = formatter.format(claimedMessage([{ data: { url } }]));
    expect(html.includes('<a href=')).toBe(linked);
  });

  it('is pure', () => {
    const message = claimedMessage(of('alert', 5));
    expect(formatter.format(message)).toEqual(formatter.format(message));
  });
});

describe('unsubscribeHeaders', () => {
  it('has the one-click header for https alone (RFC 8058)', () => {
    expect(unsubscribeHeaders('https://example.com/{address}', 'a+b@example.com')).toEqual({
      'List-Unsubscribe': '<https://example.com/a%2Bb%40example.com>',
      'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click',
    });
    expect(unsubscribeHeaders('mailto:leave@example.com?subject={address}', 'a@b.c')).toEqual({
      'List-Unsubscribe': '<mailto:leave@example.com?subject=a%40b.c>',
    });
    expect(unsubscribeHeaders(undefined, 'a@b.c')).toEqual({});
  });
});

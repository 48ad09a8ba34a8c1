import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { claimedMessage } from '../../../test/support/claimed-message.js';
import { BUILT_IN_LANGUAGES } from '../../model/phrases.js';
import { MAX_HTML_BYTES } from './email-html.js';
import { createEmailFormatter } from './email.formatter.js';

const formatter = createEmailFormatter({});
const branded = createEmailFormatter({ brandName: 'Shop', unsubscribeUrl: 'https://x.example/{address}' });
const of = (type: string, count: number): readonly { type: string; title: string }[] =>
  Array.from({ length: count }, (_, i) => ({ type, title: `${type} ${i}` }));

describe('the e-mail formatter', () => {
  it.each([
    [[{ title: 'Just this' }], 'Just this'],
    [of('system_update', 12), '12 system updates: system_update 0, 1, 2 and 9 more'],
    [[{ title: 'Disk full' }, { title: 'Ann is back' }], '2 alerts'],
    [of('build_failed', 3), '3 build failed notifications: build_failed 0, 1, 2'],
    [[...of('reminder', 2), ...of('alert', 3)], '5 notifications: 3 alerts, 2 reminders'],
    [[...of('reminder', 1), ...of('alert', 1)], '2 notifications: 1 alert, 1 reminder'],
    [[...of('a', 5), ...of('b', 4), ...of('c', 3), ...of('d', 2), ...of('e', 1)], '15 notifications: 5 a, 4 b, 3 c, 3 more'],
    [[{ title: 'same' }, { title: 'same' }], '2 alerts: same'],
    [of('constructor', 2), '2 constructor notifications: constructor 0, 1'],
  ])('%#: says how many there are, of what, and what they have in common', (contents, summary) => {
    const { subject, text, html } = formatter.format(claimedMessage(contents));
    expect(subject.startsWith(summary)).toBe(true);
    expect(text.startsWith(`${summary}\n`)).toBe(true);
    expect(/<h1[^>]*>(.*)<\/h1>/.exec(html)?.[1]).toBe(summary);
  });

  it('has every title in its text, repeats counted', () => {
    const message = claimedMessage([{ title: 'One' }, { title: 'Two', body: 'why' }, { title: 'One' }]);
    const { text, headers } = formatter.format(message);
    expect(text).toBe('3 alerts\nFriday 20 November UTC\n\n* One (2 times)\n  09:00\n\n* Two\n  09:00\n\n  why\n');
    // Only the transport writes what every mail carries.
    expect(headers).toEqual({});
  });

  it('shows what is alike under what it has in common', () => {
    const titles = ['Disk of web-3 is 91 % full', 'Ann <3 Bob', 'Disk of db&12 is 97 % full'];
    const { subject, text, html } = formatter.format(claimedMessage(titles.map((title) => ({ title }))));
    expect(subject).toBe('3 alerts: Disk of web-3, db&12 is 91, 97 % full, Ann <3 Bob');
    expect(text).toBe(
      '3 alerts\nFriday 20 November UTC\n\nDisk of web-3, db&12 is 91, 97 % full (2)\n\n* Disk of web-3 is 91 % full\n  09:00\n\n' +
        '* Disk of db&12 is 97 % full\n  09:00\n\n* Ann <3 Bob\n  09:00\n',
    );
    const headings = [...html.matchAll(/<(h\d)[^>]*>(.*?)<\/h\d>/g)].map(([, name, said]) => [name, said]);
    expect(headings).toEqual([
      ['h1', '3 alerts'],
      ['h2', 'Disk of web-3, db&amp;12 is 91, 97 % full'],
      ['h3', 'Disk of web-3 is 91 % full'],
      ['h3', 'Disk of db&amp;12 is 97 % full'],
      ['h2', 'Ann &lt;3 Bob'],
    ]);
  });

  it('has the brand name in its header and footer, and a link to unsubscribe in its footer', () => {
    const sons = createEmailFormatter({ brandName: 'Shop & Sons', unsubscribeUrl: 'https://x.example/leave?who={address}' });
    const { text, html, headers } = sons.format(claimedMessage([{ title: 'Hello' }], { address: 'ann+b@example.com' }));
    expect(text).toBe(
      'Hello\nAlert - 20 November 2026 at 09:00 UTC\n\n-- \nYou receive this because Shop & Sons sends notifications to ann+b@example.com.\n' +
        'Unsubscribe: https://x.example/leave?who=ann%2Bb%40example.com\n',
    );
    expect(html.match(/Shop &amp; Sons/g)).toHaveLength(2);
    expect(html.indexOf('Shop &amp; Sons')).toBeLessThan(html.indexOf('<h1'));
    expect(html).toContain('because Shop &amp; Sons sends notifications to ann+b@example.com.');
    expect(html).toMatch(/Hello[\s\S]*href="https:\/\/x\.example\/leave\?who=ann%2Bb%40example\.com">Unsubscribe<\/a>/);
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
    expect(german.subject).toBe('61 Warnungen: Ja, alert 0, 1, 2 und 46 weitere');
    expect(german.text).toMatch(
      /^61 Warnungen\nVon Ann - Freitag, 20\. November\n\n\* \[dringend\] Ja\n {2}Ann - 10:01\n\nalert 0, /,
    );
    expect(german.text).toContain('und 11 weitere');
    expect(german.html).toContain('<html lang="de-AT" dir="ltr">');
    expect(german.html).toMatch(/>Dringend<\/b> <span dir="auto">Ann<\/span> &middot; 10:01</);
    const other = createEmailFormatter({}).format(
      claimedMessage(contents, { readerSettings: { locale: 'fi', timeZone: 'Asia/Tokyo' } }),
    );
    expect(other.html).toContain('<html lang="en" dir="ltr">');
    expect(other.subject).toMatch(/^61 alerts: /);
  });

  it('says the day of a digest once, and that of each entry where there are several', () => {
    const message = claimedMessage(of('alert', 2), { readerSettings: { locale: 'en-US', timeZone: 'Asia/Tokyo' } });
    const [first, second] = message.entries;
    expect(formatter.format(message).text).toMatch(/^2 alerts: alert 0, 1\nFriday, November 20\n\n\* alert 0\n {2}6:00 PM\n/);
    const later = { ...message, entries: [first!, { ...second!, acceptedAt: first!.acceptedAt + 7 * 3_600_000 }] };
    expect(formatter.format(later).text).toMatch(
      /^2 alerts: alert 0, 1\n\n\* alert 0\n {2}Nov 20 6:00 PM\n\n\* alert 1\n {2}Nov 21 1:00 AM\n/,
    );
  });

  it('says the type of each entry only where there are several types', () => {
    const types = (contents: Parameters<typeof claimedMessage>[0]): number =>
      formatter.format(claimedMessage(contents)).html.match(/Alert &middot;/g)?.length ?? 0;
    expect([of('alert', 3), of('alert', 1), [...of('alert', 2), ...of('reminder', 1)]].map(types)).toEqual([0, 1, 2]);
  });

  it('is written from right to left for readers of Arabic and Hebrew, and the text of others as it begins', () => {
    const { html } = formatter.format(claimedMessage(of('alert', 2), { readerSettings: { locale: 'he-IL' } }));
    expect(html).toContain('<html lang="he-IL" dir="rtl">');
    expect(html).toContain('aria-label="שתי התרעות: alert 0, 1" lang="he-IL" dir="rtl"');
    expect(html.match(/<h2 dir="auto"/g)).toHaveLength(2);
  });

  it('has a button for each link, with the words of its type', () => {
    const linked = ['approval_request', 'alert', 'build_failed', 'announcement'].map((type) => ({
      type,
      title: type,
      data: { url: `https://example.com/${type}` },
    }));
    const { html } = formatter.format(claimedMessage([...linked, { title: 'none' }]));
    const buttons = [...html.matchAll(/<a href="([^"]*)" class="a"[^>]*>([^<]*)<\/a>/g)].map(([, url, label]) => [url, label]);
    expect(buttons).toEqual([
      ['https://example.com/approval_request', 'Review'],
      ['https://example.com/alert', 'Investigate'],
      ['https://example.com/build_failed', 'Open'],
      ['https://example.com/announcement', 'Read more'],
    ]);
  });

  it('looks like the brand of its sender', () => {
    const brand = {
      url: 'https://shop.example',
      logoUrl: 'https://shop.example/logo.png',
      color: '#ffd54f',
      address: '1 Main St',
    };
    const tenant = { smtpUrl: 'smtp://x', from: 'hi@tenant.example' };
    const sender = createEmailFormatter({ brandName: 'Shop', brand, accounts: { tenant } });
    const linked = { title: 'Hello', data: { url: 'https://example.com' } };
    const { html, text } = sender.format(claimedMessage([linked]));
    expect(html).toMatch(/<a href="https:\/\/shop\.example"[^>]*><img src="https:\/\/shop\.example\/logo\.png" alt="Shop"/);
    // Black is what can be read on yellow.
    expect(html).toMatch(/bgcolor="#ffd54f"[^>]*><a href="https:\/\/example\.com\/"[^>]*color:#000000/);
    expect([html, text].every((part) => part.includes('1 Main St'))).toBe(true);
    const ofTenant = sender.format(claimedMessage([{ ...linked, email: { account: 'tenant' } }]));
    expect(ofTenant.html).toContain('tenant.example sends notifications to');
    expect(ofTenant.html).not.toMatch(/shop\.example|ffd54f|Main St/);
  });

  it('does not name its reader where several share it', () => {
    const shared = createEmailFormatter({ brandName: 'Shop', sharedTypes: ['alert'] });
    const { html, text } = shared.format(claimedMessage([{ type: 'alert' }]));
    expect(html + text).not.toContain('ann@example.com');
    expect(text).toContain('because Shop sends you notifications.');
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
      const shown = html.match(/<h2 /g)?.length ?? 0;
      expect(shown).toBeGreaterThan(0);
      expect(html).toContain(`and ${50 - shown} more`);
    }
  });

  it('lets nobody write markup', () => {
    const tags = (html: string): readonly string[] =>
      html.match(/<[^>]*>/g)?.map((tag) => /^<\/?[a-z!]+/i.exec(tag)?.[0] ?? tag) ?? [];
    const nasty = fc.string({ unit: fc.constantFrom('<', '>', '"', "'", '&', '/', 'a', ' ', '`', '='), minLength: 1 });
    fc.assert(
      fc.property(
        nasty,
        nasty,
        nasty,
        fc.constantFrom(...BUILT_IN_LANGUAGES),
        fc.integer({ min: 1, max: 3 }),
        (title, body, id, locale, count) => {
          const format = (content: Parameters<typeof claimedMessage>[0]): string =>
            branded.format(claimedMessage(content, { readerSettings: { locale }, address: `${body}@x` })).html;
          const some = (content: { title: string; body: string; actor: { id: string } }) =>
            Array.from({ length: count }, (_, i) => ({ ...content, title: content.title + 'ab'.repeat(i) }));
          const plain = tags(format(some({ title: 'x', body: 'y', actor: { id: 'z' } })));
          expect(tags(format(some({ title, body, actor: { id } })))).toEqual(plain);
        },
      ),
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

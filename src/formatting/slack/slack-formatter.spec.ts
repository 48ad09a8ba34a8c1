import { describe, expect, it } from '@jest/globals';
import type { KnownBlock } from '@slack/types';
import fc from 'fast-check';
import { claimedMessage } from '../../../test/support/claimed-message.js';
import { blocksProblem } from '../../../test/support/slack-blocks.js';
import { type NotificationModuleOptions } from '../../config/options.js';
import { resolveOptions } from '../../config/resolve.js';
import { BUILT_IN_LANGUAGES } from '../../model/phrases.js';
import { messageFormatterContext } from './message-formatter-context.js';
import { slackContentProblem } from './slack-limits.js';
import { SlackMessageFormatterFactory } from './slack-message-formatter.factory.js';
import { escapeSlack, slackExcerpt } from './slack-text.js';

const factoryOf = (options: NotificationModuleOptions): SlackMessageFormatterFactory =>
  new SlackMessageFormatterFactory(resolveOptions(options, {}));
const factory = factoryOf({});
const hostile = fc
  .array(
    fc.oneof(
      fc.string({ unit: 'binary', maxLength: 300 }),
      fc.constantFrom('<!channel>', '<!here>', '<@U123>', '<https://evil|x>', '&lt;!here&gt;', '`*_~', '👩‍👩‍👧‍👦'.repeat(20), 'שלום'),
      fc.constantFrom('<'.repeat(3_000), '&'.repeat(500), 'e\u0301'.repeat(400)),
    ),
    { maxLength: 8 },
  )
  .map((parts) => parts.join(''));
const entry = fc.record({
  title: hostile.map((text) => text.replace(/[\p{Cc}]/gu, ' ').slice(0, 200) || 'x'),
  body: fc.option(hostile, { nil: '' }),
  actor: fc.record({ id: fc.string({ minLength: 1 }), name: hostile }),
  data: fc.constantFrom({}, { url: 'https://example.com/?a=1&b=<2>|3' }, { url: 'javascript:alert(1)' }, { threadKey: 'k' }),
  type: fc.constantFrom('alert', 'approval_request', 'build_failed', 'reminder'),
  priority: fc.constantFrom('critical' as const, 'high' as const, 'normal' as const),
});

/** Label and link of the button of a section. */
function buttonOf(block: KnownBlock): readonly string[] {
  if (block.type !== 'section' || block.accessory?.type !== 'button') return [];
  return [`${block.accessory.text.text} ${block.accessory.url ?? ''}`];
}

describe('Slack messages', () => {
  it('say the emoji and the type once, and tell the story in the first two lines', () => {
    const contents = [
      { title: 'Disk full', priority: 'high' as const, actor: { id: '1', name: 'Ann' } },
      { title: 'Fan\nlost', body: 'in db-1' },
      { title: 'Fan\nlost', body: 'in db-1' },
    ];
    const { text, blocks } = factory.format(claimedMessage(contents)).pages[0]!;
    expect(text.split('\n').slice(0, 2)).toEqual([':rotating_light: 3 alerts', ':large_orange_circle: *Disk full*']);
    expect(text).toContain('*Fan lost* (2 times)\nin db-1\n');
    expect(JSON.stringify(blocks).match(/:rotating_light:|\balerts?\b/g)).toEqual([':rotating_light:', 'alerts']);
    const [only] = factory.format(claimedMessage([{ title: 'Down', body: 'db-1', priority: 'critical' }])).pages;
    expect(only?.text).toMatch(/^:rotating_light: :red_circle: \*Down\*\ndb-1\n\*critical\* · alert · <!date/);
  });

  it('link the title, and have a button unless slack.buttons is false', () => {
    const linked = claimedMessage([{ title: 'A <b> | c', data: { url: 'https://example.com/?a=1&b=2' } }]);
    const [page] = factory.format(linked).pages;
    expect(page?.text).toContain('*<https://example.com/?a=1&amp;b=2|A &lt;b&gt; ¦ c>*');
    expect(page?.blocks.flatMap(buttonOf)).toEqual(['Investigate https://example.com/?a=1&b=2']);
    const [plain] = factoryOf({ slack: { buttons: false } }).format(linked).pages;
    expect(plain?.text).toBe(page?.text);
    expect(plain?.blocks.flatMap(buttonOf)).toEqual([]);
    const long = claimedMessage([{ title: 'Signed', data: { url: `https://example.com/${'a'.repeat(2_000)}` } }]);
    expect(factory.format(long).pages[0]).toMatchObject({ text: expect.stringContaining('*Signed*') });
    expect(factory.format(long).pages[0]?.blocks.flatMap(buttonOf)).toHaveLength(1);
  });

  it('are one page with as many entries as fit when slack.pagination is false, and count the others', () => {
    const unpaged = factoryOf({ slack: { pagination: false } });
    fc.assert(
      fc.property(fc.array(entry, { minLength: 1, maxLength: 60 }), (entries) => {
        const content = unpaged.format(claimedMessage(entries));
        expect(content.pages).toHaveLength(1);
        expect(slackContentProblem(content)).toBeUndefined();
      }),
      { numRuns: 50 },
    );
    const plain = Array.from({ length: 30 }, (_, i) => ({ title: `Disk ${i} full` }));
    const [page] = unpaged.format(claimedMessage(plain)).pages;
    expect(page?.text.match(/Disk \d+ full/g)).toHaveLength(23);
    expect(page?.text).toContain('and 7 more');
  });

  it('list the oldest first when digest.order is time', () => {
    const entries = [
      { title: 'first', priority: 'low' as const },
      { title: 'second', priority: 'critical' as const },
    ];
    const titles = (options: NotificationModuleOptions) =>
      factoryOf(options)
        .format(claimedMessage(entries))
        .pages[0]?.text.match(/first|second/g);
    expect(titles({})).toEqual(['second', 'first']);
    expect(titles({ digest: { order: 'time' } })).toEqual(['first', 'second']);
  });

  it('keep every limit and mention nobody, whatever is said, in every language', () => {
    const entries = fc.array(entry, { minLength: 1, maxLength: 23 });
    const languages = fc.constantFrom(...BUILT_IN_LANGUAGES);
    fc.assert(
      fc.property(entries, fc.integer({ min: 1, max: 10 }), languages, (contents, pageSize, locale) => {
        const content = factoryOf({ slack: { pageSize } }).format(claimedMessage(contents, { readerSettings: { locale } }));
        expect(slackContentProblem(content)).toBeUndefined();
        for (const { text, blocks } of content.pages) {
          expect(blocksProblem(blocks)).toBeUndefined();
          const said = text + JSON.stringify(blocks);
          // What is left of < opens our own dates and links and nothing else.
          for (const [, inside = ''] of said.matchAll(/<([^>]{0,12})/g)) expect(inside).toMatch(/^(!date\^|https?:\/\/)/);
        }
      }),
      { numRuns: 150 },
    );
  });

  it('cut between graphemes and never inside of an entity', () => {
    fc.assert(
      fc.property(hostile, fc.integer({ min: 1, max: 500 }), (text, limit) => {
        const cut = slackExcerpt(text, limit);
        expect(cut.length).toBeLessThanOrEqual(Math.max(limit, 1));
        const kept = cut.endsWith('…') && cut !== escapeSlack(text) ? cut.slice(0, -1) : cut;
        expect(escapeSlack(text).startsWith(kept)).toBe(true);
        expect(kept).not.toMatch(/&[a-z]{0,3}$/);
      }),
    );
    expect(slackExcerpt('👩‍👩‍👧‍👦👩‍👩‍👧‍👦', 15)).toBe('👩‍👩‍👧‍👦…');
    expect(slackExcerpt('a&b', 5)).toBe('a…');
  });

  it('say the same in the text as in the blocks', () => {
    const { pages } = factory.format(
      claimedMessage([
        { title: 'Disk <full>', body: 'on /dev/sda', actor: { id: '1', name: 'Ann' } },
        { title: 'Pay rent', type: 'reminder' },
      ]),
    );
    const [page] = pages;
    for (const block of page!.blocks) {
      const texts =
        block.type === 'context' ? block.elements.map((e) => ('text' in e ? e.text : '')) : 'text' in block ? [block.text] : [];
      for (const said of texts) expect(page!.text).toContain(typeof said === 'string' ? said : said.text);
    }
    expect(page!.text).toContain('Disk &lt;full&gt;');
  });

  it.each([
    ['alert', ':rotating_light:'],
    ['system_update', ':package:'],
    ['approval_request', ':ballot_box_with_check:'],
    ['reminder', ':alarm_clock:'],
    ['announcement', ':mega:'],
    ['build_failed', ':bell:'],
  ])('show %s with %s', (type, icon) => {
    expect(factory.format(claimedMessage([{ type }, { type, title: 'b' }])).pages[0]?.text).toMatch(new RegExp(`^${icon} 2 `));
  });

  it('show each entry of a digest of several types in the style of its own type', () => {
    const contents = [
      { title: 'Disk', type: 'alert', data: { url: 'https://example.com/a' } },
      { title: 'Trip', type: 'approval_request', data: { url: 'https://example.com/b' } },
      { title: 'Build', type: 'build_failed' },
    ];
    const text = factory.format(claimedMessage(contents)).pages[0]?.text ?? '';
    expect(text).toMatch(/^:bell: 3 notifications/);
    expect(text).toContain(':rotating_light: *<https://example.com/a|Disk>*\nalert · ');
    expect(text).toContain(':ballot_box_with_check: *<https://example.com/b|Trip>*\napproval request · ');
    const labels = factory.format(claimedMessage(contents)).pages[0]?.blocks.flatMap(buttonOf);
    expect(labels).toEqual(['Investigate https://example.com/a', 'Review https://example.com/b']);
    expect(text).toContain(':bell: *Build*\nbuild failed · ');
  });

  it('are made of a context that names the authors and the window', () => {
    const [ann, bob] = [
      { id: '1', name: 'Ann' },
      { id: '2', name: '' },
    ];
    const window = { openedAt: 1, dueAt: 5, closedAt: 3, closedBy: 'count' } as const;
    const contents = [{ actor: ann }, {}, { actor: bob }, { actor: { ...ann, name: 'Anna' } }, { actor: ann }];
    const context = messageFormatterContext(claimedMessage(contents, { window, readerSettings: { locale: 'de' } }));
    expect(context).toMatchObject({
      authors: [
        { id: '1', name: 'Ann', count: 3 },
        { id: '2', name: '2', count: 1 },
      ],
      window,
      locale: 'de',
    });
    expect(messageFormatterContext(claimedMessage())).toMatchObject({ authors: [], locale: 'en' });
    expect(messageFormatterContext(claimedMessage()).window).toBeUndefined();
  });

  it('speak the language of their channel', () => {
    const contents = [
      { title: 'a', priority: 'high' as const, actor: { id: '1', name: 'Ann' } },
      { title: 'b', data: { url: 'https://example.com' } },
    ];
    const [page] = factory.format(claimedMessage(contents, { readerSettings: { locale: 'fr' } })).pages;
    const text = page?.text;
    for (const said of ['2 alertes', 'De Ann', '*urgent* · Ann']) expect(text).toContain(said);
    expect(page?.blocks.flatMap(buttonOf)).toEqual(['Voir https://example.com/']);
  });

  it('put what is alike under what it has in common, on each page that shows several', () => {
    const titles = [
      'Disk of <a> is 91 % full',
      'Lunch',
      ...Array.from({ length: 6 }, (_, i) => `Disk of web-${i} is 9${i} % full`),
    ];
    const { pages } = factory.format(claimedMessage(titles.map((title) => ({ title }))));
    const sections = pages.map(({ blocks }) =>
      blocks.map((block) => (block.type === 'section' ? (block.text?.text ?? '') : '')).filter((text) => text !== ''),
    );
    const common = '_Disk of &lt;a&gt;, web-0, web-1 and 4 more is 91, 90, 92 and 3 more % full_';
    expect(sections[0]?.[0]).toBe(`${common} (5)\n*Disk of &lt;a&gt; is 91 % full*`);
    expect(sections[1]).toEqual([`${common} (2)\n*Disk of web-4 is 94 % full*`, '*Disk of web-5 is 95 % full*', '*Lunch*']);
    const [alike] = factory.format(claimedMessage([{ title: 'Build 1 failed' }, { title: 'Build 2 failed' }])).pages;
    expect(alike?.text).toMatch(/^:rotating_light: 2 alerts: Build 1, 2 failed\n/);
  });

  it('make pages of five, and count what is not shown', () => {
    const contents = Array.from({ length: 12 }, (_, i) => ({ title: `n${i}` }));
    const message = claimedMessage(contents);
    const sizes = factory.format(message).pages.map(({ blocks }) => blocks.filter(({ type }) => type === 'section').length);
    expect(sizes).toEqual([5, 5, 2]);
    const limited = factory.format({ ...message, policy: { render: { limit: 3, keep: 'priority' } } as never });
    expect(limited.pages.at(-1)?.text).toContain('and 9 more');
  });
});

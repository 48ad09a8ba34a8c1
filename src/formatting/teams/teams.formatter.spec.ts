import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { claimedMessage } from '../../../test/support/claimed-message.js';
import { type AdaptiveCard } from '../../transports/teams/teams-content.js';
import { CARD_BYTES, createTeamsFormatter } from './teams.formatter.js';
import { escapeTeams, teamsLink, teamsTime } from './teams-text.js';

const formatter = createTeamsFormatter('priority');
const octets = (card: AdaptiveCard | undefined): number => Buffer.byteLength(JSON.stringify(card));
const text = (card: AdaptiveCard | undefined): string => JSON.stringify(card?.body);
const hiddenIn = (card: AdaptiveCard): number => Number(/"and (\d+) more"/.exec(text(card))?.[1] ?? 0);

const entry = fc.record({
  title: fc.string({ unit: 'grapheme', minLength: 1, maxLength: 200 }),
  body: fc.string({ unit: 'grapheme', maxLength: 3_000 }),
  actor: fc.record({ id: fc.string({ minLength: 1 }), name: fc.string({ maxLength: 300 }) }),
  data: fc.constantFrom({}, { url: 'https://example.com/?a=(1)&b=<2>' }, { url: 'javascript:alert(1)' }),
  priority: fc.constantFrom('critical' as const, 'high' as const, 'normal' as const),
});

describe('Teams cards', () => {
  it('stay within their octets, show whole entries, and count the others', () => {
    fc.assert(
      fc.property(fc.array(entry, { minLength: 1, maxLength: 80 }), (entries) => {
        const { card, shorter } = formatter.format(claimedMessage(entries));
        expect(octets(card)).toBeLessThanOrEqual(CARD_BYTES);
        expect(octets(shorter)).toBeLessThanOrEqual(CARD_BYTES / 2);
        expect(text(card)).not.toContain('javascript:');
      }),
      { numRuns: 50 },
    );
    const many = Array.from({ length: 60 }, (_, i) => ({
      title: `Disk of host ${i} is ${'nearly '.repeat(10)}full`,
      body: 'b'.repeat(170),
    }));
    const { card, shorter } = formatter.format(claimedMessage(many));
    const shown = text(card).match(/Disk of host/g)?.length ?? 0;
    expect(shown).toBeGreaterThan(25);
    expect(shown + hiddenIn(card)).toBe(60);
    const fewer = text(shorter).match(/Disk of host/g)?.length ?? 0;
    expect(fewer).toBeLessThanOrEqual(shown / 2);
    expect(fewer + hiddenIn(shorter as AdaptiveCard)).toBe(60);
  });

  it('carry the id of the message, a heading in the language of the reader, and each repeat as a number', () => {
    const contents = [{ title: 'Disk full' }, { title: 'Disk full' }, { title: 'Fan lost' }];
    const message = claimedMessage(contents, { readerSettings: { locale: 'de' } });
    const { card } = formatter.format(message);
    expect(card['id']).toBe(message.messageId);
    expect(text(card)).toContain('3 Warnungen');
    expect(text(card)).toMatch(/Disk full .*2/);
  });

  it('put what is alike under what it has in common', () => {
    const titles = ['Disk of [a] is 91 % full', 'Lunch', 'Disk of b is 97 % full'];
    const blocks = formatter.format(claimedMessage(titles.map((title) => ({ title })))).card.body;
    const texts = blocks.map((block) => block['text'] ?? (block['items'] as readonly { text: string }[])[0]?.text);
    expect(texts).toEqual([
      '3 alerts',
      'Disk of \\[a\\], b is 91, 97 % full',
      'Disk of \\[a\\] is 91 % full',
      'Disk of b is 97 % full',
      'Lunch',
    ]);
  });

  it('link the only entry by a button, and those of a digest by their titles', () => {
    const linked = { title: 'Build 7', data: { url: 'https://ci.example.com/7' } };
    expect(text(formatter.format(claimedMessage([linked])).card)).toContain('"Action.OpenUrl","title":"Investigate"');
    const digest = text(formatter.format(claimedMessage([linked, { title: 'Build 8' }])).card);
    expect(digest).toContain('[Build 7](https://ci.example.com/7)');
    expect(digest).not.toContain('Action.OpenUrl');
  });

  it('say the type of each entry only where there are several', () => {
    const said = (types: readonly string[]): number =>
      text(formatter.format(claimedMessage(types.map((type, i) => ({ type, title: `n${i}` })))).card).match(/"alert · /g)
        ?.length ?? 0;
    expect([['alert'], ['alert', 'alert'], ['alert', 'reminder', 'alert']].map(said)).toEqual([1, 0, 2]);
  });

  it('show the text of others as it is: no formatting, mention or function comes from it', () => {
    expect(escapeTeams('*b* _i_ [x](y) `c`')).toBe('\\*b\\* \\_i\\_ \\[x\\]\\(y\\) \\`c\\`');
    expect(escapeTeams('- item\n+ item')).toBe('\\- item\n\\+ item');
    expect(escapeTeams('1. first').replace('\u200b', '|')).toBe('1|. first');
    expect(escapeTeams('<at>Everybody</at>')).not.toMatch(/<\/?at>/);
    expect(escapeTeams('{{DATE(2026-11-20T09:00:00Z)}}')).not.toContain('{{');
    expect(teamsLink('x', 'https://a/(b)')).toBe('[x](https://a/%28b%29)');
    expect(teamsTime(Date.UTC(2026, 10, 20, 9))).toBe('{{DATE(2026-11-20T09:00:00Z,SHORT)}} {{TIME(2026-11-20T09:00:00Z)}}');
  });
});

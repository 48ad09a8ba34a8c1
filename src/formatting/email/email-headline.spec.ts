import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { claimedMessage } from '../../../test/support/claimed-message.js';
import { BUILT_IN_LANGUAGES } from '../../model/phrases.js';
import { textHeader } from '../../transports/email/mime/header.js';
import { createEmailFormatter } from './email.formatter.js';

const formatter = createEmailFormatter({});
const of = (type: string, count: number): readonly { type: string; title: string }[] =>
  Array.from({ length: count }, (_, i) => ({ type, title: `${type} ${i}` }));

describe('what is seen of a mail in a list of mails', () => {
  it.each([
    [['Lisbon offsite'], '2 alerts: Lisbon offsite'],
    [['Disk full', 'Fan lost', 'Power out'], '3 alerts: Disk full, Fan lost, Power out'],
    [['Disk full', 'Fan lost', 'Power out', 'Smoke'], '4 alerts: Disk full, Fan lost, Power out, …'],
    [['Disk of a is full', 'Fan lost', 'Disk of b is full'], '3 alerts: Disk of a, b is full, Fan lost'],
    [['First\n line', 'b'.repeat(60), 'Third'], '3 alerts: First line, …'],
    [['a'.repeat(100), 'b'], `2 alerts: ${'a'.repeat(58)}…`],
  ])('%#: names the first titles in its subject', (titles, subject) => {
    const contents = titles.length === 1 ? [...titles, ...titles] : titles;
    expect(formatter.format(claimedMessage(contents.map((title) => ({ title })))).subject).toBe(subject);
  });

  it('names titles also of a digest of several types, where there is room', () => {
    const contents = [...of('reminder', 1), ...of('alert', 1)];
    expect(formatter.format(claimedMessage(contents)).subject).toBe('2 notifications: 1 alert, 1 reminder – reminder 0, alert 0');
    const long = [{ title: 't'.repeat(90), type: 'x'.repeat(60) }, ...of('alert', 1)];
    expect(formatter.format(claimedMessage(long)).subject).toBe(`2 notifications: 1 alert, 1 ${'x'.repeat(60)}`);
  });

  it('shows lists of mails what the subject does not say', () => {
    const preview = (contents: readonly { readonly title: string; readonly body?: string }[]): string | undefined =>
      /mso-hide:all">([^<]*)</.exec(formatter.format(claimedMessage(contents)).html)?.[1];
    expect(preview(['a', 'b', 'c', 'd', 'e'].map((title) => ({ title })))).toBe('d, e');
    const alike = ['Build 1 failed', 'Build 2 failed'].map((title) => ({ title, actor: { id: '1', name: 'CI' } }));
    expect(preview(alike)).toBe('Build 1 failed, Build 2 failed');
    expect(preview([{ title: 'Down', body: 'db-1 does not\n\nanswer' }])).toBe('db-1 does not answer');
    expect(preview([{ title: 'Down' }])).toBe('');
  });

  it('is one header line, whatever is said, in every language', () => {
    const nasty = fc.string({
      unit: fc.constantFrom('\r', '\n', ':', ' ', 'B', 'c', 'ü', '\0', '\u2028', '=?', '<'),
      minLength: 1,
    });
    fc.assert(
      fc.property(fc.array(nasty, { minLength: 1, maxLength: 4 }), fc.constantFrom(...BUILT_IN_LANGUAGES), (titles, locale) => {
        const message = claimedMessage(
          titles.map((title) => ({ title })),
          { readerSettings: { locale } },
        );
        const header = textHeader('Subject', formatter.format(message).subject);
        // Lines of a folded header begin with a space (RFC 5322 §2.2.3).
        expect(header.replaceAll('\r\n ', '')).toMatch(/^Subject: [\x20-\x7e]*\r\n$/);
      }),
    );
  });
});

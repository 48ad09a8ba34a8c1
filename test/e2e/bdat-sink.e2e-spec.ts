import { afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import PostalMime from 'postal-mime';
import { claimedMessage } from '../support/claimed-message.js';
import { BdatSink } from '../support/bdat-sink.js';
import { EmailBench, outgoing, verdicts } from '../support/email.js';
import { EximServer } from '../support/exim.js';
import { PostfixServer } from '../support/postfix.js';
import { dialogue } from '../support/smtp-dialogue.js';

const bench = new EmailBench();
afterEach(() => bench.stop());

/** Octets of a mail that look like commands, an end of data and a dot; with a lone CR and octets above 127. */
const CONTENT = 'Subject: x\r\n\r\n.\r\nQUIT\r\nRSET\r\n..dots\r\n\xff\xfe \x80\r\n';
const bdat = (content: string, last = ' LAST'): string => `BDAT ${content.length}${last}\r\n${content}`;
const MAIL = 'MAIL FROM:<robot@a.example>\r\n';
const rcpt = (who: string): string => `RCPT TO:<${who}@b.example>\r\n`;
const mail = (...who: readonly string[]): string => `${MAIL}${who.map(rcpt).join('')}${bdat(CONTENT)}`;
const QUIT = 'QUIT\r\n';

/** What is said in one write, and how many replies there must be. */
const DIALOGUES: readonly (readonly [what: string, text: string, replies: number])[] = [
  ['one mail', mail('ann'), 3],
  ['many mails', mail('ann').repeat(20), 60],
  ['many mails with RSET between', `${mail('ann')}RSET\r\n`.repeat(20), 80],
  ['several recipients, some refused', mail('ann', 'nobody', 'eve'), 5],
  ['a mail whose only recipient is refused, RSET, and another', `${mail('nobody')}RSET\r\n${mail('ann')}`, 7],
  ['many of them', `${mail('nobody')}RSET\r\n`.repeat(5) + mail('ann'), 23],
  ['BDAT without MAIL, RSET, and a mail', `${bdat(CONTENT)}RSET\r\n${mail('ann')}`, 5],
  ['MAIL that is refused, RSET, and a mail', `MAIL FROM:robot at a\r\n${rcpt('ann')}${bdat(CONTENT)}RSET\r\n${mail('ann')}`, 7],
  ['two chunks', `${MAIL}${rcpt('ann')}${bdat(CONTENT, '')}${bdat(CONTENT)}`, 4],
  ['an empty last chunk', `${MAIL}${rcpt('ann')}${bdat(CONTENT, '')}${bdat('')}`, 4],
];

const classes = (codes: readonly number[]): readonly number[] => codes.map((code) => Math.floor(code / 100));

describe('the sink that speaks CHUNKING, beside Postfix and Exim', () => {
  let sink: BdatSink;
  let postfix: PostfixServer;
  let exim: EximServer;
  beforeAll(async () => {
    [sink, postfix, exim] = await Promise.all([BdatSink.start(), PostfixServer.start(), EximServer.start()]);
  });

  it.each(DIALOGUES)('answers %s in the same way', async (_, text, replies) => {
    const [own, ofPostfix, ofExim] = await Promise.all([sink, postfix, exim].map(({ port }) => dialogue(port, `${text}${QUIT}`)));
    expect(own).toHaveLength(replies);
    expect(own).toEqual(ofPostfix);
    expect(classes(own ?? [])).toEqual(classes(ofExim ?? []));
  });

  it('G1 G6 all three take the same mails from the transport, and refuse the same', async () => {
    const body = '.\n..\n. dots\nüber 東京 👩‍👩‍👧‍👦\n\tend \n.';
    const names = Array.from({ length: 60 }, (_, i) => (i % 10 === 7 ? 'nobody' : `reader-${i}`));
    const messages = names.map((name, i) => claimedMessage([{ title: `Mail ${i} ü`, body }], { address: `${name}@example.com` }));
    const expected = names.map((name) => (name === 'nobody' ? 'permanent address_rejected' : 'accepted'));
    const all = await Promise.all(
      [sink, postfix, exim].map(async ({ url }) => {
        const attachments = [{ filename: 'octets', content: Uint8Array.from({ length: 256 }, (_, octet) => octet) }];
        const mails = messages.map(outgoing).map(({ message, content }, i) => ({
          message,
          content: i % 5 === 0 ? { ...content, attachments } : content,
        }));
        return bench.transport(url, { poolSize: 1 }).send(mails, { lane: 'normal', signal: new AbortController().signal });
      }),
    );
    for (const results of all) expect(verdicts(results)).toEqual(expected);
    const count = expected.filter((verdict) => verdict === 'accepted').length;
    const isOurs = (raw: string): boolean => raw.includes('X-Notification-Type');
    const taken = (await sink.mails()).map(({ raw }) => raw).filter(isOurs);
    expect(taken).toHaveLength(count);
    const texts = new Map(await Promise.all(taken.map(read)));
    expect(texts.size).toBe(count);
    for (const server of [postfix, exim]) {
      const others = (await server.mails(count, isOurs)).filter(isOurs);
      expect(new Map(await Promise.all(others.map(read)))).toEqual(texts);
    }
  });
});

/** What an independent parser reads, by Message-ID. */
async function read(raw: string): Promise<readonly [id: string, mail: unknown]> {
  const { messageId = '', subject, text, html, attachments, to } = await PostalMime.parse(Buffer.from(raw, 'latin1'));
  const files = attachments.map(({ filename, content }) => [filename, Buffer.from(content as ArrayBuffer).toString('base64')]);
  return [messageId, { subject, text: text?.trimEnd(), html: html?.trimEnd(), files, to }];
}

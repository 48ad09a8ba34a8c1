import { afterEach, describe, expect, it } from '@jest/globals';
import PostalMime from 'postal-mime';
import { type ClaimedMessage } from '../../src/model/message.js';
import { claimedMessage } from '../support/claimed-message.js';
import { EmailBench, send, verdicts } from '../support/email.js';
import { EximServer } from '../support/exim.js';

const bench = new EmailBench();
afterEach(() => bench.stop());

const BODIES = [
  'plain',
  '.\n..\n. dots\n.',
  'über größe naïve 東京 👩‍👩‍👧‍👦',
  `${'long '.repeat(400)}\nline`,
  'From me\n\n--\nsignature ',
  '\t tabs and spaces \t\n',
];

/** A second real server beside smtp-sink: one that checks what a client pipelines, and that other programs read the mail of. */
describe('Exim, into a maildir', () => {
  it('G1 G6 takes every mail once, as it was written, and a refused one harms no other', async () => {
    const server = await EximServer.start();
    bench.onStop(() => server.stop());
    const messages: ClaimedMessage[] = Array.from({ length: 120 }, (_, i) =>
      claimedMessage([{ title: `Mail ${i} ü`, body: BODIES[i % BODIES.length] ?? '' }], {
        address: i % 20 === 7 ? 'nobody@example.com' : `reader-${i}@example.com`,
      }),
    );
    const transport = bench.transport(server.url, { poolSize: 3 });
    const batches = [messages.slice(0, 40), messages.slice(40, 80), messages.slice(80)];
    const results = await Promise.all(batches.map((batch) => send(transport, batch)));
    expect(verdicts(results.flat())).toEqual(
      messages.map(({ address }) => (address.startsWith('nobody') ? 'permanent address_rejected' : 'accepted')),
    );
    const mails = await server.mails(114);
    const read = await Promise.all(mails.map((mail) => PostalMime.parse(Buffer.from(mail, 'latin1'))));
    const byReader = new Map(read.map((mail) => [mail.headers.find(({ key }) => key === 'envelope-to')?.value, mail]));
    expect(byReader.size).toBe(114);
    expect(mails).toHaveLength(114);
    for (const { address, entries } of messages) {
      if (address.startsWith('nobody')) continue;
      const mail = byReader.get(address);
      const { title, body = '' } = entries[0]!.content;
      expect(mail?.subject).toBe(title);
      expect(mail?.text).toContain(body.replace(/\s+$/, ''));
    }
  });
});

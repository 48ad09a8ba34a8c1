import { afterEach, describe, expect, it } from '@jest/globals';
import { type ClaimedMessage } from '../../src/model/message.js';
import { type EmailTransport } from '../../src/transports/email/email.transport.js';
import { type SendResult } from '../../src/transports/transport.js';
import { claimedMessage } from '../support/claimed-message.js';
import { EmailBench, verdicts } from '../support/email.js';
import { SMTP_MODES, type SmtpScript } from '../support/smtp-script.js';

const bench = new EmailBench();
afterEach(() => bench.stop());

const readers = (count: number): readonly ClaimedMessage[] =>
  Array.from({ length: count }, (_, i) => claimedMessage([{ title: 'Holiday' }], { address: `r${i}@example.com` }));

function announce(
  transport: EmailTransport,
  messages: readonly ClaimedMessage[],
  textOf: (index: number) => string = () => 'We are closed.',
): Promise<readonly SendResult[]> {
  const outgoing = messages.map((message, index) => {
    const text = textOf(index);
    return { message, content: { subject: 'Holiday', text, html: `<p>${text}</p>`, headers: {}, shared: true } };
  });
  return transport.send(outgoing, { lane: 'normal', signal: new AbortController().signal });
}

const idsOf = (contents: readonly string[]): readonly string[] =>
  contents.map((content) => /^Message-ID: (.*)$/m.exec(content)?.[1] ?? '');

describe.each(SMTP_MODES)('one mail for many readers, %s', (mode) => {
  const script = (react?: SmtpScript) => bench.script(react, { mode });

  it('goes to a hundred at a time, and names none of them', async () => {
    const server = await script();
    expect(new Set(verdicts(await announce(bench.transport(server.url), readers(250))))).toEqual(new Set(['accepted']));
    expect(server.contents).toHaveLength(3);
    expect(server.commands.filter((line) => line.startsWith('RCPT'))).toHaveLength(250);
    for (const content of server.contents) {
      expect(content).toContain('To: undisclosed-recipients:;\r\n');
      expect(content).not.toMatch(/r\d+@example\.com/);
    }
  });

  it('G6 has a result for every reader, and a retry has the same Message-ID', async () => {
    const server = await script(({ phase, argument, session }) => {
      if (phase !== 'RCPT') return undefined;
      if (argument.includes('<r1@')) return '550 5.1.1 no such user';
      return argument.includes('<r3@') && session === 1 ? '452 4.5.3 too many recipients' : undefined;
    });
    const all = readers(5);
    const first = bench.transport(server.url, { poolSize: 1 });
    const results = await announce(first, all);
    expect(verdicts(results)).toEqual(['accepted', 'permanent address_rejected', 'accepted', 'retry rate_limited', 'accepted']);
    const again = bench.transport(server.url, { poolSize: 1 });
    expect(verdicts(await announce(again, all.slice(3, 4)))).toEqual(['accepted']);
    const [id, sameId] = idsOf(server.contents);
    expect(id).toMatch(/^<s-[0-9a-f]{40}@example\.com>$/);
    expect(sameId).toBe(id);
  });

  it('sends nothing when nobody of them is taken, and goes on', async () => {
    const server = await script(({ phase, message }) => (phase === 'RCPT' && message === 1 ? '550 5.1.1 no' : undefined));
    const messages = [...readers(3), ...readers(1)];
    const results = await announce(bench.transport(server.url), messages, (index) => (index < 3 ? 'one' : 'other'));
    expect(verdicts(results)).toEqual([...Array.from({ length: 3 }, () => 'permanent address_rejected'), 'accepted']);
    expect(server.taken.map(({ recipients }) => recipients)).toEqual([['r0@example.com']]);
  });

  it('G3 is uncertain for all whom it was for when the line breaks before the answer', async () => {
    const server = await script(({ phase, session }) => (phase === 'CONTENT' && session === 1 ? 'reset' : undefined));
    const results = await announce(bench.transport(server.url, { poolSize: 1 }), readers(3));
    expect(verdicts(results)).toEqual(Array.from({ length: 3 }, () => 'uncertain uncertain'));
  });

  it('keeps apart what does not say the same', async () => {
    const server = await script();
    await announce(bench.transport(server.url), readers(6), (index) => `group ${index % 3}`);
    expect(new Set(idsOf(server.contents)).size).toBe(3);
  });
});

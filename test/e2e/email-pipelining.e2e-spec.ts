import { afterEach, describe, expect, it } from '@jest/globals';
import { claimedMessage } from '../support/claimed-message.js';
import { EmailBench, send, singles, verdicts } from '../support/email.js';
import { type SmtpScript, type SmtpScriptServer } from '../support/smtp-script.js';

const bench = new EmailBench();
afterEach(() => bench.stop());
const pipelined = (react?: SmtpScript): Promise<SmtpScriptServer> => bench.script(react, { mode: 'pipelined' });

describe('pipelining across mails (RFC 2920)', () => {
  it('sends the next mail’s envelope behind the final dot of the one before, and no more than that', async () => {
    const order: string[] = [];
    const server = await pipelined(({ phase }) => {
      order.push(phase);
      return undefined;
    });
    expect(verdicts(await send(bench.transport(server.url), singles(3)))).toEqual(['accepted', 'accepted', 'accepted']);
    const mails = ['MAIL', 'RCPT', 'DATA', 'CONTENT'];
    expect(order).toEqual(['CONNECT', 'EHLO', ...mails, ...mails, ...mails]);
    // One write a mail: the server read each content with the envelope of the next.
    expect(server.reads.filter((read) => /\r\n\.\r\nMAIL FROM/.test(read))).toHaveLength(2);
    expect(server.reads.filter((read) => /DATA\r\n./.test(read))).toHaveLength(0);
  });

  it('sends an empty content where the server wants one for nobody, and goes on', async () => {
    const server = await pipelined(({ phase, message }) => {
      if (message === 2 && phase === 'RCPT') return '550 5.1.1 no such user';
      return message === 2 && phase === 'DATA' ? '354 go on' : undefined;
    });
    const results = await send(bench.transport(server.url), singles(3));
    expect(verdicts(results)).toEqual(['accepted', 'permanent address_rejected', 'accepted']);
    expect(server.contents.map((content) => content === '')).toEqual([false, true, false]);
  });
});

describe.each(['pipelined', 'chunked'] as const)('what a server says in mid-stream, %s', (mode) => {
  const script = (react?: SmtpScript): Promise<SmtpScriptServer> => bench.script(react, { mode });
  const refused = mode === 'chunked' ? 'CONTENT' : 'DATA';
  const announced = (extension: string): string =>
    `250-script\r\n250-PIPELINING\r\n${mode === 'chunked' ? '250-CHUNKING\r\n' : ''}250 ${extension}`;

  it('takes a 421 for the mail it answers, and sends the others over a new connection', async () => {
    const server = await script(({ phase, session, message }) =>
      session === 1 && phase === 'CONTENT' && message === 2 ? '421 4.3.2 closing' : undefined,
    );
    const results = await send(bench.transport(server.url, { poolSize: 1 }), singles(4));
    expect(verdicts(results)).toEqual(['accepted', 'retry session_closed', 'accepted', 'accepted']);
    expect(server.sessions).toBe(2);
    expect(server.contents).toHaveLength(4);
  });

  it('G3 on a broken connection exactly what was written without a reply is uncertain; the rest is sent over another one', async () => {
    const server = await script(({ phase, session, message }) =>
      session === 1 && phase === 'CONTENT' && message === 2 ? 'reset' : undefined,
    );
    const results = await send(bench.transport(server.url, { poolSize: 1 }), singles(4));
    // By BDAT those behind it had been written, too.
    const behind = mode === 'chunked' ? 'uncertain uncertain' : 'accepted';
    expect(verdicts(results)).toEqual(['accepted', 'uncertain uncertain', behind, behind]);
    // Nothing was sent twice.
    expect(new Set(server.contents.map((content) => /Message-ID: (.*)/.exec(content)?.[1])).size).toBe(server.contents.length);
    expect(server.contents).toHaveLength(mode === 'chunked' ? 2 : 4);
  });

  it('keeps what the server cannot take to itself: too large (RFC 1870), an address beyond ASCII (RFC 6531)', async () => {
    const server = await script(({ phase }) => (phase === 'EHLO' ? announced('SIZE 8000') : undefined));
    const mails = [
      claimedMessage([{ body: 'x'.repeat(9_000) }]),
      ...singles(1),
      claimedMessage([{}], { address: 'jörg@example.com' }),
    ];
    const results = await send(bench.transport(server.url), mails);
    expect(verdicts(results)).toEqual(['permanent content_rejected', 'accepted', 'permanent address_rejected']);
    expect(server.commands.filter((line) => line.startsWith('MAIL'))).toEqual([expect.stringMatching(/ SIZE=\d+$/)]);
  });

  it('says an address beyond ASCII to a server that takes it', async () => {
    const server = await script(({ phase }) => (phase === 'EHLO' ? announced('SMTPUTF8') : undefined));
    const mail = claimedMessage([{}], { address: 'jörg@bücher.example' });
    expect(verdicts(await send(bench.transport(server.url), [mail]))).toEqual(['accepted']);
    const said = Buffer.from(server.commands.join('\n'), 'latin1').toString('utf8');
    expect(said).toContain('RCPT TO:<jörg@xn--bcher-kva.example>');
    expect(said).toMatch(/MAIL FROM:.* SMTPUTF8/);
  });

  it('ends a session whose server says what is no reply', async () => {
    const server = await script(({ phase, session }) => (session === 1 && phase === refused ? 'hello?' : undefined));
    expect(verdicts(await send(bench.transport(server.url), singles(2)))).toEqual([
      mode === 'chunked' ? 'uncertain uncertain' : 'retry connection_failed',
      'accepted',
    ]);
  });
});

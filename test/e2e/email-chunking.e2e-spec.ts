import { afterEach, describe, expect, it } from '@jest/globals';
import { type EmailTransport } from '../../src/transports/email/email.transport.js';
import { FIRST_IN_FLIGHT } from '../../src/transports/email/pipeline-bound.js';
import { claimedMessage } from '../support/claimed-message.js';
import { EmailBench, gate, send, singles, verdicts } from '../support/email.js';
import { type SmtpScript, type SmtpScriptServer } from '../support/smtp-script.js';
import { TcpProxy } from '../support/tcp-proxy.js';

const bench = new EmailBench();
afterEach(() => bench.stop());

const chunked = (react?: SmtpScript): Promise<SmtpScriptServer> => bench.script(react, { mode: 'chunked' });
const of = (server: SmtpScriptServer, verb: string): readonly string[] => server.commands.filter((line) => line.startsWith(verb));
const times = <T>(count: number, value: T): readonly T[] => Array.from({ length: count }, () => value);

/** After the first mail several may be in flight. */
async function warm(transport: EmailTransport): Promise<void> {
  expect(verdicts(await send(transport, singles(1)))).toEqual(['accepted']);
}

describe('BDAT with many mails in flight (RFC 3030)', () => {
  it('sends one mail alone until the server has taken it, then several without waiting for a reply', async () => {
    const order: string[] = [];
    const server = await chunked(({ phase }) => {
      order.push(phase);
      return undefined;
    });
    expect(verdicts(await send(bench.transport(server.url), singles(20)))).toEqual(times(20, 'accepted'));
    expect(server.sessions).toBe(1);
    const inOneRead = server.reads.map((read) => read.split('BDAT').length - 1);
    expect(inOneRead.find((count) => count > 0)).toBe(1);
    expect(Math.max(...inOneRead)).toBeGreaterThanOrEqual(FIRST_IN_FLIGHT);
    expect(order.slice(0, 6)).toEqual(['CONNECT', 'EHLO', 'MAIL', 'RCPT', 'BDAT', 'CONTENT']);
    expect(of(server, 'DATA')).toEqual([]);
  });

  it('counts octets, not characters, and stuffs no dot', async () => {
    const server = await chunked(({ phase }) =>
      phase === 'EHLO' ? '250-script\r\n250-PIPELINING\r\n250-CHUNKING\r\n250-SIZE\r\n250 SMTPUTF8' : undefined,
    );
    const body = '.\n..\n. dots\nüber 東京 👩‍👩‍👧‍👦\n';
    const mails = times(12, 'jörg@bücher.example').map((address) => claimedMessage([{ body }, { body: '.' }], { address }));
    expect(verdicts(await send(bench.transport(server.url), mails))).toEqual(times(12, 'accepted'));
    expect(new Set(server.contents.map((content) => content.replace(/m-[\w-]+/g, ''))).size).toBe(1);
    expect(server.contents[0]).toContain('To: jörg@xn--bcher-kva.example\r\n');
    const octets = of(server, 'BDAT').map((line) => Number(/^BDAT (\d+) LAST$/.exec(line)?.[1]));
    expect(octets).toEqual(server.contents.map((content) => Buffer.byteLength(content) + 2));
    expect(of(server, 'MAIL').map((line) => Number(/ SIZE=(\d+) SMTPUTF8$/.exec(line)?.[1]))).toEqual(octets);
  });

  it('G6 matches a refusal in mid-pipeline to its mail, and discards the answer to its BDAT', async () => {
    let first = true;
    const server = await chunked(({ phase, argument }) => {
      if (phase === 'MAIL' && first) first = false;
      else if (phase === 'MAIL' && of(server, 'MAIL').length === 3) return '450 4.3.0 not this one';
      return phase === 'RCPT' && argument.includes('nobody@') ? '550 5.1.1 no such user' : undefined;
    });
    const transport = bench.transport(server.url, { poolSize: 1 });
    await warm(transport);
    const addresses = ['a@x.example', 'b@x.example', 'nobody@x.example', 'c@x.example', 'd@x.example'];
    const results = await send(
      transport,
      addresses.map((address) => claimedMessage([{ title: address }], { address })),
    );
    expect(verdicts(results)).toEqual([
      'accepted',
      'retry temporarily_refused',
      'permanent address_rejected',
      'accepted',
      'accepted',
    ]);
    const sent = server.taken.slice(1).map(({ recipients, content }) => [recipients, /Subject: (.*)\r/.exec(content)?.[1]]);
    expect(sent).toEqual(['a@x.example', 'c@x.example', 'd@x.example'].map((address) => [[address], address]));
    expect(server.sessions).toBe(1);
  });

  it('sends no mail to the recipients of one whose BDAT was refused, whatever state the server is in', async () => {
    const server = await chunked(({ phase, message }) =>
      phase === 'CONTENT' && message % 3 === 0 ? '452 4.3.1 insufficient system storage' : undefined,
    );
    const transport = bench.transport(server.url, { poolSize: 1 });
    const messages = Array.from({ length: 30 }, (_, i) =>
      claimedMessage([{ title: `for r${i}` }], { address: `r${i}@x.example` }),
    );
    for (const batch of [messages.slice(0, 9), messages.slice(9, 12), messages.slice(12)]) await send(transport, batch);
    expect(server.taken).toHaveLength(20);
    for (const { recipients, content } of server.taken) expect(content).toContain(`To: ${recipients.join()}\r\n`);
    expect(server.sessions).toBe(1);
  });

  it('G3 on a broken connection exactly what is in flight is uncertain, and less is in flight from then on', async () => {
    const stalled = gate();
    const server = await chunked(({ phase, session, message }) => {
      if (phase !== 'CONTENT' || session !== 1 || message === 1) return undefined;
      stalled.open();
      return 'silence';
    });
    const transport = bench.transport(server.url, { poolSize: 1 });
    await warm(transport);
    const sending = send(transport, singles(10));
    await stalled.opened;
    while (of(server, 'BDAT').length < 1 + FIRST_IN_FLIGHT) await new Promise((resolve) => setImmediate(resolve));
    server.cutAll();
    expect(verdicts(await sending)).toEqual([
      ...times(FIRST_IN_FLIGHT, 'uncertain uncertain'),
      ...times(10 - FIRST_IN_FLIGHT, 'accepted'),
    ]);
    // Nothing was written that the bound did not allow, and nothing was written twice.
    expect(server.contents).toHaveLength(11);
    const written = server.reads.map((read) => read.split('BDAT').length - 1).filter((count) => count > 0);
    expect(written.slice(0, 3)).toEqual([1, FIRST_IN_FLIGHT, FIRST_IN_FLIGHT / 2]);
  });

  it('takes a 421 for the mail it answers, and sends what was written behind it over another connection', async () => {
    const server = await chunked(({ phase, session, message }) =>
      session === 1 && phase === 'RCPT' && message === 3 ? '421 4.3.2 closing' : undefined,
    );
    const results = await send(bench.transport(server.url, { poolSize: 1 }), singles(8));
    expect(verdicts(results)).toEqual(['accepted', 'accepted', 'retry session_closed', ...times(5, 'accepted')]);
    expect([server.sessions, server.taken.length]).toEqual([2, 7]);
  });

  it('stops with a channel that is refused: what is in flight has its own answers, and the rest is not written', async () => {
    const server = await chunked(({ phase, message }) =>
      phase === 'MAIL' && message > 1 ? '530 5.7.0 authentication required' : undefined,
    );
    const results = await send(bench.transport(server.url, { poolSize: 1 }), singles(30));
    expect(verdicts(results)).toEqual(['accepted', ...times(29, 'channel_unavailable credentials_rejected')]);
    expect(of(server, 'MAIL')).toHaveLength(1 + FIRST_IN_FLIGHT);
  });

  it('G9 a send that is to end waits for the answers to what is in flight, and begins nothing more', async () => {
    const reached = gate();
    const server = await chunked(({ phase, message }) => {
      if (phase === 'CONTENT' && message === 3) reached.open();
      return undefined;
    });
    const proxy = await TcpProxy.start(server.port, { delayMs: 20 });
    bench.onStop(() => proxy.stop());
    const transport = bench.transport(`smtp://127.0.0.1:${proxy.port}`, { poolSize: 1 });
    await warm(transport);
    const stopped = new AbortController();
    const sending = send(transport, singles(50), { signal: stopped.signal });
    await reached.opened;
    stopped.abort();
    const results = verdicts(await sending);
    expect(results).toEqual([
      ...times(server.taken.length - 1, 'accepted'),
      ...times(51 - server.taken.length, 'deferred interrupted'),
    ]);
    expect(server.taken.length).toBeLessThan(20);
    expect(transport.pool()).toMatchObject({ created: 1, failed: 0 });
  });
});

describe('a server that announces CHUNKING and fails', () => {
  it.each([
    ['does not know BDAT', '500 5.5.1 command unrecognized'],
    ['does not implement BDAT', '502 5.5.1 not implemented'],
    ['finds BDAT out of place', '503 bad sequence of commands'],
    ['takes BDAT for DATA', '354 go on'],
  ])('%s: mails go by DATA for as long as the process lives, and health says so', async (_, reply) => {
    const server = await chunked(({ phase }) => (phase === 'BDAT' ? reply : undefined));
    const transport = bench.transport(server.url, { poolSize: 1 });
    expect(await transport.health()).toEqual({ ok: true, detail: `SMTP server 127.0.0.1:${server.port}` });
    expect(verdicts(await send(transport, singles(5)))).toEqual(times(5, 'accepted'));
    expect(verdicts(await send(transport, singles(5)))).toEqual(times(5, 'accepted'));
    expect([server.taken.length, of(server, 'BDAT').length, of(server, 'DATA').length]).toEqual([10, 1, 10]);
    const health = await transport.health();
    expect(health.ok).toBe(true);
    expect(health.detail).toContain(`it announces CHUNKING, and mails go by DATA, one round trip each, because `);
    expect(health.detail).toContain(`BDAT with "${reply.startsWith('3') ? '354' : reply}"`);
  });

  it('refuses a mail in words that are not about BDAT: that mail is refused, and the others go by BDAT', async () => {
    const server = await chunked(({ phase, message }) =>
      phase === 'CONTENT' && message === 1 ? '503 5.7.1 not from you' : undefined,
    );
    const results = await send(bench.transport(server.url, { poolSize: 1 }), singles(3));
    expect(verdicts(results)).toEqual(['permanent content_rejected', 'accepted', 'accepted']);
    expect(of(server, 'DATA')).toEqual([]);
  });

  it('breaks the connection at the first BDAT: one mail goes by DATA before BDAT has its second and last test', async () => {
    const server = await chunked(({ phase }) => (phase === 'BDAT' ? 'reset' : undefined));
    const transport = bench.transport(server.url, { poolSize: 1 });
    expect(verdicts(await send(transport, singles(3)))).toEqual(['uncertain uncertain', 'accepted', 'accepted']);
    expect((await transport.health()).detail).not.toContain('CHUNKING');
    expect(verdicts(await send(transport, singles(3)))).toEqual(['uncertain uncertain', 'accepted', 'accepted']);
    expect((await transport.health()).detail).toContain('the connection broke each time at the first BDAT');
    expect(verdicts(await send(transport, singles(3)))).toEqual(times(3, 'accepted'));
    expect(of(server, 'BDAT')).toHaveLength(2);
  });

  it('broke once for another cause: mails go by BDAT again', async () => {
    const server = await chunked(({ phase, session }) => (phase === 'BDAT' && session === 1 ? 'reset' : undefined));
    const transport = bench.transport(server.url, { poolSize: 1 });
    await send(transport, singles(3));
    expect(verdicts(await send(transport, singles(5)))).toEqual(times(5, 'accepted'));
    expect(of(server, 'BDAT')).toHaveLength(6);
  });
});

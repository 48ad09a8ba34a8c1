import { inspect } from 'node:util';
import { afterEach, describe, expect, it } from '@jest/globals';
import { RESERVE_IDLE_MS } from '../../src/transports/email/smtp-pool.js';
import { PROBE_AFTER_IDLE_MS, STOP_MS } from '../../src/transports/email/smtp-session.js';
import { claimedMessage } from '../support/claimed-message.js';
import { watch, watchFor } from '../support/canaries.js';
import { EmailBench, gate, send, singles, verdicts } from '../support/email.js';
import { SMTP_MODES, type SmtpPhase, type SmtpScript, type SmtpScriptServer } from '../support/smtp-script.js';
import { ManualClock } from '../../src/testing/manual-clock.js';

const bench = new EmailBench();
afterEach(() => bench.stop());

describe.each(SMTP_MODES)('e-mail, %s, over a server that fails at a given time', (mode) => {
  const isChunked = mode === 'chunked';
  const script = (react?: SmtpScript): Promise<SmtpScriptServer> => bench.script(react, { mode });
  /** By `BDAT` the content is written with its envelope, so from MAIL on it may have been taken. */
  const CUTS: readonly (readonly [SmtpPhase, string])[] = [
    ['CONNECT', 'retry connection_failed'],
    ['EHLO', 'retry connection_failed'],
    ['MAIL', isChunked ? 'uncertain uncertain' : 'retry connection_failed'],
    ['RCPT', isChunked ? 'uncertain uncertain' : 'retry connection_failed'],
    isChunked ? ['BDAT', 'uncertain uncertain'] : ['DATA', 'retry connection_failed'],
    ['CONTENT', 'uncertain uncertain'],
  ];

  it.each(CUTS)('G3 knows whether the whole content was written when the connection is cut at %s', async (phase, verdict) => {
    for (const reaction of ['cut', 'reset'] as const) {
      const server = await script((at) => (at.phase === phase ? reaction : undefined));
      expect(verdicts(await send(bench.transport(server.url), singles(1)))).toEqual([verdict]);
      expect(server.contents).toHaveLength(phase === 'CONTENT' ? 1 : 0);
    }
  });

  it('G6 a refused address, a refused content and a broken line harm no other mail of the batch', async () => {
    const server = await script(({ phase, argument, session, message }) => {
      if (phase === 'RCPT' && argument.includes('nobody@')) return '550 5.1.1 no such user';
      if (phase === 'CONTENT' && session === 1 && message === 3) return '554 5.7.1 spam';
      if (phase === 'CONTENT' && session === 1 && message === 5) return 'cut';
      return undefined;
    });
    const messages = Array.from({ length: 16 }, (_, i) =>
      claimedMessage([{}], { address: i === 1 ? 'nobody@example.com' : `a${i}@example.com` }),
    );
    const transport = bench.transport(server.url, { poolSize: 1 });
    const results = verdicts(await send(transport, messages));
    expect(results.slice(0, 5)).toEqual([
      'accepted',
      'permanent address_rejected',
      'permanent content_rejected',
      'accepted',
      'uncertain uncertain',
    ]);
    // By BDAT those that were written behind it may have been taken as well; none of them was here.
    expect(results.slice(5).every((verdict) => verdict === 'accepted' || (isChunked && verdict.startsWith('uncertain')))).toBe(
      true,
    );
    expect(transport.pool()).toMatchObject({ created: 2, failed: 1 });
    const sentTwice = Map.groupBy(server.taken, ({ recipients }) => recipients.join());
    expect([...sentTwice.values()].every((mails) => mails.length === 1)).toBe(true);
    // By DATA a refused content ends its transaction by itself; a refused address does not.
    if (!isChunked) expect(server.commands.filter((line) => line === 'RSET')).toHaveLength(1);
  });

  it.each([
    ['RCPT', '421 4.3.2 shutting down', 'retry session_closed', undefined],
    ['CONTENT', '421 4.3.2 shutting down', 'retry session_closed', undefined],
    ['MAIL', '450 4.7.1 too many messages, try again in 30 seconds', 'retry rate_limited', 30_000],
    ['RCPT', '451 4.2.0 Greylisted, please try again in 5 minutes', 'retry temporarily_refused', 300_000],
    ['RCPT', '550 5.1.1 no such user', 'permanent address_rejected', undefined],
    ['CONTENT', '550 5.7.1 looks like spam', 'permanent content_rejected', undefined],
    ['CONTENT', '552 5.3.4 too big', 'permanent content_rejected', undefined],
    ['MAIL', '530 5.7.0 authentication required', 'channel_unavailable credentials_rejected', undefined],
    ['CONNECT', '421 too many connections', 'retry session_closed', undefined],
    ['CONNECT', '554 go away', 'retry connection_failed', undefined],
  ] as const)('at %s, %j is: %s', async (at, reply, verdict, retryAfterMs) => {
    const server = await script(({ phase }) => (phase === at ? reply : undefined));
    const [result] = await send(bench.transport(server.url), singles(1));
    expect(verdicts([result!])).toEqual([verdict]);
    expect(result).toMatchObject({ failure: { message: expect.any(String) } });
    expect(result?.status === 'failed' ? result.retryAfterMs : 0).toBe(retryAfterMs);
  });

  it('gives the rest of a batch back when connection after connection breaks', async () => {
    const server = await script(({ phase }) => (phase === 'DATA' || phase === 'BDAT' ? 'cut' : undefined));
    const [first, ...others] = verdicts(await send(bench.transport(server.url), singles(20)));
    expect(first).toBe(isChunked ? 'uncertain uncertain' : 'retry connection_failed');
    expect(new Set(others)).toEqual(new Set(['retry connection_failed']));
    expect(server.sessions).toBe(2);
  });

  it('replaces a connection that the server closed while it was idle, without a failed mail', async () => {
    const server = await script();
    const clock = new ManualClock();
    const transport = bench.transport(server.url, { clock });
    await send(transport, singles(1));
    clock.advance(PROBE_AFTER_IDLE_MS + 1);
    server.cutAll();
    expect(verdicts(await send(transport, singles(1)))).toEqual(['accepted']);
    expect(server.sessions).toBe(2);
  });

  it('asks a connection that was idle for long whether it lives, and goes on over it', async () => {
    const server = await script();
    const clock = new ManualClock();
    const transport = bench.transport(server.url, { clock });
    await send(transport, singles(1));
    expect(server.commands).not.toContain('RSET');
    clock.advance(PROBE_AFTER_IDLE_MS + 1);
    await send(transport, singles(1));
    expect(server.commands.filter((line) => line === 'RSET')).toHaveLength(1);
    expect(server.sessions).toBe(1);
  });

  it('G5 sends what is critical over its own connection while the pool is full, and closes that when idle', async () => {
    const full = gate();
    const server = await script(({ phase, session }) => {
      if ((phase !== 'DATA' && phase !== 'BDAT') || session !== 1) return undefined;
      full.open();
      return 'silence';
    });
    const clock = new ManualClock();
    const transport = bench.transport(server.url, { poolSize: 1, clock });
    const stopped = new AbortController();
    const waiting = send(transport, singles(1), { signal: stopped.signal });
    await full.opened;
    expect(verdicts(await send(transport, singles(3), { lane: 'critical' }))).toEqual(['accepted', 'accepted', 'accepted']);
    expect(transport.pool()).toMatchObject({ size: 2, inUse: 1, idle: 1, created: 2 });
    clock.advance(RESERVE_IDLE_MS);
    await server.until(1);
    expect(transport.pool()).toMatchObject({ size: 1, inUse: 1, idle: 0 });
    stopped.abort();
    clock.advance(STOP_MS);
    expect(verdicts(await waiting)).toEqual([isChunked ? 'uncertain uncertain' : 'retry interrupted']);
  });

  it('gives up soon when it is told to, and says whether the mail may have been taken', async () => {
    const stalls = [
      isChunked ? ['BDAT', 'uncertain uncertain'] : ['DATA', 'retry interrupted'],
      ['CONTENT', 'uncertain uncertain'],
    ];
    for (const [phase, verdict] of stalls) {
      const reached = gate();
      const server = await script((at) => {
        if (at.phase !== phase) return undefined;
        reached.open();
        return 'silence';
      });
      const stopped = new AbortController();
      const sending = send(bench.transport(server.url), singles(3), { signal: stopped.signal });
      await reached.opened;
      stopped.abort();
      expect(verdicts(await sending)).toEqual([verdict, 'deferred interrupted', 'deferred interrupted']);
    }
  });

  it('says when it has a connection: after the session was opened, before the first mail, once for a batch', async () => {
    const happened: string[] = [];
    const server = await script(({ phase, session, message }) => {
      happened.push(phase);
      return phase === 'CONTENT' && session === 1 && message === 1 ? 'cut' : undefined;
    });
    const results = await send(bench.transport(server.url), singles(2), { connected: () => happened.push('connected') });
    expect(verdicts(results)).toEqual(['uncertain uncertain', 'accepted']);
    expect(happened.slice(0, 4)).toEqual(['CONNECT', 'EHLO', 'connected', 'MAIL']);
    expect(happened.filter((what) => what === 'connected')).toHaveLength(1);
  });

  it('G8 takes no more than 64 KiB of one reply', async () => {
    for (const [at, verdict] of [
      ['MAIL', isChunked ? 'uncertain uncertain' : 'retry connection_failed'],
      ['CONTENT', 'uncertain uncertain'],
    ] as const) {
      const server = await script(({ phase, session }) => (phase === at && session === 1 ? 'endless' : undefined));
      const results = await send(bench.transport(server.url), singles(2));
      expect(verdicts(results)).toEqual([verdict, 'accepted']);
      expect(inspect(results)).toContain('a reply of more than 65536 bytes');
    }
  });

  it('G10 shows neither user nor password when they are refused', async () => {
    const server = await script(({ phase, argument }) => {
      if (phase === 'EHLO') return '250-script\r\n250 AUTH PLAIN';
      return phase === 'AUTH' ? `535 5.7.8 wrong: ${argument}` : undefined;
    });
    const transport = bench.transport(server.url.replace('//', '//robot:s3cr%23t@'));
    watchFor('the SMTP password', 's3cr#t');
    watchFor('the SMTP login', '\0robot\0s3cr#t');
    const results = await send(transport, singles(2));
    expect(verdicts(results)).toEqual(['channel_unavailable credentials_rejected', 'channel_unavailable credentials_rejected']);
    const shown = inspect([results, transport, await transport.health(), transport.pool()], { depth: 20, showHidden: true });
    watch('what the transport shows', shown);
  });

  it('G9 closes every connection and timer', async () => {
    const server = await script();
    const clock = new ManualClock();
    const transport = bench.transport(server.url, { clock, poolSize: 2 });
    await Promise.all([
      send(transport, singles(2)),
      send(transport, singles(2)),
      send(transport, singles(2), { lane: 'critical' }),
    ]);
    expect(server.open).toBe(3);
    await transport.close();
    expect(clock.pending).toBe(0);
    await server.until(0);
    expect(server.open).toBe(0);
    expect(server.commands.filter((line) => line === 'QUIT')).toHaveLength(3);
  });
});

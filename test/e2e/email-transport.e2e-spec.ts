import { afterEach, describe, expect, it } from '@jest/globals';
import { inspect } from 'node:util';
import PostalMime from 'postal-mime';
import { createEmailFormatter } from '../../src/formatting/email/email.formatter.js';
import { type Clock, SystemClock } from '../../src/model/clock.js';
import { type ClaimedMessage, type Lane } from '../../src/model/message.js';
import { type EmailContent } from '../../src/transports/email/email-content.js';
import { FIRST_BACK_OFF_MS } from '../../src/transports/email/connect-gate.js';
import { EmailTransport } from '../../src/transports/email/email.transport.js';
import { RESERVE_IDLE_MS } from '../../src/transports/email/smtp-pool.js';
import { PROBE_AFTER_IDLE_MS } from '../../src/transports/email/smtp-session.js';
import { type OutgoingMessage, type SendResult } from '../../src/transports/transport.js';
import { claimedMessage } from '../support/claimed-message.js';
import { freePort } from '../support/free-port.js';
import { readWithPython } from '../support/python-mail.js';
import { type SmtpScript, SmtpScriptServer } from '../support/smtp-script.js';
import { StoppedClock } from '../support/stopped-clock.js';
import { SmtpSink, type SmtpSinkOptions } from '../support/smtp-sink.js';
import { TcpProxy } from '../support/tcp-proxy.js';

const FROM = 'Nörd, "the" <notifications@example.com>';
const formatter = createEmailFormatter({ unsubscribeUrl: 'https://example.com/leave?who={address}' });
const stack: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const stop of stack.splice(0).reverse()) await stop();
});

async function sink(options?: SmtpSinkOptions): Promise<SmtpSink> {
  const server = await SmtpSink.start(options);
  stack.push(() => server.stop());
  return server;
}

async function script(react?: SmtpScript): Promise<SmtpScriptServer> {
  const server = await SmtpScriptServer.start(react);
  stack.push(() => server.stop());
  return server;
}

function transportTo(
  smtpUrl: string,
  { poolSize = 5, clock = new SystemClock() }: { poolSize?: number; clock?: Clock } = {},
): EmailTransport {
  const transport = new EmailTransport({ smtpUrl, from: FROM, poolSize }, clock, () => 0);
  stack.push(() => transport.close());
  return transport;
}

function outgoing(message: ClaimedMessage): OutgoingMessage<EmailContent> {
  return { message, content: formatter.format(message) };
}

function send(
  transport: EmailTransport,
  messages: readonly ClaimedMessage[],
  { lane = 'normal', signal = new AbortController().signal }: { lane?: Lane; signal?: AbortSignal } = {},
): Promise<readonly SendResult[]> {
  return transport.send(messages.map(outgoing), { lane, signal });
}

function verdicts(results: readonly SendResult[]): readonly string[] {
  return results.map((result) => (result.status === 'accepted' ? 'accepted' : `${result.kind} ${result.failure.reason}`));
}

const singles = (count: number): readonly ClaimedMessage[] => Array.from({ length: count }, () => claimedMessage());

describe('e-mail over a real SMTP server', () => {
  it('sends one delivery and a digest that two independent parsers read without a defect', async () => {
    const server = await sink();
    const direct = claimedMessage([{ title: 'Grüße aus 東京 🚀', body: 'Line 1\n.dot\nFrom here', type: 'announcement' }], {
      address: 'jo@bücher.example',
    });
    const digest = claimedMessage([
      { title: 'Disk full', priority: 'high', actor: { id: '1', name: 'Ann' } },
      { title: 'Disk full', priority: 'high', actor: { id: '1', name: 'Ann' } },
      { title: 'Pay rent', type: 'reminder', data: { url: 'https://example.com/?a=1&b=2' } },
    ]);
    expect(verdicts(await send(transportTo(server.url), [direct, digest]))).toEqual(['accepted', 'accepted']);

    const mails = (await server.mails()).toSorted((a, b) => (b.to[0] ?? '').localeCompare(a.to[0] ?? ''));
    expect(mails.map(({ from, to }) => [from, ...to])).toEqual([
      ['notifications@example.com', 'jo@xn--bcher-kva.example'],
      ['notifications@example.com', 'ann@example.com'],
    ]);
    const [first, second] = readWithPython(mails.map(({ raw }) => raw));
    expect([first?.defects, second?.defects]).toEqual([[], []]);
    expect(Object.fromEntries(first?.headers ?? [])).toEqual(
      Object.fromEntries([
        ['From', '"Nörd, \\"the\\"" <notifications@example.com>'],
        ['To', 'jo@xn--bcher-kva.example'],
        ['Subject', 'Grüße aus 東京 🚀'],
        ['Message-ID', `<${direct.messageId}@example.com>`],
        ['Date', 'Fri, 20 Nov 2026 09:01:00 +0000'],
        ['List-Unsubscribe', '<https://example.com/leave?who=jo%40b%C3%BCcher.example>'],
        ['List-Unsubscribe-Post', 'List-Unsubscribe=One-Click'],
        ['X-Notification-Type', 'announcement'],
        ['X-Notification-Count', '1'],
        ['Auto-Submitted', 'auto-generated'],
        ['MIME-Version', '1.0'],
        ['Content-Type', expect.stringContaining('multipart/alternative')],
      ]),
    );
    expect(first?.text).toContain('Line 1\n.dot\nFrom here');
    const headers = new Map(second?.headers);
    expect(headers.get('Subject')).toBe('3 notifications: 2 alerts, 1 reminder');
    expect(headers.get('X-Notification-Type')).toBe('mixed');
    expect(headers.get('X-Notification-Count')).toBe('3');

    const parsed = await PostalMime.parse(mails[1]?.raw ?? '');
    expect(parsed.messageId).toBe(`<${digest.messageId}@example.com>`);
    expect(parsed.text).toContain('Disk full (2 times)');
    expect(parsed.text).toContain('Pay rent');
    expect(parsed.html).toContain('href="https://example.com/?a=1&amp;b=2"');
  });

  it('lets no header, recipient or markup in through a title, a name, an address or a header', async () => {
    const server = await sink();
    const message = claimedMessage([
      {
        title: 'Hi\r\nBcc: eve@example.com\r\n\r\n<script>alert(1)</script>',
        actor: { id: '1', name: '"><img src=x onerror=y>' },
        body: '\r\n.\r\nMAIL FROM:<eve@example.com>',
      },
    ]);
    const { content } = outgoing(message);
    const headers = {
      ...content.headers,
      'X-Good': 'a\r\nBcc: eve@example.com',
      Bcc: 'eve@example.com',
      'X-B\r\nBcc': 'eve@example.com',
      'x-notification-count': '9',
    };
    const transport = transportTo(server.url);
    const results = await transport.send([{ message, content: { ...content, headers } }], {
      lane: 'normal',
      signal: new AbortController().signal,
    });
    expect(verdicts(results)).toEqual(['accepted']);

    const [mail, ...others] = await server.mails();
    expect(others).toEqual([]);
    expect(mail?.to).toEqual(['ann@example.com']);
    const [read] = readWithPython([mail?.raw ?? '']);
    expect(read?.defects).toEqual([]);
    const names = read?.headers.map(([name]) => name.toLowerCase()) ?? [];
    expect(names).not.toContain('bcc');
    expect(names.filter((name) => name === 'x-notification-count')).toHaveLength(1);
    expect(new Map(read?.headers).get('X-Good')).toBe('a Bcc: eve@example.com');
    expect(read?.html).not.toMatch(/<script|<img/);
    expect(read?.html).toContain('&lt;script&gt;');
  });

  it('G3 gives a repeat the same bytes, Message-ID and Date', async () => {
    const server = await sink();
    const message = claimedMessage([{ title: 'Once' }, { title: 'Twice' }]);
    const transport = transportTo(server.url);
    await send(transport, [message]);
    await send(transport, [{ ...message, attempt: 2 }]);
    const [first, second] = await server.mails();
    expect(first?.raw).toBe(second?.raw);
  });

  it('keeps connections open over batches', async () => {
    const server = await sink();
    const transport = transportTo(server.url, { poolSize: 3 });
    for (let batch = 0; batch < 4; batch += 1) {
      expect(new Set(verdicts(await send(transport, singles(25))))).toEqual(new Set(['accepted']));
    }
    expect(await server.count()).toBe(100);
    expect(transport.pool()).toMatchObject({ size: 3, created: 1, inUse: 0, idle: 1, waiting: 0, failed: 0 });

    await Promise.all(Array.from({ length: 6 }, () => send(transport, singles(5))));
    expect(await server.count()).toBe(130);
    expect(transport.pool()).toMatchObject({ created: 3, idle: 3 });
  });

  it('sends whole mails over a line that is slow and drips, and notices one that breaks', async () => {
    const server = await sink();
    const proxy = await TcpProxy.start(server.port, { delayMs: 1, dripBytes: 1000 });
    stack.push(() => proxy.stop());
    const transport = transportTo(`smtp://127.0.0.1:${proxy.port}`);
    const body = 'line\n'.repeat(12_000);
    const message = claimedMessage([{ body }]);
    expect(verdicts(await send(transport, [message, ...singles(2)]))).toEqual(['accepted', 'accepted', 'accepted']);
    const long = (await server.mails()).find(({ raw }) => raw.includes(message.messageId));
    expect(readWithPython([long?.raw ?? ''])[0]?.text).toContain(body);

    proxy.faults = { cutAfterBytes: 1 };
    expect(verdicts(await send(transport, singles(1)))).toEqual(['retry connection_failed']);
    expect(proxy.connections).toBe(1);
  });

  it.each([
    ['RCPT', '-f', 'permanent content_rejected'],
    ['RCPT', '-r', 'retry temporarily_refused'],
    ['DATA', '-r', 'retry temporarily_refused'],
    ['.', '-r', 'retry temporarily_refused'],
    ['.', '-f', 'permanent content_rejected'],
    ['RCPT', '-q', 'retry connection_failed'],
    ['.', '-q', 'uncertain uncertain'],
  ])('tells what became of a mail when the server at %s is started with %s', async (command, fault, verdict) => {
    const server = await sink({ args: [fault, command] });
    expect(verdicts(await send(transportTo(server.url), singles(1)))).toEqual([verdict]);
  });

  it('backs off from a server that is down without asking it, and comes back by itself when it does', async () => {
    const port = await freePort();
    const clock = new StoppedClock();
    const transport = transportTo(`smtp://127.0.0.1:${port}`, { clock });
    expect(verdicts(await send(transport, singles(2)))).toEqual(['retry connection_failed', 'retry connection_failed']);
    expect((await transport.health()).ok).toBe(false);

    const server = await sink({ port });
    expect((await send(transport, singles(1)))[0]).toMatchObject({ kind: 'retry', retryAfterMs: FIRST_BACK_OFF_MS / 2 });
    expect(transport.pool()).toMatchObject({ created: 0, failed: 1 });
    clock.advance(FIRST_BACK_OFF_MS / 2);
    expect(verdicts(await send(transport, singles(3)))).toEqual(['accepted', 'accepted', 'accepted']);
    expect(await server.count()).toBe(3);
    expect((await transport.health()).ok).toBe(true);
  });
});

describe('e-mail over a server that fails at a given moment', () => {
  it.each([
    ['CONNECT', 'retry connection_failed'],
    ['EHLO', 'retry connection_failed'],
    ['MAIL', 'retry connection_failed'],
    ['RCPT', 'retry connection_failed'],
    ['DATA', 'retry connection_failed'],
    ['CONTENT', 'uncertain uncertain'],
  ] as const)('G3 knows whether the final dot was written when the line is cut at %s', async (phase, verdict) => {
    for (const reaction of ['cut', 'reset'] as const) {
      const server = await script((at) => (at.phase === phase ? reaction : undefined));
      expect(verdicts(await send(transportTo(server.url), singles(1)))).toEqual([verdict]);
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
    const messages = Array.from({ length: 8 }, (_, i) =>
      claimedMessage([{}], { address: i === 1 ? 'nobody@example.com' : `a${i}@example.com` }),
    );
    const transport = transportTo(server.url, { poolSize: 1 });
    expect(verdicts(await send(transport, messages))).toEqual([
      'accepted',
      'permanent address_rejected',
      'permanent content_rejected',
      'accepted',
      'uncertain uncertain',
      'accepted',
      'accepted',
      'accepted',
    ]);
    expect(transport.pool()).toMatchObject({ created: 2, failed: 1, idle: 1 });
    expect(server.commands.filter((line) => line === 'RSET')).toHaveLength(2);
  });

  it.each([
    ['RCPT', '421 4.3.2 shutting down', 'retry session_closed', undefined],
    ['CONTENT', '421 4.3.2 shutting down', 'retry session_closed', undefined],
    ['MAIL', '450 4.7.1 too many messages, try again in 30 seconds', 'retry rate_limited', 30_000],
    ['RCPT', '451 4.2.0 Greylisted, please try again in 5 minutes', 'retry temporarily_refused', 300_000],
    ['RCPT', '550 5.1.1 no such user', 'permanent address_rejected', undefined],
    ['CONTENT', '550 5.7.1 looks like spam', 'permanent content_rejected', undefined],
    ['CONTENT', '552 5.3.4 too big', 'permanent content_rejected', undefined],
    ['MAIL', '530 5.7.0 authentication required', 'channel credentials_rejected', undefined],
    ['CONNECT', '421 too many connections', 'retry session_closed', undefined],
    ['CONNECT', '554 go away', 'retry connection_failed', undefined],
  ] as const)('at %s, %j is: %s', async (at, reply, verdict, retryAfterMs) => {
    const server = await script(({ phase }) => (phase === at ? reply : undefined));
    const [result] = await send(transportTo(server.url), singles(1));
    expect(verdicts([result!])).toEqual([verdict]);
    expect(result).toMatchObject({ failure: { message: expect.any(String) } });
    expect(result?.status === 'failed' ? result.retryAfterMs : 0).toBe(retryAfterMs);
  });

  it('gives the rest of a batch back when connection after connection breaks', async () => {
    const server = await script(({ phase }) => (phase === 'DATA' ? 'cut' : undefined));
    expect(new Set(verdicts(await send(transportTo(server.url), singles(20))))).toEqual(new Set(['retry connection_failed']));
    expect(server.sessions).toBe(2);
  });

  it('replaces a connection that the server closed while it was idle, without a failed mail', async () => {
    const server = await script();
    const clock = new StoppedClock();
    const transport = transportTo(server.url, { clock });
    await send(transport, singles(1));
    clock.advance(PROBE_AFTER_IDLE_MS + 1);
    server.cutAll();
    expect(verdicts(await send(transport, singles(1)))).toEqual(['accepted']);
    expect(server.sessions).toBe(2);
  });

  it('asks a connection that was idle for long whether it lives, and goes on over it', async () => {
    const server = await script();
    const clock = new StoppedClock();
    const transport = transportTo(server.url, { clock });
    await send(transport, singles(1));
    expect(server.commands).not.toContain('RSET');
    clock.advance(PROBE_AFTER_IDLE_MS + 1);
    await send(transport, singles(1));
    expect(server.commands.filter((line) => line === 'RSET')).toHaveLength(1);
    expect(server.sessions).toBe(1);
  });

  it('G5 sends what is critical over a connection of its own while the pool is full, and closes that when idle', async () => {
    const full = gate();
    const server = await script(({ phase, session }) => {
      if (phase !== 'DATA' || session !== 1) return undefined;
      full.open();
      return 'silence';
    });
    const clock = new StoppedClock();
    const transport = transportTo(server.url, { poolSize: 1, clock });
    const stopped = new AbortController();
    const waiting = send(transport, singles(1), { signal: stopped.signal });
    await full.opened;
    expect(verdicts(await send(transport, singles(3), { lane: 'critical' }))).toEqual(['accepted', 'accepted', 'accepted']);
    expect(transport.pool()).toMatchObject({ size: 2, inUse: 1, idle: 1, created: 2 });
    clock.advance(RESERVE_IDLE_MS);
    await server.until(1);
    expect(transport.pool()).toMatchObject({ size: 1, inUse: 1, idle: 0 });
    stopped.abort();
    expect(verdicts(await waiting)).toEqual(['retry interrupted']);
  });

  it('gives up at once when it is told to, and says whether the mail may have gone', async () => {
    for (const [phase, verdict] of [
      ['DATA', 'retry interrupted'],
      ['CONTENT', 'uncertain uncertain'],
    ] as const) {
      const reached = gate();
      const server = await script((at) => {
        if (at.phase !== phase) return undefined;
        reached.open();
        return 'silence';
      });
      const stopped = new AbortController();
      const sending = send(transportTo(server.url), singles(3), { signal: stopped.signal });
      await reached.opened;
      stopped.abort();
      expect(verdicts(await sending)).toEqual([verdict, 'retry interrupted', 'retry interrupted']);
    }
  });

  it('G10 shows neither user nor password when they are refused', async () => {
    const server = await script(({ phase, argument }) => {
      if (phase === 'EHLO') return '250-script\r\n250 AUTH PLAIN';
      return phase === 'AUTH' ? `535 5.7.8 wrong: ${argument}` : undefined;
    });
    const transport = transportTo(server.url.replace('//', '//robot:s3cr%23t@'));
    const results = await send(transport, singles(2));
    expect(verdicts(results)).toEqual(['channel credentials_rejected', 'channel credentials_rejected']);
    const shown = inspect([results, transport, await transport.health(), transport.pool()], { depth: 20, showHidden: true });
    for (const secret of ['s3cr#t', 's3cr%23t', Buffer.from('\0robot\0s3cr#t').toString('base64')])
      expect(shown).not.toContain(secret);
  });

  it('G9 closes every connection and timer', async () => {
    const server = await script();
    const clock = new StoppedClock();
    const transport = transportTo(server.url, { clock, poolSize: 2 });
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

/** Something that a test waits for. */
function gate(): { readonly opened: Promise<void>; open(): void } {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { opened, open: () => open() };
}

import { afterEach, describe, expect, it } from '@jest/globals';
import PostalMime from 'postal-mime';
import { FIRST_BACK_OFF_MS } from '../../src/transports/email/connect-backoff.js';
import { BdatSink } from '../support/bdat-sink.js';
import { claimedMessage } from '../support/claimed-message.js';
import { EmailBench, outgoing, send, singles, verdicts } from '../support/email.js';
import { freePort } from '../support/free-port.js';
import { readWithPython } from '../support/python-mail.js';
import { ManualClock } from '../../src/testing/manual-clock.js';
import { TcpProxy } from '../support/tcp-proxy.js';

const bench = new EmailBench();
afterEach(() => bench.stop());

describe('e-mail over a real SMTP server', () => {
  it('sends one delivery and a digest that two independent parsers read without a defect', async () => {
    const server = await bench.sink();
    const direct = claimedMessage([{ title: 'Grüße aus 東京 🚀', body: 'Line 1\n.dot\nFrom here', type: 'announcement' }], {
      address: 'jo@bücher.example',
    });
    const digest = claimedMessage([
      { title: 'Disk full', priority: 'high', actor: { id: '1', name: 'Ann' } },
      { title: 'Disk full', priority: 'high', actor: { id: '1', name: 'Ann' } },
      { title: 'Pay rent', type: 'reminder', data: { url: 'https://example.com/?a=1&b=2' } },
    ]);
    expect(verdicts(await send(bench.transport(server.url), [direct, digest]))).toEqual(['accepted', 'accepted']);

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
    expect(headers.get('Subject')).toBe('3 notifications: 2 alerts, 1 reminder – Disk full, Pay rent');
    expect(headers.get('X-Notification-Type')).toBe('mixed');
    expect(headers.get('X-Notification-Count')).toBe('3');

    const parsed = await PostalMime.parse(mails[1]?.raw ?? '');
    expect(parsed.messageId).toBe(`<${digest.messageId}@example.com>`);
    expect(parsed.text).toContain('Disk full (2 times)');
    expect(parsed.text).toContain('Pay rent');
    expect(parsed.html).toContain('href="https://example.com/?a=1&amp;b=2"');
  });

  it('lets no header, recipient or markup in through a title, a name, an address or a header', async () => {
    const server = await bench.sink();
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
    const transport = bench.transport(server.url);
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
    const server = await bench.sink();
    const message = claimedMessage([{ title: 'Once' }, { title: 'Twice' }]);
    const transport = bench.transport(server.url);
    await send(transport, [message]);
    await send(transport, [{ ...message, attempt: 2 }]);
    const [first, second] = await server.mails();
    expect(first?.raw).toBe(second?.raw);
  });

  it('keeps connections open over batches', async () => {
    const server = await bench.sink();
    const transport = bench.transport(server.url, { poolSize: 3 });
    for (let batch = 0; batch < 4; batch += 1) {
      expect(new Set(verdicts(await send(transport, singles(25))))).toEqual(new Set(['accepted']));
    }
    expect(await server.count()).toBe(100);
    expect(transport.pool()).toMatchObject({ size: 3, created: 1, inUse: 0, idle: 1, waiting: 0, failed: 0 });

    await Promise.all(Array.from({ length: 6 }, () => send(transport, singles(5))));
    expect(await server.count()).toBe(130);
    expect(transport.pool()).toMatchObject({ created: 3, idle: 3 });
  });

  it.each([
    ['DATA', 'retry connection_failed', () => bench.sink()],
    // The content is written with its envelope.
    ['BDAT', 'uncertain uncertain', () => BdatSink.start()],
  ])('sends whole mails by %s over a line that is slow and drips, and notices one that breaks', async (_, verdict, start) => {
    const server = await start();
    const proxy = await TcpProxy.start(server.port, { delayMs: 1, dripBytes: 1000 });
    bench.onStop(() => proxy.stop());
    const transport = bench.transport(`smtp://127.0.0.1:${proxy.port}`);
    const body = 'line\n'.repeat(12_000);
    const message = claimedMessage([{ body }]);
    expect(verdicts(await send(transport, [message, ...singles(2)]))).toEqual(['accepted', 'accepted', 'accepted']);
    const long = (await server.mails()).find(({ raw }) => raw.includes(message.messageId));
    const [read] = readWithPython([(long?.raw ?? '').replaceAll('\r\n', '\n')]);
    expect(read?.text?.includes(body)).toBe(true);

    proxy.faults = { cutAfterBytes: 1 };
    expect(verdicts(await send(transport, singles(1)))).toEqual([verdict]);
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
    const server = await bench.sink({ args: [fault, command] });
    expect(verdicts(await send(bench.transport(server.url), singles(1)))).toEqual([verdict]);
  });

  it('backs off from a server that is down without asking it, and comes back by itself when it does', async () => {
    const port = await freePort();
    const clock = new ManualClock();
    const transport = bench.transport(`smtp://127.0.0.1:${port}`, { clock });
    expect(verdicts(await send(transport, singles(2)))).toEqual(['retry connection_failed', 'retry connection_failed']);
    expect((await transport.health()).ok).toBe(false);

    const server = await bench.sink({ port });
    expect((await send(transport, singles(1)))[0]).toMatchObject({ kind: 'retry', retryAfterMs: FIRST_BACK_OFF_MS / 2 });
    expect(transport.pool()).toMatchObject({ created: 0, failed: 1 });
    clock.advance(FIRST_BACK_OFF_MS / 2);
    expect(verdicts(await send(transport, singles(3)))).toEqual(['accepted', 'accepted', 'accepted']);
    expect(await server.count()).toBe(3);
    expect((await transport.health()).ok).toBe(true);
  });
});

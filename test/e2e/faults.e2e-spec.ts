import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Test, type TestingModule } from '@nestjs/testing';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { NotificationEvents, NotificationModule, QueueService } from '../../src/index.js';
import { type NotificationModuleOptions } from '../../src/config/options.js';
import { freePort } from '../support/free-port.js';
import { type SmtpScript, SmtpScriptServer } from '../support/smtp-script.js';
import { TcpProxy, type TcpFaults } from '../support/tcp-proxy.js';

const MAILS = 60;
/** `npm run check:long` meets each fault more often: the timing is another one each time. */
const ROUNDS = Number(process.env['FAULT_ROUNDS'] ?? 1);

/** What a server does while it is unhealthy. */
type Fault = (turn: number) => SmtpScript;
const at =
  (phase: string, reaction: string, every: number): Fault =>
  (turn) =>
  (point) =>
    point.phase === phase && (phase === 'CONNECT' || phase === 'EHLO' ? turn : point.message) % every === 0
      ? reaction
      : undefined;

const FAULTS: Readonly<Record<string, Fault>> = {
  'reset at the greeting': at('CONNECT', 'reset', 1),
  'reset at EHLO': at('EHLO', 'reset', 1),
  'reset at MAIL': at('MAIL', 'reset', 3),
  'reset at RCPT': at('RCPT', 'reset', 3),
  'reset at DATA': at('DATA', 'reset', 3),
  'reset at BDAT': at('BDAT', 'reset', 3),
  'reset after the content, before the reply': at('CONTENT', 'reset', 3),
  '421 in mid-session': at('MAIL', '421 4.3.2 shutting down', 3),
  greylisting: at('RCPT', '450 4.7.1 greylisted, come back', 1),
};

describe.each(['pipelined', 'chunked'] as const)('faults of an SMTP server, seen by the whole module, %s', (mode) => {
  let folder: string;
  let module: TestingModule | undefined;
  const stack: (() => Promise<unknown>)[] = [];

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'nestjs-digest-'));
  });
  afterEach(async () => {
    await module?.close();
    module = undefined;
    for (const stop of stack.splice(0).reverse()) await stop();
    rmSync(folder, { recursive: true });
  });

  async function start(port: number, options: NotificationModuleOptions = {}): Promise<TestingModule> {
    const imports = [
      NotificationModule.forRoot({
        store: { path: join(folder, 'store.db') },
        email: { smtpUrl: `smtp://127.0.0.1:${port}`, poolSize: 3 },
        aggregation: { enabled: false },
        batch: { timeoutMs: 1, maxSize: 10, retryBaseMs: 5, maxAttempts: 1_000 },
        shutdown: { graceMs: 50 },
        ...options,
      }),
    ];
    const made = await Test.createTestingModule({ imports }).compile();
    made.useLogger(false);
    module = await made.init();
    return module;
  }

  async function script(react: SmtpScript, port?: number): Promise<SmtpScriptServer> {
    const server = await SmtpScriptServer.start(react, { mode, ...(port === undefined ? {} : { port }) });
    stack.push(() => server.stop());
    return server;
  }

  const enqueue = (from: TestingModule): Promise<unknown> =>
    from.get(QueueService, { strict: false }).enqueueMany(
      Array.from({ length: MAILS }, (_, i) => ({
        type: 'note',
        channel: 'email',
        to: `r${i}@example.com`,
        title: `mail ${i}`,
        idempotencyKey: `k${i}`,
      })),
    );

  /** Resolves when a batch has come back of which this is true. */
  function seen(from: TestingModule, wanted: (outcome: string) => boolean, count: number): Promise<void> {
    return new Promise((resolve) => {
      let left = count;
      from.get(NotificationEvents, { strict: false }).on('batchFinished', ({ messages }) => {
        left -= messages.filter(({ outcome }) => wanted(outcome)).length;
        if (left <= 0) resolve();
      });
    });
  }

  async function byState(from: TestingModule): Promise<Record<string, number>> {
    const { counts } = from.get(QueueService, { strict: false }).getStatistics();
    const sums: Record<string, number> = {};
    for (const { state, count } of counts) if (count > 0) sums[state] = (sums[state] ?? 0) + count;
    return sums;
  }

  /** Also when some were delivered before this was called: after a start nobody can listen early enough. */
  async function allDelivered(from: TestingModule): Promise<void> {
    for (;;) {
      const change = seen(from, () => true, 1);
      if ((await byState(from))['delivered'] === MAILS) return;
      await change;
    }
  }

  /** Every mail at least once, and no other. */
  function expectAll(server: SmtpScriptServer): void {
    const titles = server.taken
      .map(({ content }) => /^Subject: (.*)$/m.exec(content)?.[1])
      .filter((title) => title !== undefined);
    expect(new Set(titles)).toEqual(new Set(Array.from({ length: MAILS }, (_, i) => `mail ${i}`)));
  }

  const isMet = ([name]: readonly [string, Fault]): boolean => !name.includes(mode === 'chunked' ? 'DATA' : 'BDAT');
  const faults = Array.from({ length: ROUNDS }, () => Object.entries(FAULTS).filter(isMet)).flat();
  describe.each(faults)('%s', (name, fault) => {
    it('G1 G3 G7 nothing is lost; said twice is only what broke before the answer', async () => {
      let turns = 0;
      // Connections that fail one after another are made more and more seldom.
      const ill = /greeting|EHLO/.test(name) ? 2 : 6;
      const server = await script((point) => {
        if (point.phase === 'CONNECT' || (point.phase === 'RCPT' && name === 'greylisting')) turns++;
        return turns <= ill ? fault(turns)(point) : undefined;
      });
      const running = await start(server.port);
      const delivered = seen(running, (outcome) => outcome === 'delivered', MAILS);
      await enqueue(running);
      await delivered;
      expect(await byState(running)).toEqual({ delivered: MAILS });
      expectAll(server);
      // By BDAT a content is written with its envelope: whatever is reset, it was before the reply.
      const isBeforeReply = mode === 'chunked' ? /reset at (?:MAIL|RCPT|BDAT)|before the reply/ : /before the reply/;
      if (!isBeforeReply.test(name)) expect(server.taken).toHaveLength(MAILS);
    });

    it('G1 G7 G9 stops in the midst of it, and goes on after the start', async () => {
      let well = false;
      const server = await script((point) => (well ? undefined : fault(1)(point)));
      const first = await start(server.port);
      const failed = seen(first, (outcome) => outcome !== 'delivered', 3);
      await enqueue(first);
      await failed;
      await first.close();
      well = true;
      const second = await start(server.port);
      const before = await byState(second);
      expect(Object.values(before).reduce((sum, count) => sum + count, 0)).toBe(MAILS);
      await allDelivered(second);
      expect(await byState(second)).toEqual({ delivered: MAILS });
      expectAll(server);
    });
  });

  it('G7 connections that are refused until the server is there', async () => {
    const port = await freePort();
    const running = await start(port);
    const failed = seen(running, (outcome) => outcome === 'retry', 1);
    const delivered = seen(running, (outcome) => outcome === 'delivered', MAILS);
    await enqueue(running);
    await failed;
    expect(Object.values(await byState(running)).reduce((sum, count) => sum + count, 0)).toBe(MAILS);
    const server = await script(() => undefined, port);
    await delivered;
    expect(await byState(running)).toEqual({ delivered: MAILS });
    expect(server.taken).toHaveLength(MAILS);
  });

  it('G3 with ON_UNCERTAIN=dead a broken connection costs one mail, however the server takes them', async () => {
    let broken = false;
    const server = await script(({ phase, message }) => {
      if (phase !== 'CONTENT' || message !== 7 || broken) return undefined;
      broken = true;
      return 'reset';
    });
    const running = await start(server.port, { onUncertain: 'dead' });
    const ended = seen(running, (outcome) => outcome === 'delivered' || outcome === 'dead', MAILS);
    await enqueue(running);
    await ended;
    expect(await byState(running)).toEqual({ delivered: MAILS - 1, dead: 1 });
    expect(server.commands.filter((line) => line.startsWith('BDAT'))).toEqual([]);
  });

  it.each<[string, TcpFaults]>([
    ['drips', { dripBytes: 100, delayMs: 1 }],
    ['is slow', { delayMs: 5 }],
  ])('G7 a line that %s delivers all, once', async (_, faults) => {
    const server = await script(() => undefined);
    const proxy = await TcpProxy.start(server.port, faults);
    stack.push(() => proxy.stop());
    const running = await start(proxy.port);
    const delivered = seen(running, (outcome) => outcome === 'delivered', MAILS);
    await enqueue(running);
    await delivered;
    expect(await byState(running)).toEqual({ delivered: MAILS });
    expect(server.taken).toHaveLength(MAILS);
  });

  it('G7 a line that is cut again and again delivers all', async () => {
    const server = await script(() => undefined);
    const proxy = await TcpProxy.start(server.port, { cutAfterBytes: 4_000, reset: true });
    stack.push(() => proxy.stop());
    const running = await start(proxy.port);
    const delivered = seen(running, (outcome) => outcome === 'delivered', MAILS);
    await enqueue(running);
    await delivered;
    expect(await byState(running)).toEqual({ delivered: MAILS });
    expectAll(server);
  });
});

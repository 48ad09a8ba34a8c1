import { execFileSync, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { ensureProgram } from '../support/provision.ts';
import { type BenchMail, byBullMq, LocalRedis } from './bullmq-mail.ts';
import { type MailServer, startBdatSink, startExim, startLine, startPostfix } from './mail-servers.ts';
import { byModule, byNodemailer, byTransport, HTML, TEXT, timed } from './senders.ts';
import { freePort, SmtpSinkBehindProxy } from './smtp-sink-behind-proxy.ts';
import { interleaved, printRates } from './table.ts';

const CONNECTIONS = 10;
const STREAMED = 200_000;
const PARTS = { near, distant, servers, durable, memory };

/**
 * Mails a second, contestants in turns, median of the rounds; `email [rounds] [part …]`, all parts by default.
 * - `near`: on one host, only the transport, by BDAT and by DATA
 * - `distant`: the same over a line with a round trip of 20 ms
 * - `servers`: Postfix and Exim, on one host and 50 ms away
 * - `durable`: from accepting to the recorded delivery, beside BullMQ
 * - `memory`: the peak of 200 000 mails streamed
 */
export async function run([rounds = '3', ...names]: readonly string[]): Promise<void> {
  for (const [name, part] of Object.entries(PARTS)) {
    if (names.length === 0 || names.includes(name)) await part(Number(rounds));
  }
}

async function near(rounds: number): Promise<void> {
  const [sink, dataOnly] = [await startBdatSink(), await startBdatSink('--data-only')];
  const load = { port: sink.port, connections: CONNECTIONS, count: 20_000 };
  const byData = { ...load, port: dataOnly.port };
  console.log(`  on one host, 2 KiB, ${CONNECTIONS} connections, to a sink that announces CHUNKING; median of ${rounds}`);
  const rates = await interleaved(rounds, {
    'nodemailer pool: true': () => byNodemailer({ ...load, count: 5_000 }),
    'this transport, DATA (CHUNKING not announced)': () => byTransport(byData),
    'this transport, BDAT': () => byTransport({ ...load, count: 40_000 }),
    'this transport, BDAT, 2 connections': () => byTransport({ ...load, connections: 2, count: 40_000 }),
  });
  printRates('mails/s', rates);
  printRatio('BDAT over DATA', rates, 'this transport, BDAT', 'this transport, DATA (CHUNKING not announced)');
  await stopAll(sink, dataOnly);
}

async function distant(rounds: number): Promise<void> {
  const [sink, dataOnly] = [await startBdatSink(), await startBdatSink('--data-only')];
  const [line, dataLine] = [await startLine(sink, 20), await startLine(dataOnly, 20)];
  const load = { port: line.port, connections: CONNECTIONS, count: 20_000 };
  console.log(`  20 ms a round trip, 2 KiB, ${CONNECTIONS} connections, to a sink that announces CHUNKING; median of ${rounds}`);
  const rates = await interleaved(rounds, {
    'nodemailer pool: true': () => byNodemailer({ ...load, count: 1_000 }),
    'nodemailer pool: true, 2 connections': () => byNodemailer({ ...load, connections: 2, count: 200 }),
    'this transport, DATA (CHUNKING not announced)': () => byTransport({ ...load, port: dataLine.port, count: 2_000 }),
    'this transport, BDAT': () => byTransport(load),
    'this transport, BDAT, 2 connections': () => byTransport({ ...load, connections: 2, count: 10_000 }),
    'durable end to end, BDAT': () => byModule(load),
  });
  printRates('mails/s', rates);
  await stopAll(line, dataLine, sink, dataOnly);
}

/** Servers that write each mail to the disk before they take it. */
async function servers(rounds: number): Promise<void> {
  for (const [name, start] of [
    ['Postfix', startPostfix],
    ['Exim', startExim],
  ] as const) {
    const server = await start();
    // Both through the same program, which takes its share of the processor, so that only the delay differs.
    const [line, distantLine] = [await startLine(server, 0), await startLine(server, 50)];
    const load = { port: line.port, connections: CONNECTIONS, count: 1_500 };
    const distantLoad = { ...load, port: distantLine.port };
    console.log(`  ${name}, 2 KiB, ${CONNECTIONS} connections, on one host and over a round trip of 50 ms; median of ${rounds}`);
    const rates = await interleaved(rounds, {
      'nodemailer pool: true': () => byNodemailer(load),
      'nodemailer pool: true, 50 ms': () => byNodemailer({ ...distantLoad, count: 500 }),
      'this transport': () => byTransport(load),
      'this transport, 50 ms': () => byTransport(distantLoad),
      'this transport, 2 connections': () => byTransport({ ...load, connections: 2 }),
      'this transport, 2 connections, 50 ms': () => byTransport({ ...distantLoad, connections: 2 }),
    });
    printRates('mails/s', rates);
    printRatio('50 ms over one host', rates, 'this transport, 50 ms', 'this transport');
    printRatio('the same, 2 connections', rates, 'this transport, 2 connections, 50 ms', 'this transport, 2 connections');
    await stopAll(line, distantLine, server);
  }
}

async function durable(rounds: number): Promise<void> {
  const [sink, postfixSink] = [await startBdatSink(), await SmtpSinkBehindProxy.start(0)];
  const redis = await LocalRedis.start(await freePort());
  const load = { port: sink.port, connections: CONNECTIONS, count: 20_000 };
  const toPostfixSink = { ...load, port: postfixSink.port };
  console.log(`  on one host, 2 KiB, ${CONNECTIONS} connections; median of ${rounds}`);
  const rates = await interleaved(rounds, {
    'nodemailer pool: true, to smtp-sink': () => byNodemailer({ ...toPostfixSink, count: 5_000 }),
    'smtp-source (C), to smtp-sink': () => bySmtpSource(toPostfixSink),
    'this transport, DATA, to smtp-sink': () => byTransport(toPostfixSink),
    'durable end to end, DATA, to smtp-sink': () => byModule(toPostfixSink),
    'durable end to end, BDAT': () => byModule(load),
    'this transport, BDAT': () => byTransport(load),
    'BullMQ, nodemailer pool, to smtp-sink': () => byBullMq(redis.port, postfixSink.port, CONNECTIONS, benchMails(5_000)),
  });
  printRates('mails/s', rates);
  printRatio('durable over BullMQ', rates, 'durable end to end, BDAT', 'BullMQ, nodemailer pool, to smtp-sink');
  printRatio('durable over only the transport', rates, 'durable end to end, BDAT', 'this transport, BDAT');
  await redis.stop();
  postfixSink.stop();
  await sink.stop();
}

/** Peak memory, each in its own process: as V8 likes it, and as it is told. */
async function memory(): Promise<void> {
  const sink = await startBdatSink();
  for (const flags of [[], ['--max-old-space-size=80', '--max-semi-space-size=2']]) {
    const program = fileURLToPath(new URL('streamed-mail.ts', import.meta.url));
    const said = execFileSync(process.execPath, [...flags, program, String(sink.port), String(STREAMED)], { encoding: 'utf8' });
    console.log(`  ${STREAMED} streamed, ${flags.length === 0 ? 'no flags' : flags.join(' ')}: ${said.trim()}`);
  }
  await sink.stop();
}

async function bySmtpSource({ port, connections, count }: { port: number; connections: number; count: number }): Promise<number> {
  const program = ensureProgram('smtp-source', { package: 'postfix' });
  const args = ['-s', String(connections), '-m', String(count), '-l', '2048', '-d', `127.0.0.1:${port}`];
  const seconds = await timed(async () => {
    const child = spawn(program, args, { stdio: 'ignore' });
    const code = await new Promise((resolve) => child.once('exit', resolve));
    if (code !== 0) throw new Error(`smtp-source ended with ${String(code)}`);
  });
  return count / seconds;
}

function benchMails(count: number): readonly BenchMail[] {
  return Array.from({ length: count }, (_, i) => ({
    to: `reader-${i}@example.com`,
    subject: `Number ${i}`,
    text: TEXT,
    html: HTML,
  }));
}

function printRatio(what: string, rates: Readonly<Record<string, number>>, of: string, over: string): void {
  console.log(`  ${what}: ${((rates[of] ?? NaN) / (rates[over] ?? NaN)).toFixed(2)}×`);
}

async function stopAll(...running: readonly MailServer[]): Promise<void> {
  for (const server of running) await server.stop();
}

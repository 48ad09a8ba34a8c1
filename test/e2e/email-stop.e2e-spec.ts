import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { CONNECT_TIMEOUT_MS, GREETING_TIMEOUT_MS, OPEN_DEADLINE_MS } from '../../src/transports/email/smtp-settings.js';
import { ManualClock } from '../../src/testing/manual-clock.js';
import { EmailBench, gate, send, singles, verdicts } from '../support/email.js';
import { HttpApplication } from '../support/http-application.js';
import { PROBE_AFTER_IDLE_MS, PROBE_DEADLINE_MS } from '../../src/transports/email/smtp-session.js';
import { type SmtpPhase, type SmtpReaction, type SmtpScriptServer } from '../support/smtp-script.js';

const bench = new EmailBench();
afterEach(() => bench.stop());

const STALLS: readonly (readonly [what: string, phase: SmtpPhase, argument: RegExp, reaction: SmtpReaction])[] = [
  ['a silent server', 'CONNECT', /^/, 'silence'],
  ['a greeting that drips', 'CONNECT', /^/, 'drip'],
  ['an answer to EHLO that drips', 'EHLO', /^/, 'drip'],
  ['silence after STARTTLS', 'EHLO', /^TTLS$/, 'silence'],
];

/** A server that never finishes opening a session, and when a session has reached that. */
async function stalling(at: SmtpPhase, argument: RegExp, reaction: SmtpReaction): Promise<[SmtpScriptServer, Promise<void>]> {
  const reached = gate();
  const server = await bench.script((now) => {
    if (now.phase === 'EHLO' && now.argument !== 'TTLS' && argument.source === '^TTLS$') return '250-script\r\n250 STARTTLS';
    if (now.phase !== at || !argument.test(now.argument)) return undefined;
    reached.open();
    return reaction;
  });
  return [server, reached.opened];
}

/** nodemailer's own limits. They would end most of these after 10 s: without them what waits for one never ends, on any machine. */
const OWN_LIMITS_MS: readonly unknown[] = [CONNECT_TIMEOUT_MS, GREETING_TIMEOUT_MS];
const setTimer = globalThis.setTimeout;
const noOwnLimits = (callback: (...args: never[]) => void, ms?: number, ...args: never[]): NodeJS.Timeout =>
  OWN_LIMITS_MS.includes(ms) ? setTimer(() => undefined, 0) : setTimer(callback, ms, ...args);
beforeEach(() => void Object.assign(globalThis, { setTimeout: noOwnLimits }));
afterEach(() => void Object.assign(globalThis, { setTimeout: setTimer }));

describe.each(STALLS)('G9 %s', (_, phase, argument, reaction) => {
  it('does not hold up the stop of the module', async () => {
    const [server, stalled] = await stalling(phase, argument, reaction);
    const http = await HttpApplication.start({
      email: { smtpUrl: server.url },
      shutdown: { graceMs: 50 },
      batch: { timeoutMs: 1 },
    });
    await http.post('', { type: 'order', channel: 'email', to: 'ann@example.com', title: 'x', priority: 'critical' });
    await stalled;
    await http.close();
    await server.until(0);
  });

  it('does not hold up the close of the transport, and what waits for it was not attempted', async () => {
    const [server, stalled] = await stalling(phase, argument, reaction);
    const transport = bench.transport(server.url, { poolSize: 1 });
    const waiting = [send(transport, singles(2)), send(transport, singles(1))];
    await stalled;
    await transport.close();
    for (const results of await Promise.all(waiting))
      expect(new Set(verdicts(results))).toEqual(new Set(['deferred interrupted']));
    await server.until(0);
  });

  it('ends at the deadline for opening a session', async () => {
    const [server, stalled] = await stalling(phase, argument, reaction);
    const clock = new ManualClock();
    const waiting = send(bench.transport(server.url, { clock }), singles(1));
    await stalled;
    clock.advance(OPEN_DEADLINE_MS);
    expect(verdicts(await waiting)).toEqual(['retry timed_out']);
    await server.until(0);
    expect(clock.pending).toBe(0);
  });
});

it('replaces a connection whose answer to the probe drips', async () => {
  const asked = gate();
  const server = await bench.script(({ phase }) => {
    if (phase !== 'RSET') return undefined;
    asked.open();
    return 'drip';
  });
  const clock = new ManualClock();
  const transport = bench.transport(server.url, { clock, poolSize: 1 });
  await send(transport, singles(1));
  clock.advance(PROBE_AFTER_IDLE_MS + 1);
  const waiting = send(transport, singles(1));
  await asked.opened;
  clock.advance(PROBE_DEADLINE_MS);
  expect(verdicts(await waiting)).toEqual(['accepted']);
  expect(server.sessions).toBe(2);
});

it('G9 a connection that is asked whether it lives does not hold up the close', async () => {
  const asked = gate();
  const server = await bench.script(({ phase }) => {
    if (phase !== 'RSET') return undefined;
    asked.open();
    return 'silence';
  });
  const clock = new ManualClock();
  const transport = bench.transport(server.url, { clock, poolSize: 1 });
  await send(transport, singles(1));
  clock.advance(PROBE_AFTER_IDLE_MS + 1);
  const waiting = send(transport, singles(1));
  await asked.opened;
  await transport.close();
  expect(verdicts(await waiting)).toEqual(['deferred interrupted']);
});

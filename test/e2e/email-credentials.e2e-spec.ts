import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { afterEach, describe, expect, it } from '@jest/globals';
import { EmailBench, send, singles, verdicts } from '../support/email.js';
import { type SmtpScript } from '../support/smtp-script.js';
import { TcpProxy } from '../support/tcp-proxy.js';
import { createTlsIdentity } from '../support/tls-identity.js';

const bench = new EmailBench();
const authorities = getCACertificates('default');
afterEach(async () => {
  setDefaultCACertificates(authorities);
  await bench.stop();
});

/** A host that is not loopback by its name, though what listens there is this machine. */
const ELSEWHERE = '0.0.0.0';
const withLogin = (port: number, host = ELSEWHERE): string => `smtp://robot:secret@${host}:${port}`;
const offersAuth: SmtpScript = ({ phase, argument }) =>
  phase !== 'EHLO' ? undefined : argument === 'TTLS' ? '502 5.5.1 not implemented' : '250-script\r\n250 AUTH PLAIN';

describe('credentials of an SMTP server elsewhere', () => {
  it.each([
    ['sent only under TLS when the server offers none', {}, 'channel_unavailable connection_failed', 0],
    ['sent without TLS when the option says so', { allowPlaintext: true }, 'accepted', 1],
  ])('are %s', async (_, options, verdict, logins) => {
    const server = await bench.script(offersAuth);
    const transport = bench.transport(withLogin(server.port), options);
    const results = await send(transport, singles(1));
    expect(verdicts(results)).toEqual([verdict]);
    expect(server.commands.filter((line) => line.startsWith('AUTH'))).toHaveLength(logins);
    expect(server.contents).toHaveLength(logins);
    if (verdict !== 'accepted') expect(JSON.stringify(results)).toContain('SMTP_ALLOW_PLAINTEXT');
  });

  it('go to loopback without TLS', async () => {
    const server = await bench.script(offersAuth);
    expect(verdicts(await send(bench.transport(withLogin(server.port, 'localhost')), singles(1)))).toEqual(['accepted']);
  });

  it('are not sent through a proxy that strips STARTTLS from the session', async () => {
    const tls = createTlsIdentity();
    setDefaultCACertificates([...authorities, tls.cert]);
    const server = await bench.script(offersAuth, { tls });
    const proxy = await TcpProxy.start(server.port, {
      rewrite: (text, from) => (from === 'server' ? text.replace('250-STARTTLS\r\n', '') : text.replace('STARTTLS', 'XXXXTTLS')),
    });
    bench.onStop(() => proxy.stop());
    const [verdict] = verdicts(await send(bench.transport(withLogin(proxy.port)), singles(1)));
    expect(verdict).toMatch(/^(?:channel_unavailable|retry) connection_failed$/);
    expect(server.commands.filter((line) => /^(?:AUTH|MAIL)/.test(line))).toEqual([]);
    expect(server.secured).toBe(0);
  });

  it('are sent under STARTTLS', async () => {
    const tls = createTlsIdentity();
    setDefaultCACertificates([...authorities, tls.cert]);
    const server = await bench.script(
      ({ phase, argument }) =>
        argument === 'TTLS' ? undefined : phase === 'EHLO' ? '250-STARTTLS\r\n250 AUTH PLAIN' : undefined,
      { tls },
    );
    expect(verdicts(await send(bench.transport(withLogin(server.port)), singles(1)))).toEqual(['accepted']);
    expect(server.secured).toBe(1);
  });

  it('that the server does not ask for are credentials that it refuses', async () => {
    const server = await bench.script();
    const transport = bench.transport(withLogin(server.port, '127.0.0.1'));
    expect(verdicts(await send(transport, singles(1)))).toEqual(['channel_unavailable credentials_rejected']);
    expect(server.contents).toEqual([]);
    expect(await transport.health()).toMatchObject({ ok: false, detail: expect.stringContaining('offers no AUTH') });
  });
});

import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { afterEach, expect, it } from '@jest/globals';
import { EmailBench, send, singles, verdicts } from '../support/email.js';
import { SMTP_MODES, type SmtpMode, SmtpScriptServer } from '../support/smtp-script.js';
import { createTlsIdentity } from '../support/tls-identity.js';

const bench = new EmailBench();
const authorities = getCACertificates('default');
afterEach(async () => {
  setDefaultCACertificates(authorities);
  await bench.stop();
});

async function secureServer(mode: SmtpMode, tls = createTlsIdentity()): Promise<SmtpScriptServer> {
  const server = await SmtpScriptServer.start(undefined, { mode, tls });
  bench.onStop(() => server.stop());
  return server;
}

it.each(SMTP_MODES)('goes under TLS where the server offers STARTTLS, and sends nothing before, %s', async (mode) => {
  const tls = createTlsIdentity();
  const server = await secureServer(mode, tls);
  setDefaultCACertificates([...authorities, tls.cert]);
  const transport = bench.transport(server.url, { poolSize: 1 });
  expect(verdicts(await send(transport, singles(3)))).toEqual(['accepted', 'accepted', 'accepted']);
  expect(server.secured).toBe(1);
  expect(server.commands.findIndex((line) => line.startsWith('MAIL'))).toBeGreaterThan(server.commands.indexOf('STARTTLS'));
  expect(server.contents).toHaveLength(3);
  expect(server.commands.filter((line) => line.startsWith('BDAT'))).toHaveLength(mode === 'chunked' ? 3 : 0);
});

it('does not trust a certificate that nobody vouches for', async () => {
  const server = await secureServer('chunked');
  expect(verdicts(await send(bench.transport(server.url), singles(1)))).toEqual(['retry connection_failed']);
  expect(server.commands.filter((line) => line.startsWith('MAIL'))).toEqual([]);
});

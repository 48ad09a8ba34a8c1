import { createServer } from 'node:http';
import { once } from 'node:events';
import { type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { startChild } from '../support/child-process.js';
import { CliProcess } from '../support/cli-process.js';
import { ONE_REQUEST } from '../support/one-request.js';
import { endAfterTest } from '../support/resources.js';
import { temporaryFolder } from '../support/temporary-folder.js';

it('G9 `nestjs-digest start` serves the routes where --port says, and ends with 0 on SIGTERM', async () => {
  const command = CliProcess.start(['start', '--port', '0'], { STORE_PATH: join(temporaryFolder(), 'n.db'), PORT: '1' });
  const [, base = ''] = await command.prints(/Listening\. Send to POST (\S+)/);
  const health = await fetch(`${base}/health`, { headers: ONE_REQUEST });
  expect(await health.json()).toMatchObject({ status: 'ok' });
  const status = CliProcess.start(['status', '--url', base]);
  expect(await status.ended()).toBe(0);
  expect(status.printed).toEqual({ out: expect.stringMatching(/^ok: instance /) as unknown, error: '' });
  expect(await command.stop()).toBe(0);
  await expect(fetch(`${base}/health`)).rejects.toThrow('fetch failed');
});

it('says in one line that the port is in use or wrong, and ends with 1', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  endAfterTest('the other server', () => server.close());
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const inUse = CliProcess.start(['start', '--port', String(port)], { STORE_PATH: ':memory:' });
  expect(await inUse.ended()).toBe(1);
  expect(inUse.printed.error).toMatch(/^nestjs-digest start: listen EADDRINUSE: address already in use 127\.0\.0\.1:\d+\n$/m);
  const wrong = CliProcess.start(['start', '--port', 'eighty']);
  expect(await wrong.ended()).toBe(1);
  expect(wrong.printed.error).toMatch(/PORT: got "eighty"/);
});

it('ends as it would have when nobody reads what it prints', async () => {
  const child = startChild(process.execPath, ['--no-warnings', 'dist/cli.js', '--help'], { stdio: ['ignore', 'pipe', 'pipe'] });
  child.stdout?.destroy();
  let error = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (error += text));
  expect(await once(child, 'close')).toEqual([0, null]);
  expect(error).toBe('');
});

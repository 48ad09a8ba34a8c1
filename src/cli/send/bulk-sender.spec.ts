import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo } from 'node:net';
import { expect, it } from '@jest/globals';
import { endAfterTest } from '../../../test/support/resources.js';
import { ManualClock } from '../../testing/manual-clock.js';
import { ApplicationApi } from '../application-api.js';
import { BulkSender } from './bulk-sender.js';

it('an application that asks for years is asked again after a minute', async () => {
  let requests = 0;
  const server = createServer((request, response) => {
    request.resume();
    const isFirst = ++requests === 1;
    response.writeHead(isFirst ? 429 : 200, {
      'Content-Type': 'application/json',
      ...(isFirst ? { 'Retry-After': '1e12' } : {}),
    });
    response.end(JSON.stringify(isFirst ? { detail: 'later' } : { accepted: 1, duplicates: 0, rejected: 0, errors: [] }));
  }).listen(0, '127.0.0.1');
  endAfterTest('the application', () => {
    server.closeAllConnections();
    server.close();
  });
  await once(server, 'listening');
  const api = ApplicationApi.of({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }, {});
  const clock = new ManualClock();
  const { promise: waits, resolve } = Promise.withResolvers<string>();
  const sending = new BulkSender(api, clock, new AbortController().signal, resolve).send([{ line: 1, notification: {} }]);
  expect(await waits).toBe('429: later');
  clock.advance(60_000);
  expect(await sending).toEqual({ accepted: 1, duplicates: 0, rejected: [] });
});

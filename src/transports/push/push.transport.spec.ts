import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { type AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { claimedMessage } from '../../../test/support/claimed-message.js';
import { PushReceiver } from '../../../test/support/push-receiver.js';
import { resolveOptions } from '../../config/resolve.js';
import { createPushFormatter } from '../../formatting/push/push.formatter.js';
import { SystemClock } from '../../model/clock.js';
import { type SendResult } from '../transport.js';
import { PushDevices, type RegisteredDevice } from './push-devices.js';
import { PushTransport } from './push.transport.js';
import { generateVapidKeys } from './vapid.js';

/** Devices of a host whose table fails. */
class FailingDevices extends PushDevices {
  removals = 0;

  constructor(
    private readonly base: string,
    private readonly fails: { readonly of?: string; readonly remove?: true },
  ) {
    super();
  }

  of(person: string): Promise<readonly RegisteredDevice[]> {
    if (person === this.fails.of) return Promise.reject(new Error('no table'));
    const { keys } = new PushReceiver();
    const device = (key: string): RegisteredDevice => ({
      key,
      device: { kind: 'web', endpoint: `${this.base}/${key}`, keys },
      registeredAt: 0,
    });
    return Promise.resolve(['here', 'gone'].map(device));
  }

  add(): Promise<boolean> {
    return Promise.resolve(true);
  }

  remove(): Promise<boolean> {
    this.removals++;
    return this.fails.remove === true ? Promise.reject(new Error('no table')) : Promise.resolve(true);
  }
}

let service: Server;
let base: string;
let taken: number;
beforeEach(async () => {
  taken = 0;
  service = createServer((request, response) => {
    request.resume();
    const isGone = request.url === '/gone';
    if (!isGone) taken++;
    response.writeHead(isGone ? 410 : 201).end();
  });
  service.listen(0, '127.0.0.1');
  await once(service, 'listening');
  base = `http://127.0.0.1:${(service.address() as AddressInfo).port}`;
});
afterEach(async () => {
  service.closeAllConnections();
  service.close();
  await once(service, 'close');
});

async function send(devices: PushDevices, people: readonly string[]): Promise<readonly SendResult[]> {
  const { push } = resolveOptions(
    { push: { subject: 'mailto:ops@example.com', ...generateVapidKeys(), allowPrivate: true } },
    {},
  );
  const transport = new PushTransport(push, 5, devices, new SystemClock());
  const formatter = createPushFormatter('priority', push.maxBytes);
  const messages = people.map((address) => claimedMessage([{}], { channel: 'push', address }));
  try {
    return await transport.send(
      messages.map((message) => ({ message, content: formatter.format(message) })),
      { signal: new AbortController().signal, lane: 'normal' },
    );
  } finally {
    await transport.close();
  }
}

it('G6 a person whose devices cannot be looked up is tried again, and the others of the batch get theirs once', async () => {
  const results = await send(new FailingDevices(base, { of: 'bob' }), ['ann', 'bob', 'cid']);
  expect(results).toMatchObject([
    { status: 'accepted' },
    {
      status: 'failed',
      kind: 'retry',
      failure: { reason: 'internal', message: 'the devices of the person are not known (Error)' },
    },
    { status: 'accepted' },
  ]);
  expect(taken).toBe(2);
});

it('G3 a device that cannot be removed repeats nothing that another one took', async () => {
  const devices = new FailingDevices(base, { remove: true });
  expect(await send(devices, ['ann'])).toMatchObject([{ status: 'accepted' }]);
  expect([taken, devices.removals]).toEqual([1, 1]);
});

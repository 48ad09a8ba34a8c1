import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import { type AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { claimedMessage } from '../../../test/support/claimed-message.js';
import { endAfterTest } from '../../../test/support/resources.js';
import { PushReceiver } from '../../../test/support/push-receiver.js';
import { type PushDevice } from '../../model/push-device.js';
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

async function listening(answer: RequestListener): Promise<string> {
  const server = createServer(answer);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  endAfterTest('a push service', () => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Devices of a host: a list for each person. */
class ListedDevices extends PushDevices {
  constructor(private readonly lists: (person: string) => readonly PushDevice[]) {
    super();
  }

  of(person: string): Promise<readonly RegisteredDevice[]> {
    return Promise.resolve(this.lists(person).map((device, index) => ({ key: `${person} ${index}`, device, registeredAt: 0 })));
  }

  add(): Promise<boolean> {
    return Promise.resolve(true);
  }

  remove(): Promise<boolean> {
    return Promise.resolve(true);
  }
}

async function send(
  devices: PushDevices,
  people: readonly string[],
  accepted: (address: string) => void = () => undefined,
): Promise<readonly SendResult[]> {
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
      { signal: new AbortController().signal, lane: 'normal', accepted: ({ address }) => accepted(address) },
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

it('G6 a push service that is slow keeps nobody of the batch waiting whose devices have another one', async () => {
  const held: (() => void)[] = [];
  const slow = await listening((_, response) => void held.push(() => response.writeHead(201).end()));
  const { keys } = new PushReceiver();
  const devices = new ListedDevices((person) => [
    { kind: 'web', endpoint: `${person.startsWith('slow') ? slow : base}/${person}`, keys },
  ]);
  const people = [...Array.from({ length: 30 }, (_, i) => `slow${i}`), ...Array.from({ length: 5 }, (_, i) => `fast${i}`)];
  const fast: string[] = [];
  const { promise: fastOnes, resolve } = Promise.withResolvers<undefined>();
  const results = send(devices, people, (address) => {
    if (address.startsWith('fast') && fast.push(address) === 5) resolve(undefined);
  });
  await fastOnes;
  // What is held is answered; the rest follows as it comes.
  const answering = setInterval(() => held.splice(0).forEach((answer) => answer()), 5);
  try {
    expect((await results).map(({ status }) => status)).toEqual(people.map(() => 'accepted'));
  } finally {
    clearInterval(answering);
  }
});

it('G6 a device whose keys are none is left out, and the others of the person get theirs', async () => {
  const { keys } = new PushReceiver();
  const broken = { p256dh: Buffer.alloc(65, 4).toString('base64url'), auth: 'AAAA' };
  const devices = new ListedDevices(() => [
    { kind: 'web', endpoint: `${base}/broken`, keys: broken },
    { kind: 'web', endpoint: `${base}/whole`, keys },
  ]);
  expect(await send(devices, ['ann'])).toMatchObject([{ status: 'accepted' }]);
  expect(taken).toBe(1);
});

it('G8 a person with two thousand devices does not hold up the event loop', async () => {
  const { keys } = new PushReceiver();
  const list = Array.from({ length: 2_000 }, (_, i): PushDevice => ({ kind: 'web', endpoint: `${base}/${i}`, keys }));
  let turns = 0;
  let isOver = false;
  const count = (): void => {
    turns++;
    if (!isOver) setImmediate(count);
  };
  setImmediate(count);
  expect(await send(new ListedDevices(() => list), ['ann'])).toMatchObject([{ status: 'accepted' }]);
  isOver = true;
  expect(taken).toBe(2_000);
  // Twenty are encrypted in a turn.
  expect(turns).toBeGreaterThan(90);
});

import { beforeEach, describe, expect, it } from '@jest/globals';
import { generateVapidKeys, PushDevices } from '../../src/index.js';
import { type NotificationModuleOptions } from '../../src/config/options.js';
import { ManualClock } from '../../src/testing/manual-clock.js';
import { watchFor } from '../support/canaries.js';
import { HttpApplication } from '../support/http-application.js';
import { PushService } from '../support/push-service.js';

describe('Web Push', () => {
  let service: PushService;
  let http: HttpApplication;
  let clock: ManualClock;
  let devices: PushDevices;
  const keys = generateVapidKeys();
  watchFor('the VAPID key', keys.privateKey);

  const optionsOf = (push: NotificationModuleOptions['push'] = {}): NotificationModuleOptions => ({
    push: { subject: 'mailto:ops@example.com', ...keys, allowPrivate: true, timeoutMs: 60_000, ...push },
    aggregation: { rules: [{ channel: 'push', type: 'build', windowMs: 0, maxCount: 1 }] },
    batch: { timeoutMs: 0, retryBaseMs: 1 },
  });
  const start = async (options = optionsOf()): Promise<void> => {
    http = await HttpApplication.startOn(clock, options);
    devices = http.app.get(PushDevices, { strict: false });
  };
  const enqueue = async (over: object = {}): Promise<string> => {
    const answered = await http.post('', { type: 'build', channel: 'push', to: 'ann', title: 'Build 7', ...over });
    expect(answered.status).toBe(202);
    return (answered.json as { deliveries: [{ id: string }] }).deliveries[0].id;
  };
  const find = async (id: string) => (await http.get(`/deliveries/${id}`)).json;
  const devicesOf = () => service.pushed.map(({ device }) => device).toSorted();

  beforeEach(async () => {
    clock = new ManualClock();
    service = await PushService.start();
  });

  it('sends a digest to every device of a person as one delivery, encrypted, with its urgency, time to live and topic', async () => {
    await start();
    await devices.add('ann', service.subscribe('phone'));
    await devices.add('ann', service.subscribe('laptop'));
    const ids = [];
    for (const title of ['one', 'two', 'three']) ids.push(await enqueue({ type: 'announcement', title }));
    const delivered = http.ended('delivered', 3);
    await http.post('/flush', { channel: 'push' });
    await delivered;
    expect(devicesOf()).toEqual(['laptop', 'phone']);
    const { messageId } = await find(ids[0] ?? '');
    const [first, second] = service.pushed;
    expect(first?.payload).toMatchObject({ v: 1, id: messageId, type: 'announcement', count: 3, body: 'one\ntwo\nthree' });
    expect(second?.payload).toEqual(first?.payload);
    expect(first?.headers).toMatchObject({ urgency: 'normal', ttl: '86400', topic: second?.headers['topic'] });
  });

  it('a person without a device has no address, and one that ended is removed', async () => {
    await start();
    const nobody = http.ended('dead', 1);
    const id = await enqueue();
    await nobody;
    expect(await find(id)).toMatchObject({ state: 'dead', attempts: 1, lastError: { reason: 'no_address' } });

    await devices.add('ann', service.subscribe('old'));
    await devices.add('ann', service.subscribe('new'));
    service.unsubscribe('old');
    const delivered = http.ended('delivered', 1);
    await enqueue();
    await delivered;
    expect((await devices.of('ann')).map(({ device }) => device.kind === 'web' && device.endpoint)).toEqual([
      `${service.origin}/push/new`,
    ]);
  });

  it('G3 a device that took it does not get it again while another one is tried again', async () => {
    await start();
    await devices.add('ann', service.subscribe('phone'));
    await devices.add('ann', service.subscribe('laptop'));
    let failures = 0;
    service.script = (device) => (device === 'laptop' && failures++ < 1 ? 503 : undefined);
    const retried = http.ended('retry', 1);
    const id = await enqueue();
    await retried;
    const delivered = http.ended('delivered', 1);
    clock.advance(1_000);
    await delivered;
    expect(devicesOf()).toEqual(['laptop', 'phone']);
    expect(await find(id)).toMatchObject({ state: 'delivered', attempts: 2 });
  });

  it('counts as delivered when the attempts are spent and one device took it', async () => {
    await start({ ...optionsOf(), batch: { timeoutMs: 0, retryBaseMs: 1, maxAttempts: 2 } });
    await devices.add('ann', service.subscribe('phone'));
    await devices.add('ann', service.subscribe('laptop'));
    service.script = (device) => (device === 'laptop' ? 503 : undefined);
    const retried = http.ended('retry', 1);
    const id = await enqueue();
    await retried;
    const delivered = http.ended('delivered', 1);
    clock.advance(1_000);
    await delivered;
    expect(await find(id)).toMatchObject({ state: 'delivered', attempts: 2 });
  });

  it('waits as long as Retry-After says, only for this push service and without losing an attempt', async () => {
    const other = await PushService.start();
    await start();
    await devices.add('ann', service.subscribe('phone'));
    await devices.add('bob', other.subscribe('tablet'));
    service.script = (_, request) => (request === 1 ? { status: 429, retryAfter: '9' } : undefined);
    const retried = http.ended('retry', 1);
    const id = await enqueue();
    await retried;
    const told = http.ended('released', 1);
    await enqueue({ title: 'second' });
    await told;
    const bobs = http.ended('delivered', 1);
    await enqueue({ to: 'bob' });
    await bobs;
    expect([service.requests, other.requests]).toEqual([1, 1]);
    clock.advance(8_999);
    expect(service.requests).toBe(1);
    const delivered = http.ended('delivered', 2);
    clock.advance(1);
    await delivered;
    expect(await find(id)).toMatchObject({ state: 'delivered', attempts: 2 });
  });

  it('a wrong key pauses the channel; when the service knows us, it is one subscription that is wrong', async () => {
    await start();
    await devices.add('ann', service.subscribe('phone'));
    service.script = () => 403;
    const released = http.ended('released', 1);
    const id = await enqueue();
    await released;
    expect(await find(id)).toMatchObject({ state: 'queued', attempts: 0 });
    expect((await http.get('/health')).text).toContain('VAPID_SUBJECT');

    service.script = () => undefined;
    const delivered = http.ended('delivered', 1);
    await http.post('/channels/push/resume');
    await delivered;
    await devices.add('ann', service.subscribe('laptop'));
    service.script = (device) => (device === 'laptop' ? 403 : undefined);
    const again = http.ended('delivered', 1);
    await enqueue();
    await again;
    expect(await devices.of('ann')).toHaveLength(1);
  });

  it('G6 anybody’s server that refuses us, or breaks every connection, holds up its own person and no other', async () => {
    const [refusing, broken] = [await PushService.start(), await PushService.start()];
    await start();
    await devices.add('ann', service.subscribe('phone'));
    await devices.add('eve', refusing.subscribe('evil'));
    await devices.add('mal', broken.subscribe('evil'));
    refusing.script = () => 403;
    broken.script = () => 'reset';
    const first = http.ended('delivered', 1);
    await enqueue();
    await first;
    // More than it takes to pause a channel that fails by itself.
    for (let i = 0; i < 7; i++) {
      const ended = Promise.race([http.ended('retry', 1), http.ended('released', 1)]);
      await enqueue({ to: i % 2 === 0 ? 'eve' : 'mal' });
      await ended;
      const ofAnn = http.ended('delivered', 1);
      await enqueue();
      await ofAnn;
    }
    expect(service.pushed).toHaveLength(8);
    expect((await http.get('/health')).json).toMatchObject({ status: 'ok' });
  });

  it('sends a message that is too large once more without its text', async () => {
    await start();
    await devices.add('ann', service.subscribe('phone'));
    service.script = (_, request) => (request === 1 ? 413 : undefined);
    const delivered = http.ended('delivered', 1);
    await enqueue({ body: 'long' });
    await delivered;
    expect(service.pushed[0]?.payload).toEqual({ v: 1, id: expect.any(String), type: 'build', count: 1, title: 'Build 7' });
  });

  it('a newer message with the same dedupeKey has the same topic, and low priority is less urgent', async () => {
    await start();
    await devices.add('ann', service.subscribe('phone'));
    const delivered = http.ended('delivered', 2);
    await enqueue({ dedupeKey: 'server-3', title: 'down' });
    await enqueue({ dedupeKey: 'server-3', title: 'up', priority: 'low' });
    await delivered;
    const [one, two] = service.pushed;
    expect(one?.headers['topic']).toBe(two?.headers['topic']);
    expect(two?.headers['urgency']).toBe('low');
  });

  it('what expires is kept by the push service for no longer', async () => {
    await start();
    await devices.add('ann', service.subscribe('phone'));
    const delivered = http.ended('delivered', 1);
    await enqueue({ expiresAt: new Date(clock.now() + 90_000).toISOString() });
    await delivered;
    expect(service.pushed[0]?.headers['ttl']).toBe('90');
  });

  it('calls nothing but the public internet unless it may', async () => {
    await start(optionsOf({ allowPrivate: false }));
    await devices.add('ann', service.subscribe('phone'));
    const dead = http.ended('dead', 1);
    const id = await enqueue();
    await dead;
    expect(await find(id)).toMatchObject({ lastError: { reason: 'address_rejected' } });
    expect(service.requests).toBe(0);
  });

  it('a device that another person uses now leaves the first one, and a person has at most so many', async () => {
    await start(optionsOf({ maxDevices: 2 }));
    const shared = service.subscribe('shared');
    expect(await devices.add('ann', shared)).toBe(true);
    expect(await devices.add('ann', shared)).toBe(false);
    expect(await devices.add('bob', shared)).toBe(true);
    expect(await devices.of('ann')).toEqual([]);
    for (const name of ['b', 'c', 'd']) await devices.add('ann', service.subscribe(name));
    const left = (await devices.of('ann')).map(({ device }) => device.kind === 'web' && device.endpoint.split('/').pop());
    expect(left).toEqual(['d', 'c']);
  });

  it.each([
    [{ subject: 'ops@example.com' }, /VAPID_SUBJECT|push\.subject/],
    [{ subject: 'https://localhost' }, /push\.subject/],
    [{ privateKey: undefined }, /Web Push needs all three/],
    [{ privateKey: generateVapidKeys().privateKey }, /does not belong/],
    [{ fcmServiceAccount: '{"project_id":"x"}' }, /service account of Firebase/],
  ])('refuses %o', async (push, words) => {
    await expect(HttpApplication.start(optionsOf(push))).rejects.toThrow(words);
  });
});

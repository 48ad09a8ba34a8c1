import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type SendResult, type Transport } from '../../src/transports/transport.js';
import { NotificationTransport } from '../../src/transports/notification-transport.decorator.js';
import { ADAPTERS, HttpApplication } from '../support/http-application.js';

interface Accepted {
  readonly deliveries: readonly {
    readonly id: string;
    readonly to: string;
    readonly route: string;
    readonly messageId: string;
  }[];
}

/** Refuses for good. */
@NotificationTransport('wall')
class WallTransport implements Transport {
  send(messages: readonly unknown[]): Promise<readonly SendResult[]> {
    return Promise.resolve(
      messages.map(() => ({
        status: 'failed',
        kind: 'permanent',
        failure: { reason: 'address_rejected', message: '550 no such user' },
      })),
    );
  }
}

const direct = { type: 'alert', channel: 'email', to: 'ann@example.com', title: 'Disk full', priority: 'critical' };
const gathering = { type: 'system_update', channel: 'email', to: 'bob@example.com', title: 'Version 2' };
const refused = { type: 'ticket', channel: 'wall', to: 'brick', title: 'Hello', priority: 'critical' };
const ndjson = { 'Content-Type': 'application/x-ndjson' };

describe.each(['stand-alone', ...ADAPTERS] as const)('the routes, %s', (kind) => {
  let http: HttpApplication;
  beforeAll(async () => {
    http =
      kind === 'stand-alone'
        ? await HttpApplication.start({}, [WallTransport])
        : await HttpApplication.mount(kind, {}, [WallTransport]);
  });
  afterAll(() => http.close());

  async function accept(notification: object): Promise<Accepted['deliveries'][number]> {
    const answer = await http.post('', notification);
    expect(answer.status).toBe(202);
    const [delivery] = (answer.json as unknown as Accepted).deliveries;
    return delivery!;
  }

  it('POST / answers 202 with every delivery, its route and its message', async () => {
    const delivered = http.ended('delivered', 1);
    const answer = await http.post('', direct);
    expect(answer.status).toBe(202);
    expect(answer.json).toEqual({
      notificationId: expect.any(String),
      deliveries: [
        {
          id: expect.any(String),
          to: 'ann@example.com',
          channel: 'email',
          route: 'immediate',
          messageId: expect.any(String),
          duplicate: false,
        },
      ],
    });
    await delivered;
  });

  it('GET /deliveries/:id and the list have every field of a delivery, with the notificationId that POST answered', async () => {
    const delivered = http.ended('delivered', 1);
    const { json } = await http.post('', { ...direct, to: 'fields@example.com' });
    const [accepted] = (json as unknown as Accepted).deliveries;
    await delivered;
    const one = (await http.get(`/deliveries/${accepted?.id}`)).json;
    const { route, messageId } = accepted ?? {};
    const named = {
      id: accepted?.id,
      notificationId: json['notificationId'],
      channel: 'email',
      to: 'fields@example.com',
      route,
      messageId,
    };
    const said = { type: direct.type, title: direct.title, priority: direct.priority, state: 'delivered', attempts: 1 };
    const at = expect.any(String);
    expect(one).toEqual({ ...named, ...said, createdAt: at, updatedAt: at, deliveredAt: at });
    expect((await http.get('/deliveries?address=fields@example.com')).json).toEqual({ items: [one] });
  });

  it('POST / with an idempotency key gives the first answer again, and 422 for other content', async () => {
    const said = { ...gathering, idempotencyKey: 'order-91', to: 'key@example.com' };
    const first = (await http.post('', said)).json as unknown as Accepted;
    const again = await http.post('', said);
    expect(again.json).toEqual({ ...first, deliveries: [{ ...first.deliveries[0], duplicate: true }] });
    const other = await http.post('', { ...said, title: 'Version 3' });
    expect(other).toMatchObject({ status: 422, json: { code: 'idempotency_conflict', status: 422 } });
  });

  it('POST /bulk takes the good lines and names the bad ones by their line', async () => {
    const body = [
      JSON.stringify({ ...gathering, to: 'bulk@example.com' }),
      '{oops',
      '',
      JSON.stringify({ ...gathering, title: '' }),
    ];
    const answer = await http.post('/bulk', `${body.join('\r\n')}\r\n`, ndjson);
    expect(answer).toMatchObject({ status: 200, json: { accepted: 1, duplicates: 0, rejected: 2 } });
    const errors = answer.json['errors'] as readonly { readonly line: number; readonly message: string }[];
    expect(errors.map(({ line }) => line)).toEqual([2, 4]);
    expect(errors[1]?.message).toContain('title');
  });

  it('GET and DELETE /deliveries/:id: 200 while it waits, 409 once it is final, 404 for none', async () => {
    const { id, messageId } = await accept({ ...gathering, to: 'cancel@example.com' });
    const found = await http.get(`/deliveries/${id}`);
    expect(found).toMatchObject({
      status: 200,
      json: { id, messageId, type: 'system_update', channel: 'email', to: 'cancel@example.com', title: 'Version 2' },
    });
    expect(found.json).toMatchObject({ priority: 'normal', state: 'gathering', route: 'aggregate', attempts: 0 });
    expect(await http.request('DELETE', `/deliveries/${id}`)).toMatchObject({ status: 200, json: { state: 'cancelled' } });
    expect(await http.request('DELETE', `/deliveries/${id}`)).toMatchObject({ status: 409, json: { code: 'conflict' } });
    expect(await http.request('DELETE', '/deliveries/none')).toMatchObject({ status: 404, json: { code: 'not_found' } });
    expect(await http.get('/deliveries/none')).toMatchObject({ status: 404, json: { code: 'not_found' } });
  });

  it('GET /windows pages through open windows and filters them; POST …/flush sends one: 202, 409, 404', async () => {
    const { messageId } = await accept({ ...gathering, to: 'one@example.com', title: 'Needle in it' });
    await accept({ ...gathering, to: 'two@example.com' });
    const all = await http.get('/windows?limit=1');
    expect(all.json['items']).toHaveLength(1);
    const next = await http.get(`/windows?limit=1&cursor=${encodeURIComponent(String(all.json['next']))}`);
    expect(next.status).toBe(200);
    expect(next.json['items']).not.toEqual(all.json['items']);
    const found = await http.get('/windows?channel=email&type=system_update&address=one%40example.com&q=NEEDLE');
    expect(found.json['items']).toMatchObject([
      { messageId, channel: 'email', address: 'one@example.com', type: 'system_update', count: 1, priority: 'normal' },
    ]);
    const delivered = http.ended('delivered', 1);
    expect(await http.post(`/windows/${messageId}/flush`)).toMatchObject({ status: 202 });
    await delivered;
    expect(await http.post(`/windows/${messageId}/flush`)).toMatchObject({ status: 409, json: { code: 'conflict' } });
    expect(await http.post('/windows/none/flush')).toMatchObject({ status: 404, json: { code: 'not_found' } });
  });

  it('POST /flush sends what matches and says how many', async () => {
    await accept({ ...gathering, to: 'flush@example.com' });
    expect(await http.post('/flush', { address: 'flush@example.com' })).toMatchObject({ status: 202, json: { flushed: 1 } });
    expect(await http.post('/flush', { address: 'flush@example.com' })).toMatchObject({ status: 202, json: { flushed: 0 } });
    expect(await http.post('/flush')).toMatchObject({ status: 202, json: { flushed: expect.any(Number) } });
  });

  it('GET /dead names the reason; POST /dead/replay sends again', async () => {
    let dead = http.ended('dead', 1);
    const { id } = await accept(refused);
    await dead;
    const list = await http.get('/dead?channel=wall');
    expect(list.json['items']).toMatchObject([{ id, state: 'dead', attempts: 1, lastError: { reason: 'address_rejected' } }]);
    dead = http.ended('dead', 1);
    expect(await http.post('/dead/replay', { ids: [id] })).toMatchObject({ status: 202, json: { replayed: 1 } });
    await dead;
    for (const nothing of [{ type: 'nothing' }, { reason: 'timed_out' }, { address: 'nobody' }]) {
      expect(await http.post('/dead/replay', nothing)).toMatchObject({ status: 202, json: { replayed: 0 } });
    }
    expect(await http.post('/dead/replay', { reason: 'bad luck' })).toMatchObject({ status: 400 });
  });

  it('GET /stats has counts that add up (G7), batches, pool, windows, latency and rates', async () => {
    const { status, json } = await http.get('/stats');
    expect(status).toBe(200);
    const counts = json['counts'] as { accepted: number; byState: Record<string, number>; byChannel: Record<string, number> };
    const sum = (numbers: Record<string, number>): number => Object.values(numbers).reduce((a, b) => a + b, 0);
    expect(sum(counts.byState)).toBe(counts.accepted);
    expect(sum(counts.byChannel)).toBe(counts.accepted);
    expect(json).toMatchObject({
      batches: { count: expect.any(Number), sizes: { '1': expect.any(Number) }, time: { p95: expect.any(Number) } },
      pool: { size: expect.any(Number), inUse: 0, idle: expect.any(Number), waiting: 0, created: expect.any(Number), failed: 0 },
      windows: { open: expect.any(Number), items: expect.any(Number) },
      latency: { p50: expect.any(Number), p95: expect.any(Number), p99: expect.any(Number) },
      rates: { acceptedPerSecond: expect.any(Number), deliveredPerSecond: expect.any(Number) },
      channels: { email: { paused: false }, wall: { outcomes: { dead: 2 } } },
    });
  });

  it('GET /stats/channels/:channel/:address tells of one address', async () => {
    expect(await http.get('/stats/channels/email/ann%40example.com')).toMatchObject({
      status: 200,
      json: { address: 'ann@example.com', messages: 1, pending: 0, batches: { count: 1 }, lastActivityAt: expect.any(String) },
    });
    expect(await http.get('/stats/channels/email/nobody%40example.com')).toMatchObject({
      status: 404,
      json: { code: 'not_found' },
    });
  });

  it('GET /stats/history tells of the past by steps', async () => {
    const { json } = await http.get('/stats/history?stepMs=3600000');
    const items = json['items'] as readonly { readonly accepted: number; readonly delivered: number }[];
    expect(items.at(-1)?.accepted).toBeGreaterThan(0);
    expect(items.at(-1)?.delivered).toBeGreaterThan(0);
  });

  it('POST /channels/:channel/pause holds back, resume lets go', async () => {
    expect(await http.post('/channels/email/pause')).toMatchObject({ status: 200 });
    expect((await http.get('/stats')).json).toMatchObject({ channels: { email: { paused: { by: 'operator' } } } });
    const delivered = http.ended('delivered', 1);
    const { id } = await accept(direct);
    expect((await http.get(`/deliveries/${id}`)).json['state']).toBe('queued');
    expect(await http.post('/channels/email/resume')).toMatchObject({ status: 200 });
    await delivered;
    expect((await http.get(`/deliveries/${id}`)).json).toMatchObject({ state: 'delivered', deliveredAt: expect.any(String) });
    expect(await http.post('/channels/fax/pause')).toMatchObject({ status: 404, json: { code: 'not_found' } });
  });

  it('GET /health has an entry for the store, each channel, stuck windows and memory', async () => {
    expect(await http.get('/health')).toMatchObject({
      status: 200,
      json: {
        status: 'ok',
        store: { status: 'ok' },
        channels: { email: { status: 'ok' }, wall: { status: 'ok' } },
        windows: { status: 'ok' },
        memory: { status: 'ok' },
      },
    });
  });

  it('GET /metrics is the text format of Prometheus, without any address', async () => {
    const { status, headers, text } = await http.get('/metrics');
    expect(status).toBe(200);
    expect(headers.get('content-type')).toMatch(/^text\/plain; ?version=0\.0\.4/);
    expect(text).toMatch(/^nestjs_digest_deliveries_total\{channel="email",outcome="delivered",reason=""\} \d+$/m);
    expect(text).toMatch(/^nestjs_digest_batch_size_bucket\{le="1",channel="email"\} \d+$/m);
    expect(text).not.toContain('@example.com');
  });

  it('GET /mailbox shows what was sent', async () => {
    const { status, headers, text } = await http.get('/mailbox');
    expect(status).toBe(200);
    expect(headers.get('content-type')).toMatch(/^text\/html/);
    expect(headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(text).toContain('Disk full');
  });
});

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ADAPTERS, HttpApplication } from '../support/http-application.js';

const json = { 'Content-Type': 'application/json' };
const gathering = { type: 'report', channel: 'email', to: 'ann@example.com', title: 'One' };

describe.each(['stand-alone', ...ADAPTERS] as const)('what is asked for, %s', (kind) => {
  let http: HttpApplication;
  beforeAll(async () => {
    http = kind === 'stand-alone' ? await HttpApplication.start() : await HttpApplication.mount(kind);
  });
  afterAll(() => http.close());

  it.each([
    ['GET', '/deliveries', undefined],
    ['GET', '/windows', undefined],
    ['GET', '/dead', undefined],
    ['GET', '/dead/groups', undefined],
    ['GET', '/stats/addresses', undefined],
    ['POST', '/flush', {}],
    ['POST', '/cancel', { groupKey: 'g' }],
    ['POST', '/dead/replay', {}],
    ['POST', '/dead/dismiss', {}],
  ])('%s %s refuses a channel that is not known, and names those that are', async (method, path, body) => {
    const query = body === undefined ? '?channel=pigeon' : '';
    const answer = await http.request(method, path + query, body && { ...body, channel: 'pigeon' });
    expect(answer).toMatchObject({ status: 400, json: { code: 'invalid_request' } });
    expect(answer.json['errors']).toEqual([
      { path: 'channel', message: expect.stringMatching(/^got "pigeon"; must be one of email, /) },
    ]);
  });

  it.each(['5', 'null', 'true', '"text"', '[]', '[{}]'])('a body %s is JSON, and no object', async (body) => {
    await http.post('', gathering);
    for (const path of ['', '/flush', '/cancel', '/dead/replay']) {
      const answer = await http.post(path, body, json);
      expect([path, answer.status, answer.json['detail']]).toEqual([path, 400, expect.stringMatching(/must be a JSON object$/)]);
      expect(answer.json['code']).not.toBe('invalid_json');
    }
    // Nothing was flushed by any of them.
    const { items } = (await http.get('/windows?channel=email')).json as unknown as { readonly items: readonly unknown[] };
    expect(items).toHaveLength(1);
  });

  it('says that a field is null', async () => {
    for (const name of ['data', 'title', 'to', 'actor']) {
      const answer = await http.post('', { ...gathering, [name]: null });
      expect(answer.status).toBe(400);
      expect(answer.json['errors']).toEqual([{ path: name, message: expect.stringMatching(/^got null; must be /) }]);
    }
  });

  it('what is wrong with a body is a problem document, before any controller is reached', async () => {
    const gzip = { ...json, 'Content-Encoding': 'gzip' };
    const cases = [
      ['', '{"type":', json, 400, 'invalid_json'],
      ['/flush', 'nonsense', json, 400, 'invalid_json'],
      ['', Uint8Array.from([...Buffer.from('{"title":"'), 0xff, ...Buffer.from('"}')]), json, 400, 'invalid_json'],
      ['/flush', 'not gzip', gzip, 400, 'invalid_request'],
      ['', `{"title":"${'x'.repeat(5 * 1024 * 1024)}"}`, json, 413, 'payload_too_large'],
      ['', '<a/>', { 'Content-Type': 'application/xml' }, 415, 'unsupported_media_type'],
      ['/flush', 'a=b', { 'Content-Type': 'application/x-www-form-urlencoded' }, 415, 'unsupported_media_type'],
    ] as const;
    for (const [path, body, headers, status, code] of cases) {
      const answer = await http.post(path, body, headers);
      expect([code, answer.status, answer.headers.get('content-type'), answer.json['code']]).toEqual([
        code,
        status,
        'application/problem+json; charset=utf-8',
        code,
      ]);
    }
    // Fastify answers a path that cannot be decoded before any route or hook has a say.
    const code = kind === 'fastify' ? 'FST_ERR_BAD_URL' : 'invalid_request';
    expect(await http.get('/deliveries/%FF')).toMatchObject({ status: 400, json: { code } });
  });

  it('an idempotency key covers what was meant: an empty body or data says nothing', async () => {
    const keyed = { ...gathering, groupKey: 'keyed', idempotencyKey: 'k' };
    const first = await http.post('', keyed);
    for (const more of [{ data: {} }, { body: '' }, { body: '', data: {}, priority: 'normal' }, { to: [keyed.to] }]) {
      const again = await http.post('', { ...keyed, ...more });
      expect(again).toMatchObject({
        status: 202,
        json: { notificationId: first.json['notificationId'], deliveries: [{ duplicate: true }] },
      });
    }
    expect((await http.post('', { ...keyed, data: { a: 1 } })).status).toBe(422);
  });
});
